"""A file in a trigger, as frames carry it.

Rules: reference/cloud-code.md, section 3.5.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from parsonage.handlers.files import TriggerFile
from parsonage.handlers.registry import Invocation, Kind
from parsonage.protocol.values import File


def file_json(invocation: Invocation, file: TriggerFile) -> dict[str, Any]:
    """The file for the other side. Its content goes along where Parse Server's handlers have it: not in a stream."""
    content = b"" if file.is_stream else file.read()
    return {
        "name": file.name,
        "type": file.content_type,
        "url": file.url,
        "metadata": file.metadata,
        "tags": file.tags,
        "directory": file.directory,
        "size": None if invocation.kind in (Kind.BEFORE_DELETE, Kind.AFTER_DELETE) else file.size,
        "isStream": file.is_stream,
        "headers": file.response_headers,
        "base64": base64.b64encode(content).decode(),
    }


def take_file(file: TriggerFile, left: Mapping[str, Any]) -> File | None:
    """Carry over what the handler left of the file; the stored one that it returned in its place."""
    if left.get("url"):
        return File(str(left["name"]), str(left["url"]))
    file.name = str(left.get("name", file.name))
    file.content_type = left.get("type", file.content_type)
    file.metadata = left.get("metadata", file.metadata)
    file.tags = left.get("tags", file.tags)
    file.directory = left.get("directory", file.directory)
    file.force_download = left.get("forceDownload") is True
    if "headers" in left:
        file.response_headers = {str(name): str(text) for name, text in left["headers"].items()}
    if "base64" in left:
        file.replace(base64.b64decode(left["base64"]))
    return None
