"""One program for all tests of a module, hosted once: Node takes its time to start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.flows.door import Door
from tests.jshost.conftest import hosting_in

EXAMPLES = f"var {{ example, apart }} = require({str(Path(__file__).with_name('examples.js'))!r});\n"
"""What the program begins with: the examples by their slug, and `apart`."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """A door into the house that hosts the module's ``PROGRAM`` in legacy mode, with its ``FILES`` around it."""
    root = tmp_path_factory.mktemp("project")
    files: dict[str, str] = getattr(request.module, "FILES", {})
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    async with hosting_in(root)(EXAMPLES + request.module.PROGRAM, legacyCloudCode=True) as opened:
        yield opened
