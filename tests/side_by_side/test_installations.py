"""Installations: which row is meant, and which rows give way.

Rules: reference/files-push.md, section 5.1; the numbers are those of its table.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import Case, Step, case, delete, find, get, operation, post, put
from tests.side_by_side.exchange import Pair

CLIENT = {"X-Parse-REST-API-Key": "the-rest-key"}
APPLE_TOKEN = "<Token>" + "A" * 64


def install(**fields: object) -> Step:
    """One write of a device, as the SDK for iOS sends it unless told otherwise."""
    return post("/installations", {"deviceType": "ios", **fields}).with_headers(CLIENT)


def change(installation: str, **fields: object) -> Step:
    return put(f"/installations/<{installation}>", fields).with_headers(CLIENT)


def read(installation: str) -> Step:
    return get(f"/installations/<{installation}>").with_headers(CLIENT)


def listed(**where: object) -> Step:
    return find("_Installation", where, order="createdAt").as_master()


def both_rows(token: str = "<Token>", **second: object) -> tuple[Step, Step]:
    """A row with the token alone, and one with an installation id alone."""
    return (
        install(deviceToken=token).remember(token="objectId"),
        install(installationId="<Install>", **second).remember(install="objectId"),
    )


def two_holders() -> tuple[Step, Step]:
    """Two rows with one token, which only the master key can make in this way."""
    return (
        install(deviceToken="<Token>", installationId="<First>").remember(first="objectId"),
        post("/classes/_Installation", {"deviceType": "ios", "installationId": "<Second>"})
        .with_headers(CLIENT)
        .remember(second="objectId"),
    )


CASES = [
    case("1: an installation needs an id", install()),
    case("1: the id in the header is one", install().with_headers({"X-Parse-Installation-Id": "<Header>"})),
    case(
        "1: the master key needs one, too, and the header's is not stored",
        install().as_master(),
        install().as_master().with_headers({"X-Parse-Installation-Id": "<Header>"}),
    ),
    case(
        "2: an update of other fields touches no other row",
        *both_rows(),
        change("install", badge=3, channels=["a"]),
        change("install", channels=operation("AddUnique", objects=["b"])),
        read("install"),
        read("token"),
    ),
    case("3: an update of a row that is not there", put("/installations/<Missing>", {"deviceToken": "t"})),
    case("3: an update of other fields of one that is not there", put("/installations/<Missing>", {"badge": 1})),
    case(
        "4: the installation id stays",
        install(installationId="<Install>").remember(install="objectId"),
        change("install", installationId="<Other>"),
        change("install", installationId="<INSTALL>"),
    ),
    case(
        "5: the token stays where no installation id says whose it is",
        install(deviceToken="<Token>").remember(token="objectId"),
        change("token", deviceToken="<Other>"),
        change("token", deviceToken="<Token>"),
        change("token", deviceToken="<Other>", installationId="<Install>"),
        read("token"),
    ),
    case(
        "6: the device type stays",
        install(deviceToken="<Token>").remember(token="objectId"),
        change("token", deviceType="android"),
        change("token", deviceType="ios"),
    ),
    case(
        "7: a new row needs a device type",
        post("/installations", {"installationId": "<Install>"}),
        post("/installations", {"deviceToken": "<Token>"}),
    ),
    case(
        "7: a known row needs none",
        install(installationId="<Install>").remember(install="objectId"),
        post("/installations", {"installationId": "<Install>", "badge": 1}),
        read("install"),
    ),
    case(
        "8: a new row, with its ids in small letters",
        install(installationId="<INSTALL>", deviceToken="A" * 64).remember(new="objectId"),
        read("new"),
        delete("/installations/<new>").as_master(),
    ),
    case(
        "8: a token of another length is kept as it is",
        install(deviceToken=APPLE_TOKEN).remember(new="objectId"),
        read("new"),
    ),
    case(
        "9: the token alone finds its row",
        install(deviceToken="<Token>", installationId="<Install>").remember(install="objectId"),
        install(deviceToken="<Token>", badge=2),
        read("install"),
    ),
    case(
        "9: an installation id is given to the row that has the token and none",
        install(deviceToken="<Token>").remember(token="objectId"),
        install(deviceToken="<Token>", installationId="<Install>"),
        read("token"),
    ),
    case(
        "10: the token alone doesn't say which installation with another id is meant",
        install(deviceToken="<Token>", installationId="<Install>"),
        install(deviceToken="<Token>").with_headers({"X-Parse-Installation-Id": "<Header>"}),
    ),
    case(
        "11: an app that was installed again takes the token",
        install(deviceToken="<Token>", installationId="<Install>").remember(old="objectId"),
        install(deviceToken="<Token>", installationId="<Again>").remember(new="objectId"),
        read("old"),
        read("new"),
    ),
    case(
        "11: the same token in another app stays",
        install(deviceToken="<Token>", installationId="<Install>", appIdentifier="org.a").remember(a="objectId"),
        install(deviceToken="<Token>", installationId="<Again>", appIdentifier="org.b").remember(b="objectId"),
        read("a"),
        read("b"),
    ),
    case(
        "12: two rows of one device become one",
        *both_rows(),
        change("install", deviceToken="<Token>", badge=7),
        read("install"),
        read("token"),
    ),
    case(
        "12: two rows of one device become one with its installation id if that is sent",
        *both_rows(),
        install(deviceToken="<Token>", installationId="<Install>"),
        read("install"),
        read("token"),
    ),
    case(
        "12: a row is not merged with itself",
        install(deviceToken="<Token>").remember(token="objectId"),
        change("token", deviceToken="<Token>", badge=1),
        read("token"),
    ),
    case(
        "13: a known installation takes the token from another",
        *two_holders(),
        change("second", deviceToken="<Token>", installationId="<Second>"),
        read("first"),
        read("second"),
    ),
    case(
        "14: so it does when its own object id is repeated",
        *two_holders(),
        change("second", deviceToken="<Token>", objectId="<second>"),
        read("first"),
        read("second"),
    ),
    case(
        "15: without either, both keep it",
        *two_holders(),
        change("second", deviceToken="<Token>"),
        read("first"),
        read("second"),
        install(deviceToken="<Token>"),
    ),
    case(
        "16: the same installation once more is an update",
        install(installationId="<Install>", deviceToken="<Token>").remember(install="objectId"),
        install(installationId="<Install>", deviceToken="<Token>", appVersion="2"),
        read("install"),
    ),
    case(
        "16: the id in the header finds the row, whichever one is named",
        *both_rows(),
        change("token", badge=5).with_headers({"X-Parse-Installation-Id": "<Install>"}),
        read("install"),
        read("token"),
    ),
    case(
        "the row of somebody else is not there",
        install(installationId="<Install>", deviceToken="<Token>", ACL={}).remember(install="objectId"),
        install(installationId="<Install>", badge=1),
        listed(deviceToken="<Token>"),
    ),
    case(
        "a token that is no text",
        install(deviceToken=5).differs(
            "files-push.md, section 5: an error of the client, not of the server",
            400,
            {"code": 111, "error": "schema mismatch for _Installation.deviceToken; expected String but got Number"},
        ),
        install(installationId="<Install>", deviceToken=operation("Delete")).differs(
            "files-push.md, section 5: a field may be left out in this way",
            201,
            {"objectId": "<id>", "createdAt": "<moment>"},
        ),
    ),
]

STRICT_CASES = [
    case(
        "11: the row that had the token may stay without it",
        install(deviceToken="<Token>", installationId="<Install>").remember(old="objectId"),
        install(deviceToken="<Token>", installationId="<Again>").remember(new="objectId"),
        read("old"),
        read("new"),
    ),
    case(
        "12: the row with the installation id may win the merge",
        *both_rows(),
        install(deviceToken="<Token>", installationId="<Install>"),
        read("install"),
        read("token"),
    ),
    case(
        "11: a row that the caller may not write keeps its token",
        install(deviceToken="<Token>", installationId="<Install>", ACL={"*": {"read": True}}).remember(old="objectId"),
        install(deviceToken="<Token>", installationId="<Again>").remember(new="objectId"),
        read("old"),
        read("new"),
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_takes_the_same_row_as_parse_server(both: Pair, told: Case) -> None:
    both.compare(told)


@pytest.mark.parametrize("told", STRICT_CASES, ids=str)
def test_parsonage_heeds_the_same_options_as_parse_server(both_strict: Pair, told: Case) -> None:
    both_strict.compare(told)
