"""Triggers on files in Python.

Rules: reference/cloud-code.md, section 3.5.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from parsonage import Cloud, File, FileRequest, ParseError
from tests.flows.door import APP_ID, Answer, Door, open_door


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with open_door(tmp_path, fileUpload={"enableForPublic": True}) as opened:
        yield opened


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


async def upload(door: Door, content: bytes = b"hello", **parts: Any) -> Answer:
    headers = {"content-type": "text/plain", **parts.pop("headers", {})}
    return await door.send("POST", "/files/a.txt", content=content, headers=headers, **parts)


def path_of(answer: Answer) -> str:
    assert answer.status == 201, answer.body
    url: str = answer.body["url"]
    return url.partition("/parse")[2]


class TestBeforeAFileIsStored:
    async def test_it_may_be_refused(self, door: Door, cloud: Cloud) -> None:
        @cloud.before_save_file
        async def refuse(request: FileRequest) -> None:
            raise ParseError(999, f"{request.file.name} has {request.file.size} bytes")

        door.deploy(cloud)

        assert (await upload(door)).refusal == (400, 999, "a.txt has 5 bytes")

    async def test_what_fails_there_fails_as_a_file(self, door: Door, cloud: Cloud) -> None:
        @cloud.before_save_file
        def fail(request: FileRequest) -> None:
            raise ValueError("no more files")

        door.deploy(cloud)

        assert (await upload(door)).refusal == (400, 130, "no more files")

    async def test_name_content_and_what_stands_beside_may_be_changed(self, door: Door, cloud: Cloud) -> None:
        @cloud.before_save_file
        async def change(request: FileRequest) -> None:
            request.file.replace(request.file.read().upper())
            request.file.name = "b.csv"
            request.file.directory = "loud"
            request.file.metadata["by"] = request.trigger_name

        door.deploy(cloud)
        stored = await upload(door)
        read = await door.get(path_of(stored))
        beside = await door.get(f"/files/{APP_ID}/metadata/{stored.body['name']}")

        assert stored.body["name"].startswith("loud/")
        assert (read.body, read.headers["content-type"]) == (b"HELLO", "text/csv; charset=utf-8")
        assert beside.body == {"metadata": {"by": "beforeSave"}}

    async def test_a_file_that_is_stored_elsewhere_may_be_answered(self, door: Door, cloud: Cloud) -> None:
        @cloud.before_save_file
        async def instead(request: FileRequest) -> File:
            return File("b.txt", "https://cdn.example/b.txt")

        door.deploy(cloud)
        answer = await upload(door)

        assert answer.plain == (201, {"name": "b.txt", "url": "https://cdn.example/b.txt"})
        assert answer.headers["location"] == "https://cdn.example/b.txt"

    async def test_a_long_one_can_be_read_as_well(self, door: Door, cloud: Cloud) -> None:
        @cloud.before_save_file
        async def look(request: FileRequest) -> None:
            door.events.append((request.file.is_stream, request.file.read() == b"x" * 3_000_000))

        door.deploy(cloud)
        await upload(door, b"x" * 3_000_000, headers={"x-parse-upload-mode": "stream"})

        assert door.events == [(True, True)]


async def test_once_it_is_stored_its_name_and_size_are_known(door: Door, cloud: Cloud) -> None:
    @cloud.after_save_file
    async def note(request: FileRequest) -> None:
        door.events.append((request.file.name, request.file.url, request.file.size))

    door.deploy(cloud)
    answer = await upload(door)

    assert door.events == [(answer.body["name"], answer.body["url"], 5)]


class TestAroundARemoval:
    async def test_it_may_be_refused(self, door: Door, cloud: Cloud) -> None:
        @cloud.before_delete_file
        async def keep(request: FileRequest) -> None:
            raise ValueError("it stays")

        path = path_of(await upload(door))
        door.deploy(cloud)
        answer = await door.delete(f"/files/{path.rpartition('/')[2]}", master=True)

        assert answer.refusal == (400, 153, "it stays")
        assert (await door.get(path)).body == b"hello"

    async def test_both_triggers_know_the_file(self, door: Door, cloud: Cloud) -> None:
        @cloud.before_delete_file
        @cloud.after_delete_file
        async def note(request: FileRequest) -> None:
            door.events.append((request.trigger_name, request.file.name, request.is_master))

        name = (await upload(door)).body["name"]
        door.deploy(cloud)
        await door.delete(f"/files/{name}", master=True)

        assert door.events == [("beforeDelete", name, True), ("afterDelete", name, True)]


class TestAroundARead:
    async def test_45_it_may_be_refused_for_content_and_metadata(self, door: Door, cloud: Cloud) -> None:
        @cloud.before_find_file
        async def refuse(request: FileRequest) -> None:
            raise ParseError(999, "not for you")

        path = path_of(await upload(door))
        door.deploy(cloud)
        content = await door.get(path)
        beside = await door.get(path.replace(f"/{APP_ID}/", f"/{APP_ID}/metadata/"))

        assert content.refusal == (403, 999, "not for you")
        assert beside.refusal == content.refusal

    async def test_45_metadata_passes_the_trigger_after_the_read(self, door: Door, cloud: Cloud) -> None:
        @cloud.after_find_file
        async def refuse(request: FileRequest) -> None:
            raise ParseError(999, "not for you")

        path = path_of(await upload(door))
        door.deploy(cloud)
        beside = await door.get(path.replace(f"/{APP_ID}/", f"/{APP_ID}/metadata/"))

        assert beside.refusal == (403, 999, "not for you")

    async def test_another_file_may_be_served(self, door: Door, cloud: Cloud) -> None:
        other = (await upload(door, b"other")).body["name"]

        @cloud.before_find_file
        async def turn(request: FileRequest) -> File:
            return File(other)

        path = path_of(await upload(door))
        door.deploy(cloud)

        assert (await door.get(path)).body == b"other"

    async def test_content_and_headers_may_be_changed(self, door: Door, cloud: Cloud) -> None:
        @cloud.after_find_file
        async def change(request: FileRequest) -> None:
            request.file.replace(request.file.read() + b" world")
            request.file.force_download = True
            request.file.response_headers = {"X-By": "trigger\r\nX-Evil: 1"}

        stored = await upload(door)
        door.deploy(cloud)
        answer = await door.get(path_of(stored))
        part = await door.get(path_of(stored), headers={"range": "bytes=6-"})

        assert (answer.body, part.body) == (b"hello world", b"world")
        assert answer.headers["content-disposition"] == f"attachment;filename={stored.body['name']}"
        assert answer.headers["x-by"] == "trigger  X-Evil: 1"
        assert "x-content-type-options" not in answer.headers

    async def test_108_a_name_stays_a_name_in_a_header(self, door: Door, cloud: Cloud) -> None:
        @cloud.after_find_file
        async def rename(request: FileRequest) -> None:
            request.file.name = 'a";\r\nX-Evil: 1.txt'
            request.file.force_download = True

        path = path_of(await upload(door))
        door.deploy(cloud)
        answer = await door.get(path)

        assert answer.headers["content-disposition"] == "attachment;filename*=UTF-8''a%22%3B%0D%0AX-Evil%3A%201.txt"
