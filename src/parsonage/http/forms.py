"""``multipart/form-data``, as Cloud functions take it: texts and files become parameters of one map.

Rules: reference/cloud-code.md, section 1.1; advisory 97.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from parsonage.protocol.errors import InvalidJSON

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks  # it is not there at run time

MOST_PARTS = 1000
"""Parts of one form; many empty ones would cost more than their bytes say."""


def read_form(content: bytes, content_type: str) -> dict[str, Any]:
    """The parts by name: text as text, a file as ``{"filename", "contentType", "data"}``, its data as bytes.

    Raises InvalidJSON (107) for what is no such form.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise _invalid("there is no boundary")
    form = _Form()
    try:
        parser = MultipartParser(boundary, form.callbacks())
        parser.write(content)
        parser.finalize()
    except FormParserError as error:
        raise _invalid(str(error)) from None
    if not form.is_whole:
        raise _invalid("it ends too early")
    return form.parts


def _invalid(reason: str) -> InvalidJSON:
    return InvalidJSON(f"Invalid multipart request: {reason}")


class _Form:
    """Gathers what the parser calls out: headers in pieces, data in pieces, the end of each part."""

    def __init__(self) -> None:
        self.parts: dict[str, Any] = {}
        self.is_whole = False
        self._count = 0
        self._begin_part()

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": self._add_to_name,
            "on_header_value": self._add_to_value,
            "on_header_end": self._end_header,
            "on_part_data": self._add_data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._data = bytearray()

    def _add_to_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def _end_part(self) -> None:
        self._count += 1
        if self._count > MOST_PARTS:
            raise _invalid(f"it has more than {MOST_PARTS} parts")
        options = parse_options_header(self._headers.get(b"content-disposition"))[1]
        try:
            name = options[b"name"].decode()
            if b"filename" not in options:
                self.parts[name] = self._data.decode()
                return
            self.parts[name] = {
                "filename": options[b"filename"].decode(),
                "contentType": self._headers.get(b"content-type", b"application/octet-stream").decode(),
                "data": bytes(self._data),
            }
        except KeyError:
            raise _invalid("a part has no name") from None
        except UnicodeDecodeError:
            raise _invalid("text must be UTF-8") from None

    def _end(self) -> None:
        self.is_whole = True
