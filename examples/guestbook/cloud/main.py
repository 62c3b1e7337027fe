"""The guestbook's Cloud Code: what the server sees to, whatever a page sends."""

from __future__ import annotations

from parsonage.cloud import Cloud, FunctionRequest, JobRequest, TriggerRequest
from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import ParseError

VALIDATION_ERROR = 142
LONGEST = 280

cloud = Cloud()


@cloud.before_save("Entry", require_user=True)
async def sign(request: TriggerRequest) -> None:
    """Tidy the text up, and put the writer's name and rights on a new entry.

    Everyone may read an entry, and only its writer may change it. The page can't forget that, and
    nobody can sign with another's name.
    """
    entry = request.object
    entry["text"] = " ".join(str(entry.get("text", "")).split())
    if not entry["text"]:
        raise ParseError(VALIDATION_ERROR, "Please write something.")
    if len(entry["text"]) > LONGEST:
        raise ParseError(VALIDATION_ERROR, f"Please keep to {LONGEST} characters.")
    writer = request.user
    if request.original is None and writer is not None and writer.id is not None:
        entry["writer"] = writer
        entry["name"] = writer["username"]
        entry.acl = ACL.public(read=True).allow(writer.id, read=True, write=True)


@cloud.function
async def guests(request: FunctionRequest) -> dict[str, int]:
    """How many entries there are, and by how many guests."""
    entries = await request.user_client.query("Entry").select("name").limit(1000).find()
    return {"entries": len(entries), "guests": len({entry["name"] for entry in entries})}


@cloud.job
async def count_entries(request: JobRequest) -> str:
    """Say how many entries there are: `parsonage job run count_entries`."""
    count = await request.master_client.query("Entry").count()
    return f"{count} entries"
