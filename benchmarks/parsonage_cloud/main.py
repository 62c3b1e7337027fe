"""The Cloud Code that Parsonage runs while it is measured; parse_server_cloud/main.js does the same."""

from parsonage.cloud import Cloud, FunctionRequest, TriggerRequest
from parsonage.protocol.errors import ParseError

cloud = Cloud()


@cloud.function
async def greet(request: FunctionRequest, name: str) -> dict[str, object]:
    """Answer with a few values made from the parameters."""
    return {"greeting": f"Hello, {name}!", "letters": len(name)}


@cloud.before_save("Checked")
async def check_stars(request: TriggerRequest) -> None:
    """Refuse what has no sensible number of stars, and set a field of our own."""
    stars = request.object["stars"]
    if not 1 <= stars <= 5:
        raise ParseError(142, "stars go from 1 to 5")
    request.object["slug"] = str(request.object["title"]).lower().replace(" ", "-")
