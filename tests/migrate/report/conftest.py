"""A small old project and its check."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsonage.migrate.code.check import Report, Wanted, check

CODE = """\
Parse.Cloud.define('hi', function (req, res) { res.success(1); });
Parse.Cloud.define('keep', function (req, res) { later(res); });
Parse.Cloud.define('new', async (request) => request.params.name);
Parse.Cloud.job('night', function (req, status) { status.success('<b>done</b>'); });
var secretKey = 'sk_live_4eC39HqLyjWDarjtT1zdp7dc'; later(secretKey);
"""


@pytest.fixture
def report(tmp_path: Path) -> Report:
    cloud = tmp_path / "cloud"
    cloud.mkdir()
    (cloud / "main.js").write_text(CODE)
    (cloud / "main.ts").write_bytes(b"Parse.Cloud.define(\0")
    return check([tmp_path], Wanted("parse.com"))
