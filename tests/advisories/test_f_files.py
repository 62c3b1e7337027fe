"""Files: section F of reference/security-advisories.md."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parsonage.cloud import Cloud, FunctionRequest
from tests.flows.door import APP_ID, Answer, Door, open_door

READ_ONLY = {"x-parse-master-key": "the-read-only-key"}
FOREIGN = {"__type": "File", "name": "x.txt", "url": "http://169.254.169.254/latest"}
NOT_FOUND = (404, b"File not found.")


@pytest.fixture(params=["folder", "database"])
async def door(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Door]:
    async with open_door(tmp_path / "house", filesStore=request.param, fileUpload={"enableForPublic": True}) as opened:
        yield opened


@pytest.fixture(autouse=True)
def secret(tmp_path: Path) -> Path:
    """A file beside the folder of the house, which no name may reach."""
    (tmp_path / "house" / "files").mkdir(parents=True)
    outside = tmp_path / "house" / "secret.txt"
    outside.write_text("secret")
    return outside


def text_of(file: Path) -> str:
    return file.read_text()


async def upload(door: Door, name: str, content_type: str | None = "text/plain", content: bytes = b"<p>") -> Answer:
    return await door.send("POST", f"/files/{name}", content=content, headers={"content-type": content_type or ""})


@pytest.mark.parametrize("extension", ["html", "HTM", "svg", "SvgZ", "xhtml", "xml", "xsl", "xslt", "mathml", "rdf"])
async def test_98_scripts_in_the_clothes_of_a_file(door: Door, extension: str) -> None:
    answer = await upload(door, f"a.{extension}")

    assert answer.refusal == (400, 130, f"File upload of extension {extension} is disabled.")


@pytest.mark.parametrize(
    ("name", "content_type", "words"),
    [
        ("a.foo", "text/html", "File upload of extension html is disabled."),
        ("noext", "text/html; charset=utf-8", "File upload of extension html is disabled."),
        ("noext", "image/svg+xml;charset=x", "File upload of extension svg+xml is disabled."),
        ("noext", "weird", "Invalid Content-Type."),
        ("noext", "image//svg+xml", "Invalid Content-Type."),
        ("noext", "text/plain,text/html", "Invalid Content-Type."),
    ],
)
async def test_99_scripts_by_their_type(door: Door, name: str, content_type: str, words: str) -> None:
    answer = await upload(door, name, content_type)

    assert answer.refusal == (400, 130, words)


@pytest.mark.parametrize("name", ["a.txt.html", "a.html%20", "a.%20html", "a.h%20tml"])
async def test_100_names_that_end_otherwise_than_they_seem(door: Door, name: str) -> None:
    answer = await upload(door, name)

    assert answer.refusal == (400, 130, "File upload of extension html is disabled.")


@pytest.mark.parametrize("name", ["..%2Fa", "a%2Fb", "a%00b", ".hidden", "%2e%2e", "a%5Cb", "a%0D%0AX-Evil:1"])
async def test_101_names_that_lead_out_of_the_folder_are_not_stored(door: Door, name: str) -> None:
    answer = await upload(door, name)

    assert answer.refusal == (400, 122, "Filename contains invalid characters.")


@pytest.mark.parametrize("name", ["..%2fsecret.txt", "../secret.txt", "%2e%2e/secret.txt", "x/../../secret.txt"])
async def test_101_names_that_lead_out_of_the_folder_are_not_served(door: Door, secret: Path, name: str) -> None:
    fetched = await door.get(f"/files/{APP_ID}/{name}")
    removed = await door.delete(f"/files/{name}", master=True)

    assert (fetched.status, fetched.body) == NOT_FOUND
    assert removed.body["code"] == 153
    assert text_of(secret) == "secret"


@pytest.mark.parametrize(
    "name", [".metadata%2fa.txt.json", ".metadata/a.txt.json", "%00", "a%00.txt", "%ff", "a" * 5000]
)
async def test_101_names_of_no_file_are_not_found(door: Door, name: str) -> None:
    answer = await door.get(f"/files/{APP_ID}/{name}")

    assert (answer.status, answer.body) == NOT_FOUND


async def test_102_a_browser_is_told_not_to_guess(door: Door) -> None:
    stored = await upload(door, "a.png", "image/png")

    answer = await door.get(stored.body["url"].partition("/parse")[2])

    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_103_a_file_without_extension_or_content_does_no_harm(door: Door) -> None:
    assert (await upload(door, "noext", None)).status == 201
    assert (await upload(door, "a.txt", content=b"")).refusal == (400, 130, "Invalid file upload.")
    assert (await door.post("/files", {})).refusal == (400, 122, "Filename not provided.")


class TestFilesOfOtherHosts:
    """104: what a File value links to."""

    async def test_104_are_never_asked_for(self, door: Door) -> None:
        asked: list[str] = []
        listening = await asyncio.start_server(lambda *_: asked.append("asked"), "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/x.txt"

        async with listening:
            note = await door.create("Note", {"f": {"__type": "File", "name": "x.txt", "url": url}})
            await door.get(f"/classes/Note/{note}")

        assert asked == []

    @pytest.mark.parametrize(
        "fields",
        [
            {"f": FOREIGN},
            {"o": {"deep": [{"f": FOREIGN}]}},
            {"l": [FOREIGN]},
            {"l": {"__op": "Add", "objects": [FOREIGN]}},
        ],
    )
    async def test_104_are_refused_where_the_option_says_so(self, tmp_path: Path, fields: dict[str, object]) -> None:
        rules = {"allowedFileUrlDomains": ["cdn.example", "*.files.example"]}
        async with open_door(tmp_path / "house", fileUpload=rules) as door:
            answer = await door.post("/classes/Note", fields)
            note = await door.create("Note", {})
            changed = await door.put(f"/classes/Note/{note}", fields)

        assert answer.refusal == (400, 130, "File URL domain '169.254.169.254' is not allowed.")
        assert changed.refusal == answer.refusal

    async def test_104_are_refused_in_the_parameters_of_a_function(self, tmp_path: Path) -> None:
        cloud = Cloud()

        @cloud.function
        async def take(request: FunctionRequest) -> str:
            return "taken"

        async with open_door(tmp_path / "house", fileUpload={"allowedFileUrlDomains": []}) as door:
            door.deploy(cloud)
            answer = await door.post("/functions/take", {"f": FOREIGN})
            no_url = await door.post("/functions/take", {"f": {"__type": "File", "name": "x.txt"}})

        assert answer.refusal == (400, 130, "File URL domain '169.254.169.254' is not allowed.")
        assert no_url.body == {"result": "taken"}

    @pytest.mark.parametrize(
        ("url", "status"),
        [
            ("https://cdn.example/x", 201),
            ("https://CDN.example/x", 201),
            ("https://a.files.example/x", 201),
            ("https://files.example/x", 400),
            ("https://cdn.example.evil/x", 400),
            ("https://evil/cdn.example", 400),
            ("https://cdn.example@evil/x", 400),
            ("https://evil.cdn.example/x", 400),
            ("https://evil\\@cdn.example/x", 400),
            ("https://cdn.example\t.evil/x", 400),
            ("nonsense", 400),
            ("http://[::1", 400),
        ],
    )
    async def test_104_are_judged_by_their_host(self, tmp_path: Path, url: str, status: int) -> None:
        rules = {"allowedFileUrlDomains": ["cdn.example", "*.files.example"]}
        async with open_door(tmp_path / "house", fileUpload=rules) as door:
            answer = await door.post("/classes/Note", {"f": {"__type": "File", "name": "x.txt", "url": url}})

        assert answer.status == status


async def test_105_a_name_in_an_object_is_text(door: Door) -> None:
    note = await door.create("Note", {"f": {"__type": "File", "name": "../../x\r\n?#"}})

    answer = await door.get(f"/classes/Note/{note}")

    assert answer.body["f"]["url"].endswith(f"/files/{APP_ID}/..%2F..%2Fx%0D%0A%3F%23")


@pytest.mark.parametrize(("method", "path"), [("POST", "/files/a.txt"), ("DELETE", "/files/a.txt")])
async def test_81_files_with_the_read_only_key(door: Door, method: str, path: str) -> None:
    answer = await door.send(method, path, content=b"x", headers=READ_ONLY)

    assert answer.plain == (403, {"error": "Permission denied"})


@pytest.mark.parametrize("header", ["metadata", "tags"])
async def test_22_denied_keys_beside_a_file(door: Door, header: str) -> None:
    headers = {"x-parse-upload-mode": "stream", f"x-parse-file-{header}": '{"a": {"constructor": 1}}'}

    answer = await door.send("POST", "/files/a.txt", content=b"x", headers=headers)

    assert answer.body["code"] == 105
