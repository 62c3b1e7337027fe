"""Files: uploads in their three forms, names and types, downloads, metadata, removal.

Rules: reference/files-push.md, sections 1 to 4; advisories 98 to 105; PB098.
"""

from __future__ import annotations

import base64
import json

import pytest

from tests.side_by_side.case import (
    APP_ID,
    READ_ONLY_MASTER_KEY,
    Case,
    Step,
    case,
    create,
    delete,
    find,
    get,
    post,
    put,
    raw,
    sign_up,
)
from tests.side_by_side.exchange import Pair

READ_ONLY = {"X-Parse-Master-Key": READ_ONLY_MASTER_KEY}
STREAM = {"X-Parse-Upload-Mode": "stream"}
AT = f"/files/{APP_ID}"


def upload(name: str, content: bytes = b"hello", content_type: str = "text/plain") -> Step:
    return raw("POST", f"/files/{name}", content, content_type)


def form(name: str, **parts: object) -> Step:
    """An upload as the JavaScript SDK sends it."""
    encoded = base64.b64encode(b"hello").decode()
    body = {"_ApplicationId": APP_ID, "_ContentType": "text/plain", "base64": encoded, **parts}
    return raw("POST", f"/files/{name}", json.dumps(body).encode(), "text/plain").without_keys()


def extras(**parts: object) -> Step:
    """An upload as a stream, with what stands beside it in headers."""
    headers = {f"X-Parse-File-{name.title()}": _header(value) for name, value in parts.items()}
    return upload("a.txt").with_headers({**STREAM, **headers})


def _header(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


NAMES = [
    "a.txt",
    "a%20b.txt",
    "noext",
    "dot.",
    "a.b.c.txt",
    "_a.txt",
    "a@b~c-d.txt",
    "UPPER.TXT",
    "metadata",
    ".hidden",
    "-a.txt",
    "a%2Fb.txt",
    "..%2Fa.txt",
    "a%00.txt",
    "%C3%A4.txt",
    "a+b.txt",
    "a;b.txt",
    "a%0D%0Ab.txt",
    "a" * 124 + ".txt",
    "a" * 125 + ".txt",
    "a.php",
    "a.js",
    "a.mht",
    "a.json",
    "a.unknown-extension",
]

REFUSED = [
    *("a.html", "a.htm", "a.HTML", "a.shtml", "a.xhtml", "a.xht", "a.svg", "a.svgz", "a.xml", "a.xsl", "a.xslt"),
    *("a.xsd", "a.rng", "a.rdf", "a.owl", "a.mathml", "a.txt.html", "a.html%20", "a.hTmL", "a.%20html", "a.html."),
]

TYPES = [
    ("a.foo", "text/html"),
    ("noext", "text/html"),
    ("noext", "image/svg+xml;charset=x"),
    ("noext", "image/svg+xml"),
    ("noext", "weird"),
    ("noext", "svg"),
    ("noext", "image//svg+xml"),
    ("noext", "image/"),
    ("noext", "text/plain,text/html"),
    ("noext", "application/vnd.api+json"),
    ("noext", "image/png"),
    ("noext", "image/jpeg"),
    ("noext.", "image/png"),
    ("noext", "application/pdf; charset=x"),
    ("a.txt", "text/html"),
    ("a.png", "image/svg+xml"),
    ("noext", "application/x-nobody-knows"),
]

DIRECTORIES = [
    *("a/b", "a", "..", "a/../b", "/a", "a/", "a//b", "metadata", "metadata/a", "a b", ".a", "_a", "a" * 257),
]

CASES = [
    *(case(f"the name {name}", upload(name)) for name in NAMES),
    *(case(f"the name {name} is refused", upload(name)) for name in REFUSED),
    *(case(f"{name} as {kind}", upload(name, content_type=kind)) for name, kind in TYPES),
    *(case(f"the master key stores {name}", upload(name).as_master()) for name in ("a.html", "a.svg")),
    case("no name", post("/files", {}), post("/files/", {})),
    case("no content", upload("a.txt", b"")),
    case("another method", put("/files/a.txt", {"a": 1})),
    case("as much as may come", upload("a.bin", b"x" * 102_400, "application/octet-stream")),
    case("more than may come", upload("a.bin", b"x" * 102_401, "application/octet-stream")),
    case(
        "as much as the master key allows",
        upload("a.txt", b"x" * 200).with_headers({"X-Parse-File-Max-Upload-Size": "100b"}).as_master(),
        upload("a.txt", b"x" * 100).with_headers({"X-Parse-File-Max-Upload-Size": "100b"}).as_master(),
        upload("a.txt").with_headers({"X-Parse-File-Max-Upload-Size": "1kb"}),
        upload("a.txt").with_headers({"X-Parse-File-Max-Upload-Size": "much"}).as_master(),
        upload("a.txt").with_headers({"X-Parse-File-Max-Upload-Size": "1kb"}).without_keys(),
    ),
    case("the read-only key stores nothing", upload("a.txt").with_headers(READ_ONLY)),
    case("no app id", upload("a.txt").without_keys()),
    case("another app id", upload("a.txt").with_headers({"X-Parse-Application-Id": "other"})),
    case("a bad session", upload("a.txt").with_headers({"X-Parse-Session-Token": "r:nobody"})),
    case("a user stores", sign_up("<Ada>", "ada"), upload("a.txt").as_user("ada-token")),
    case(
        "the form of browsers",
        form("a.txt").remember(name="name"),
        get(f"{AT}/<name>").without_keys(),
        form("noext", _ContentType="image/png"),
        form("a.html"),
        form("noext", _ContentType="text/html"),
    ),
    case("the form without content", form("a.txt", base64="")),
    case("the form with content that is no text", form("a.txt", base64=5)),
    case("the form for another app", form("a.txt", _ApplicationId="other")),
    case("the form with a session that is no text", form("a.txt", _SessionToken=5)),
    case("the form with a bad session", form("a.txt", _SessionToken="r:nobody")),
    case("the form where the header names the app", form("a.txt").with_headers({"X-Parse-Application-Id": APP_ID})),
    case("the form with metadata", form("a.txt", fileData={"metadata": {"a": 1}, "tags": {"b": "c"}})),
    case("the form with denied metadata", form("a.txt", fileData={"metadata": {"constructor": 1}})),
    case("the form with denied tags", form("a.txt", fileData={"tags": {"__proto__": 1}})),
    case("the form with a directory", form("a.txt", fileData={"directory": "a"})),
    case("a stream", upload("a.txt").with_headers(STREAM), upload("a.html").with_headers(STREAM)),
    case("a stream of nothing", upload("a.txt", b"").with_headers(STREAM)),
    case("a stream with metadata and tags", extras(metadata={"a": 1}, tags={"b": "c"})),
    case("a stream with a list for metadata", extras(metadata=[1])),
    case("a stream with tags that are no JSON", extras(tags="{")),
    case("a stream with denied metadata", extras(metadata={"a": {"constructor": 1}})),
    case("a stream with a directory, by a client", extras(directory="a")),
    *(case(f"the directory {name}", extras(directory=name).as_master()) for name in DIRECTORIES),
    case(
        "a directory is part of the name",
        extras(directory="a/b").as_master().remember(name="name"),
        get(f"{AT}/<name>").without_keys(),
        delete("/files/<name>").as_master(),
        get(f"{AT}/<name>").without_keys(),
    ),
    case(
        "what was stored comes back",
        upload("a.txt").remember(name="name"),
        get(f"{AT}/<name>").without_keys(),
        Step("HEAD", f"{AT}/<name>").without_keys(),
        get(f"{AT}/<name>").without_keys().with_headers({"X-Parse-Session-Token": "r:nobody"}),
    ),
    *(
        case(f"{name} comes back as its type", upload(name, b"5").remember(name="name"), get(f"{AT}/<name>"))
        for name in ("a.json", "a.css", "a.js", "a.csv", "a.md", "a.png", "a.jpg", "a.pdf", "a.mp4", "a.zip", "a.webp")
    ),
    case(
        "an extension that nobody knows",
        upload("a.nobody-knows", content_type="application/x-nobody").remember(name="name"),
    ),
    case(
        "a missing file",
        get(f"{AT}/none.txt"),
        get(f"{AT}/none.txt").without_keys(),
        get(f"{AT}/..%2f..%2fetc%2fpasswd"),
        get(f"{AT}/%2e%2e/%2e%2e/etc/passwd"),
        get(f"{AT}/.hidden"),
    ),
    case("a file of another app", get("/files/other/a.txt"), get("/files/other/metadata/a.txt")),
    case("metadata of a missing file", get(f"{AT}/metadata/none.txt")),
    case("no file at all", get("/files"), get(AT), get(f"{AT}/")),
    case(
        "a file is removed by the master key alone",
        upload("a.txt").remember(name="name"),
        delete("/files/<name>"),
        delete("/files/<name>").with_headers(READ_ONLY),
        delete("/files/<name>").as_master(),
        get(f"{AT}/<name>"),
    ),
    case("a missing file is not removed", delete("/files/none.txt").as_master().in_its_own_words()),
    case("a file of a path is not removed", delete("/files/..%2f..%2fetc%2fpasswd").as_master().in_its_own_words()),
    case(
        "a file in an object",
        upload("a.txt").remember(name="name", url="url"),
        create("<Note>", {"f": {"__type": "File", "name": "<name>"}}).remember(note="objectId"),
        get("/classes/<Note>/<note>"),
        find("<Note>"),
        put("/classes/<Note>/<note>", {"f": {"__op": "Delete"}}),
        get("/classes/<Note>/<note>"),
    ),
    case(
        "a file that is somewhere else",
        create("<Note>", {"f": {"__type": "File", "name": "x.txt", "url": "http://127.0.0.1:1/x.txt"}}).remember(
            note="objectId"
        ),
        get("/classes/<Note>/<note>"),
    ),
    case(
        "a file with the name of a path",
        create("<Note>", {"f": {"__type": "File", "name": "../../x"}}).remember(note="objectId"),
        get("/classes/<Note>/<note>"),
    ),
    case(
        "files in a batch",
        post("/batch", {"requests": [{"method": "POST", "path": "/parse/files/a.txt", "body": {"base64": "aGk="}}]}),
    ),
]

STRICT_CASES = [
    case(
        "a client key is needed to store a file",
        upload("a.txt"),
        upload("a.txt").with_headers({"X-Parse-REST-API-Key": "the-rest-key"}),
        form("a.txt"),
    ),
    case("a link needs no client key", get(f"{AT}/none.txt").without_keys(), get("/files/other/a.txt")),
    case(
        "a user may store by default",
        sign_up("<Ada>", "ada").with_headers({"X-Parse-REST-API-Key": "the-rest-key"}),
        upload("a.txt").with_headers({"X-Parse-REST-API-Key": "the-rest-key"}).as_user("ada-token"),
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_keeps_files_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)


@pytest.mark.parametrize("told", STRICT_CASES, ids=str)
def test_parsonage_is_as_strict_about_files(both_strict: Pair, told: Case) -> None:
    both_strict.compare(told)
