"""Headers, Basic auth and the SDKs' body form → Credentials.

The body form counts only where the headers carry no known app id; its keys are taken out of the body.

Rules: reference/rest-core.md, sections 3.2 and 3.3; PB009.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec
import orjson

from parsonage.http.asgi import Headers
from parsonage.protocol.credentials import Credentials
from parsonage.protocol.errors import InvalidJSON, Unauthorized


class Presented(msgspec.Struct, frozen=True):
    """What a request brought along beside its command."""

    credentials: Credentials
    context: dict[str, Any]


def read_credentials(headers: Headers, body: Any, application_id: str, address: str) -> Presented:
    """What a request presents; keys of the body form are removed from ``body``.

    Raises Unauthorized (403) for parts of the wrong type, InvalidJSON (107) for a context that is no object.
    """
    given = headers.find(b"x-parse-application-id")
    if given == application_id:
        return Presented(
            _from_headers(headers, application_id, address), _context(headers.find(b"x-parse-cloud-context"))
        )
    basic = _basic(headers.find(b"authorization"))
    if basic is not None and basic.application_id == application_id:
        merged = _from_headers(headers, application_id, address)
        credentials = msgspec.structs.replace(
            merged,
            master_key=basic.master_key or merged.master_key,
            key_in_header=basic.master_key is None,
            javascript_key=basic.javascript_key or merged.javascript_key,
        )
        return Presented(credentials, _context(headers.find(b"x-parse-cloud-context")))
    if isinstance(body, dict) and body.get("_ApplicationId") == application_id:
        return _from_body(headers, body, application_id, address)
    raise Unauthorized


def _from_headers(headers: Headers, application_id: str, address: str) -> Credentials:
    find = headers.find
    return Credentials(
        application_id=application_id,
        master_key=find(b"x-parse-master-key"),
        maintenance_key=find(b"x-parse-maintenance-key"),
        rest_api_key=find(b"x-parse-rest-api-key"),
        javascript_key=find(b"x-parse-javascript-key"),
        client_key=find(b"x-parse-client-key"),
        dot_net_key=find(b"x-parse-windows-key"),
        session_token=find(b"x-parse-session-token") or None,
        installation_id=find(b"x-parse-installation-id") or None,
        address=address,
    )


def _from_body(headers: Headers, body: dict[str, Any], application_id: str, address: str) -> Presented:
    def take(key: str) -> str | None:
        value = body.pop(key, None)
        if value is not None and not isinstance(value, str):
            raise Unauthorized
        return value or None

    del body["_ApplicationId"]
    credentials = Credentials(
        application_id=application_id,
        master_key=take("_MasterKey"),
        maintenance_key=take("_MaintenanceKey"),
        javascript_key=take("_JavaScriptKey") or "",
        session_token=take("_SessionToken") or headers.find(b"x-parse-session-token") or None,
        installation_id=take("_InstallationId") or headers.find(b"x-parse-installation-id") or None,
        key_in_header=False,
        address=address,
    )
    context = _context(body.pop("_context", None))
    take("_ContentType")
    for key in ("_ClientVersion", "_RevocableSession"):
        body.pop(key, None)
    return Presented(credentials, context)


def _basic(header: str | None) -> Credentials | None:
    if header is None or header[:6].lower() != "basic ":
        return None
    try:
        parts = base64.b64decode(header[6:].strip()).decode().split(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if len(parts) != 2:
        return None
    application_id, secret = parts
    if secret.startswith("javascript-key="):
        return Credentials(application_id, javascript_key=secret.removeprefix("javascript-key="))
    return Credentials(application_id, master_key=secret)


def _context(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    if isinstance(given, str):
        try:
            given = orjson.loads(given)
        except orjson.JSONDecodeError:
            raise InvalidJSON("Invalid object for context.") from None
    if not isinstance(given, dict):
        raise InvalidJSON("Invalid object for context.")
    return given
