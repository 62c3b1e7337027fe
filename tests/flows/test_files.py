"""Files: what is stored comes back, under which name, for whom, and in which pieces.

Rules: reference/files-push.md, sections 1 to 4.
"""

from __future__ import annotations

import base64
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from parsonage.files.gathering import PIECE
from tests.flows.conversation import APP_ID
from tests.flows.door import Answer, Door, User, open_door

CONTENT = bytes(range(256)) * 4096
"""A megabyte, in which every offset of a page tells itself from its neighbours."""


@pytest.fixture(params=["folder", "database"])
async def door(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Door]:
    async with open_door(tmp_path, filesStore=request.param, fileUpload={"enableForPublic": True}) as opened:
        yield opened


async def upload(door: Door, name: str, content: bytes = b"hello", **parts: Any) -> Answer:
    headers = {"content-type": "text/plain", **parts.pop("headers", {})}
    return await door.send("POST", f"/files/{name}", content=content, headers=headers, **parts)


async def stored(door: Door, name: str, content: bytes = b"hello", **parts: Any) -> str:
    """The path of a file that must be stored, without the mount."""
    answer = await upload(door, name, content, **parts)
    assert answer.status == 201, answer.body
    url: str = answer.body["url"]
    return url.partition("/parse")[2]


def left_in(folder: Path) -> list[Path]:
    """Files of uploads, whole or on their way."""
    return [path for path in folder.rglob("*") if "upload" in path.name or path.name.endswith("a.txt")]


class TestWhatIsStored:
    async def test_comes_back_with_the_type_of_its_extension(self, door: Door) -> None:
        path = await stored(door, "hello.txt")

        answer = await door.get(path)

        assert (answer.status, answer.body) == (200, b"hello")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["content-length"] == "5"
        assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize("size", [PIECE - 1, PIECE, PIECE + 1, len(CONTENT)])
    async def test_comes_back_whole_however_long_it_is(self, door: Door, size: int) -> None:
        path = await stored(door, "long.bin", CONTENT[:size])

        answer = await door.get(path)

        assert answer.body == CONTENT[:size]

    async def test_comes_back_to_whoever_asked_before_any_file_was_stored(self, door: Door) -> None:
        await door.get("/files/flows/nothing.txt")
        path = await stored(door, "hello.txt")

        answer = await door.get(path)

        assert answer.plain == (200, b"hello")

    async def test_is_linked_by_its_name_and_the_location(self, door: Door) -> None:
        answer = await upload(door, "a b.txt")

        assert answer.body["name"].endswith("_a b.txt")
        assert len(answer.body["name"]) == len("_a b.txt") + 32
        assert answer.body["url"].endswith("_a%20b.txt")
        assert answer.headers["location"] == answer.body["url"]

    async def test_gets_the_extension_of_its_type(self, door: Door) -> None:
        answer = await upload(door, "noext", headers={"content-type": "image/png"})

        assert answer.body["name"].endswith("_noext.png")

    async def test_is_linked_from_the_field_that_names_it(self, door: Door) -> None:
        answer = await upload(door, "hello.txt")
        note = await door.create("Note", {"f": {"__type": "File", "name": answer.body["name"]}})

        read = await door.get(f"/classes/Note/{note}")

        assert read.body["f"]["name"] == answer.body["name"]
        assert read.body["f"]["url"].endswith(f"/parse/files/{APP_ID}/{answer.body['name']}")

    async def test_is_not_said_to_be_missing_when_nobody_could_look(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, fileUpload={"enableForPublic": True}) as door:
            path = await stored(door, "a.txt")
            (tmp_path / "files").rename(tmp_path / "elsewhere")
            (tmp_path / "files").write_text("no folder")

            answer = await door.get(path)

        assert (answer.status, answer.body) == (503, b"The file can't be read now.")

    async def test_is_not_there_under_a_name_that_no_disk_takes(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, fileUpload={"enableForPublic": True}) as door:
            path = await stored(door, "a.txt")

            answer = await door.get(f"{path}{'x' * 300}")

        assert (answer.status, answer.body) == (404, b"File not found.")

    async def test_is_gone_once_the_master_key_removed_it(self, door: Door) -> None:
        path = await stored(door, "hello.txt", CONTENT)
        name = path.rpartition("/")[2]

        removed = await door.delete(f"/files/{name}", master=True)

        assert (removed.status, removed.body) == (200, b"")
        assert (await door.get(path)).status == 404
        assert (await door.delete(f"/files/{name}", master=True)).body["code"] == 153

    @pytest.mark.parametrize("place", ["folder", "database"])
    async def test_of_the_same_name_takes_the_place_of_the_first(self, tmp_path: Path, place: str) -> None:
        options = {"preserveFileName": True, "filesStore": place, "fileUpload": {"enableForPublic": True}}
        async with open_door(tmp_path, **options) as door:
            await stored(door, "hello.txt", CONTENT)
            path = await stored(door, "hello.txt", b"second")

            answer = await door.get(path)

        assert path == f"/files/{APP_ID}/hello.txt"
        assert answer.body == b"second"


class TestTheFormOfBrowsers:
    async def test_is_json_that_says_who_asks(self, door: Door) -> None:
        body = {
            "_ApplicationId": APP_ID,
            "_ContentType": "text/plain",
            "base64": base64.b64encode(CONTENT).decode(),
            "fileData": {"metadata": {"camera": "old"}, "tags": {"kind": "photo"}},
        }

        answer = await door.send("POST", "/files/a", body, headers={"x-parse-application-id": ""})

        path = answer.body["url"].partition("/parse")[2]
        assert answer.body["name"].endswith("_a.txt")
        assert (await door.get(path)).body == CONTENT

    @pytest.mark.parametrize("body", [b"plain", b"[]", b'{"_ApplicationId": "flows", "base64": 5}', b"{}"])
    async def test_is_refused_when_it_says_nothing(self, door: Door, body: bytes) -> None:
        answer = await door.send("POST", "/files/a.txt", content=body, headers={"x-parse-application-id": ""})

        assert answer.plain == (403, {"error": "unauthorized"})


class TestWhatStandsBeside:
    async def test_metadata_is_told_to_who_asks(self, door: Door) -> None:
        extras = {
            "x-parse-upload-mode": "stream",
            "x-parse-file-metadata": '{"camera": "old"}',
            "x-parse-file-tags": '{"kind": "photo"}',
        }
        path = await stored(door, "a.txt", headers=extras)

        answer = await door.get(path.replace(f"/{APP_ID}/", f"/{APP_ID}/metadata/"))

        assert answer.plain == (200, {"metadata": {"camera": "old"}})

    async def test_of_a_missing_file_or_another_app_is_nothing(self, door: Door) -> None:
        assert (await door.get(f"/files/{APP_ID}/metadata/none.txt")).plain == (200, {})
        assert (await door.get("/files/other/metadata/none.txt")).plain == (200, {})

    async def test_the_directory_is_the_master_keys_to_choose(self, door: Door) -> None:
        there = {"x-parse-upload-mode": "stream", "x-parse-file-directory": "a/b"}

        by_master = await upload(door, "a.txt", headers=there, master=True)
        by_client = await upload(door, "a.txt", headers=there)

        assert by_master.body["name"].startswith("a/b/")
        assert "/a%2Fb%2F" in by_master.body["url"]
        assert (await door.get(f"/files/{APP_ID}/{by_master.body['name']}")).body == b"hello"
        assert by_client.refusal == (400, 119, "Directory can only be set using the Master Key.")


class TestAPartOfAFile:
    @pytest.mark.parametrize(
        ("asked", "start", "stop"),
        [
            ("bytes=0-0", 0, 1),
            ("bytes=262143-262144", 262143, 262145),
            ("bytes=1000000-", 1_000_000, len(CONTENT)),
            ("bytes=-5", len(CONTENT) - 5, len(CONTENT)),
            ("bytes=10-99999999", 10, len(CONTENT)),
            ("bytes=-99999999", 0, len(CONTENT)),
        ],
    )
    async def test_pb098_ends_where_it_says(self, door: Door, asked: str, start: int, stop: int) -> None:
        path = await stored(door, "long.bin", CONTENT)

        answer = await door.get(path, headers={"range": asked})

        assert (answer.status, answer.body) == (206, CONTENT[start:stop])
        assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(CONTENT)}"
        assert answer.headers["content-length"] == str(stop - start)

    @pytest.mark.parametrize("asked", ["bytes=5-", "bytes=99-100", "bytes=-0"])
    async def test_pb098_that_is_not_there_is_refused(self, door: Door, asked: str) -> None:
        path = await stored(door, "hello.txt")

        answer = await door.get(path, headers={"range": asked})

        assert (answer.status, answer.headers["content-range"]) == (416, "bytes */5")

    @pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "lines=1-2", "bytes=4-1", "bytes=-", "bytes"])
    async def test_that_makes_no_sense_is_the_whole(self, door: Door, asked: str) -> None:
        path = await stored(door, "hello.txt")

        answer = await door.get(path, headers={"range": asked})

        assert (answer.status, answer.body) == (200, b"hello")

    async def test_head_tells_of_it_without_sending_it(self, door: Door) -> None:
        path = await stored(door, "long.bin", CONTENT)

        answer = await door.send("HEAD", path)

        assert (answer.status, answer.body) == (200, b"")
        assert answer.headers["content-length"] == str(len(CONTENT))


class TestWhoMayStore:
    @pytest.mark.parametrize(
        ("options", "answers"),
        [
            ({}, {"nobody": 130, "user": None, "anonymous": 130}),
            ({"enableForPublic": True, "enableForAuthenticatedUser": False}, {"nobody": None, "user": 130}),
            ({"enableForAnonymousUser": True}, {"anonymous": None, "nobody": 130}),
        ],
    )
    async def test_is_said_by_the_options(
        self, tmp_path: Path, options: dict[str, bool], answers: dict[str, int | None]
    ) -> None:
        async with open_door(tmp_path, fileUpload=options) as door:
            anonymous = await door.post("/users", {"authData": {"anonymous": {"id": "a-b-c"}}})
            tokens = {
                "nobody": None,
                "user": (await door.sign_up("ada")).token,
                "anonymous": anonymous.body["sessionToken"],
            }

            answered = {who: (await upload(door, "a.txt", token=tokens[who])).body.get("code") for who in answers}

            assert (await upload(door, "a.txt", master=True)).status == 201
        assert answered == answers

    async def test_is_told_to_who_may_not(self, tmp_path: Path) -> None:
        async with open_door(tmp_path) as door:
            answer = await upload(door, "a.txt")

        assert answer.refusal == (400, 130, "File upload by public is disabled.")

    async def test_downloads_have_rules_of_their_own(self, tmp_path: Path) -> None:
        rules = {"enableForPublic": False}
        async with open_door(tmp_path, fileUpload={"enableForPublic": True}, fileDownload=rules) as door:
            path = await stored(door, "a.txt")
            ada = await door.sign_up("ada")

            by_nobody, by_ada = await door.get(path), await door.get(path, token=ada.token)
            by_master = await door.get(path, master=True)

        assert by_nobody.refusal == (400, 119, "File download by public is disabled.")
        assert (by_ada.body, by_master.body) == (b"hello", b"hello")


class TestHowMuchMayCome:
    @pytest.fixture
    async def door(self, tmp_path: Path) -> AsyncIterator[Door]:
        async with open_door(tmp_path, maxUploadSize="1kb", fileUpload={"enableForPublic": True}) as opened:
            yield opened

    async def test_is_said_by_the_option(self, door: Door) -> None:
        assert (await upload(door, "a.txt", b"x" * 1024)).status == 201
        assert (await upload(door, "a.txt", b"x" * 1025)).plain == (413, {"error": "request entity too large"})

    async def test_leaves_nothing_behind_when_it_is_too_much(self, door: Door, tmp_path: Path) -> None:
        await upload(door, "a.txt", b"x" * 1025)

        assert left_in(tmp_path) == []

    async def test_has_words_of_its_own_for_streams(self, door: Door) -> None:
        answer = await upload(door, "a.txt", b"x" * 1025, headers={"x-parse-upload-mode": "stream"})

        assert answer.refusal == (400, 130, "File size exceeds maximum allowed: 1024 bytes.")

    async def test_is_the_master_keys_to_raise(self, door: Door) -> None:
        more = {"x-parse-file-max-upload-size": "2kb"}

        assert (await upload(door, "a.txt", b"x" * 2048, headers=more, master=True)).status == 201
        assert (await upload(door, "a.txt", b"x" * 2049, headers=more, master=True)).status == 413
        assert (await upload(door, "a.txt", headers=more)).plain == (403, {"error": "Permission denied"})

    async def test_cannot_be_raised_to_nonsense(self, door: Door) -> None:
        answer = await upload(door, "a.txt", headers={"x-parse-file-max-upload-size": "much"}, master=True)

        assert answer.refusal == (400, 130, "Invalid maxUploadSize override value: much")


class TestLinks:
    async def test_need_no_keys_but_the_app(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, restAPIKey="rest", fileUpload={"enableForPublic": True}) as door:
            answer = await upload(door, "a.txt", headers={"x-parse-rest-api-key": "rest"})
            path = answer.body["url"].partition("/parse")[2]

            followed = await door.get(path, headers={"x-parse-application-id": ""})

        assert followed.body == b"hello"

    async def test_of_another_app_lead_nowhere(self, door: Door) -> None:
        assert (await door.get("/files/other/a.txt")).plain == (403, {"error": "Permission denied"})

    async def test_to_files_of_hosted_parse_lead_there(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, fileKey="old-key") as door:
            note = await door.create("Note", {"f": {"__type": "File", "name": "tfss-1.png"}})

            read = await door.get(f"/classes/Note/{note}")

        assert read.body["f"]["url"] == "http://files.parsetfss.com/old-key/tfss-1.png"


class TestAFolderOfParseServer:
    async def test_is_read_as_it_is(self, tmp_path: Path) -> None:
        (tmp_path / "files" / "sub").mkdir(parents=True)
        (tmp_path / "files" / "sub" / "a%2Fb%20c.txt").write_bytes(b"moved")
        adapter = {"module": "@parse/fs-files-adapter", "options": {"filesSubDirectory": "sub"}}

        async with open_door(tmp_path, filesAdapter=adapter) as door:
            answer = await door.get(f"/files/{APP_ID}/a/b%20c.txt")

        assert answer.body == b"moved"


class TestEncryption:
    async def test_hides_the_content_and_not_the_answer(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, encryptionKey="secret", fileUpload={"enableForPublic": True}) as door:
            path = await stored(door, "long.bin", CONTENT)
            part = await door.get(path, headers={"range": "bytes=262000-263000"})
            whole = await door.get(path)

        [kept] = [file.read_bytes() for file in (tmp_path / "files").glob("*_long.bin")]
        assert len(kept) == len(CONTENT) + 32
        assert CONTENT[:64] not in kept
        assert (whole.body, part.body) == (CONTENT, CONTENT[262000:263001])

    async def test_opens_older_files_with_former_keys(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, encryptionKey="first", fileUpload={"enableForPublic": True}) as door:
            path = await stored(door, "a.txt")

        async with open_door(tmp_path, encryptionKey="second", formerEncryptionKeys=["first"]) as door:
            assert (await door.get(path)).body == b"hello"
        async with open_door(tmp_path, encryptionKey="second") as door:
            assert (await door.get(path)).status == 404

    async def test_notices_a_byte_that_was_changed(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, encryptionKey="secret", fileUpload={"enableForPublic": True}) as door:
            path = await stored(door, "a.txt")
            [kept] = (tmp_path / "files").glob("*_a.txt")
            content = bytearray(kept.read_bytes())
            content[0] ^= 1
            kept.write_bytes(content)

            answer = await door.get(path)

        assert (answer.status, answer.body) == (404, b"File not found.")


async def test_a_batch_holds_no_files(door: Door, ada: User) -> None:
    item = {"method": "POST", "path": "/parse/files/a.txt", "body": {"base64": "aGk="}}

    answer = await door.post("/batch", {"requests": [item]}, token=ada.token)

    assert answer.refusal == (400, 107, "cannot route POST /files/a.txt")


async def test_other_methods_have_no_route(door: Door) -> None:
    assert (await door.put("/files/a.txt", {})).status == 404


async def test_a_large_file_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    """Both ways, in both places, with a cipher in between; the rest of Python counts along."""
    parts = [bytes([number]) * 1_000_000 for number in range(60)]
    options = {"maxUploadSize": "100mb", "fileUpload": {"enableForPublic": True}, "encryptionKey": "secret"}
    async with open_door(tmp_path, filesStore="database", **options) as door:
        tracemalloc.start()
        try:
            url = await uploaded_in(door, parts)
            received = await downloaded(door, url)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert received == sum(map(len, parts))
    assert most < 10_000_000


async def uploaded_in(door: Door, parts: list[bytes]) -> str:
    """Send a body in parts, as a web server hands it on; the path where it can be fetched."""
    waiting = list(parts)
    answers: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        answers.append(message)

    await door.application(scope_of("POST", "/parse/files/large.bin"), receive, send)
    url: str = orjson.loads(answers[1]["body"])["url"]
    return "/parse" + url.partition("/parse")[2]


async def downloaded(door: Door, path: str) -> int:
    """Fetch a file and keep nothing of it; how many bytes came."""
    sizes: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sizes.append(len(message.get("body", b"")))

    await door.application(scope_of("GET", path), receive, send)
    return sum(sizes)


def scope_of(method: str, path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"x-parse-application-id", APP_ID.encode())],
        "client": ("127.0.0.1", 50_000),
    }
