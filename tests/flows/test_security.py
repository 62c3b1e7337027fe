"""``GET /security``: how safely the server is configured.

Rules: reference/options.md, on ``security``.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from parsonage.operations.security import log_security_report
from tests.flows.door import Door, open_door

CHECKED = {"enableCheck": True}
STRONG = "Correct-Horse-7-Battery"


async def report(folder: Path, **options: Any) -> dict[str, Any]:
    """The report of a server with these options."""
    async with open_door(folder, **{"security": CHECKED, **options}) as door:
        answer = await door.get("/security", headers={"X-Parse-Master-Key": options.get("masterKey", "the-master-key")})
    assert answer.status == 200, answer.body
    told: dict[str, Any] = answer.body["report"]
    return told


def states(told: dict[str, Any]) -> dict[str, str]:
    """Check → state, over all groups."""
    return {check["title"]: check["state"] for group in told["groups"] for check in group["checks"]}


async def test_it_is_for_the_master_key(tmp_path: Path) -> None:
    async with open_door(tmp_path, security=CHECKED) as door:
        assert (await door.get("/security")).plain == (403, {"error": "Permission denied"})


async def test_it_is_refused_where_no_option_asks_for_it(door: Door) -> None:
    assert (await door.get("/security", master=True)).plain == (
        409,
        {"error": "Enable Parse Server option `security.enableCheck` to run security check."},
    )


async def test_a_check_that_fails_tells_what_to_do(tmp_path: Path) -> None:
    told = await report(tmp_path)
    [check] = [check for check in told["groups"][1]["checks"] if check["title"] == "Client class creation disabled"]

    assert (told["version"], told["state"], told["groups"][1]["state"]) == ("1.0.0", "fail", "fail")
    assert check == {
        "title": "Client class creation disabled",
        "state": "fail",
        "warning": "Anybody can make new classes and fill the database.",
        "solution": "Set 'allowClientClassCreation' to false.",
    }


async def test_a_safe_server_passes_every_check(tmp_path: Path) -> None:
    (tmp_path / "flows.db").touch(mode=0o600)
    safe: dict[str, Any] = {
        "masterKey": STRONG,
        "allowClientClassCreation": False,
        "readOnlyMasterKeyIps": ["127.0.0.1"],
        "accountLockout": {"threshold": 5, "duration": 5},
        "development": False,
        "requestComplexity": {
            "includeDepth": 5,
            "includeCount": 50,
            "subqueryDepth": 5,
            "subqueryLimit": 1000,
            "queryDepth": 5,
            "batchRequestLimit": 50,
        },
    }

    told = await report(tmp_path, **safe)

    assert set(states(told).values()) == {"success"}
    assert told["state"] == "success"


@pytest.mark.parametrize(
    ("title", "options"),
    [
        ("Secure master key", {"masterKey": "Short-1"}),
        ("Secure master key", {"masterKey": "a" * 40}),
        ("Master key IP range restricted", {"masterKeyIps": ["0.0.0.0/0"]}),
        ("Read-only master key IP range restricted", {}),
        ("Maintenance key IP range restricted", {"maintenanceKeyIps": ["::/0"]}),
        ("Security log disabled", {"security": {"enableCheck": True, "enableCheckLog": True}}),
        ("Development mode disabled", {"development": True}),
        ("Users are created without public access", {"enforcePrivateUsers": False}),
        ("Error messages sanitized", {"enableSanitizedErrorResponse": False}),
        ("Request complexity limits enabled", {"requestComplexity": {"queryDepth": 5}}),
        ("Public database explain disabled", {"databaseOptions": {"allowPublicExplain": True}}),
        ("Account lockout enabled", {}),
        ("Public file upload disabled", {"fileUpload": {"enableForPublic": True}}),
        ("Uploads of pages and scripts disabled", {"fileUpload": {"fileExtensions": ["*"]}}),
    ],
)
async def test_what_is_weak_fails(tmp_path: Path, title: str, options: dict[str, Any]) -> None:
    assert states(await report(tmp_path, **options))[title] == "fail"


async def test_a_database_file_that_everybody_reads_fails(tmp_path: Path) -> None:
    (tmp_path / "flows.db").touch()
    (tmp_path / "flows.db").chmod(0o644)

    assert states(await report(tmp_path))["Database file is private"] == "fail"


OWN = """
def groups():
    door = {"title": "Door locked", "passed": False, "warning": "Anybody can come in.", "solution": "Lock it."}
    return [{"name": "House", "checks": [door]}]

def broken():
    return [{"name": "House"}]
"""


async def test_checks_of_the_app_stand_behind_our_own(tmp_path: Path) -> None:
    (tmp_path / "checks.py").write_text(OWN)

    told = await report(tmp_path, security={**CHECKED, "checkGroups": f"{tmp_path}/checks.py:groups"})

    assert told["groups"][-1] == {
        "name": "House",
        "state": "fail",
        "checks": [
            {"title": "Door locked", "state": "fail", "warning": "Anybody can come in.", "solution": "Lock it."}
        ],
    }


async def test_checks_of_the_app_that_say_nothing_of_use_are_told(tmp_path: Path) -> None:
    (tmp_path / "checks.py").write_text(OWN)

    async with open_door(tmp_path, security={**CHECKED, "checkGroups": f"{tmp_path}/checks.py:broken"}) as door:
        refused = await door.get("/security", master=True)

    assert refused.refusal == (
        400,
        141,
        "security.checkGroups: Object missing required field `checks` - at `$[0]`",
    )


async def test_the_log_names_what_is_weak(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parsonage.security")
    async with open_door(tmp_path, security={**CHECKED, "enableCheckLog": True}) as door:
        await log_security_report(door.house)

    assert (
        "Configuration: Client class creation disabled fails. Anybody can make new classes and fill the database."
        " Set 'allowClientClassCreation' to false."
    ) in caplog.messages
