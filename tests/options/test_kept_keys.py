"""Keys that the server makes for itself."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from parsonage.options.kept_keys import FILE, KeptKeys, KeysUnreadable


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    KeptKeys.open_or_make(tmp_path)

    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / FILE).parent.iterdir()] == ["keys.json"]


def test_two_folders_have_different_keys(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()

    assert KeptKeys.open_or_make(one) != KeptKeys.open_or_make(two)


def test_a_file_without_keys_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text("{}")

    with pytest.raises(KeysUnreadable, match=r"keys\.json: the file must hold an appId and a masterKey"):
        KeptKeys.open_or_make(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / ".parsonage").write_text("a file where the folder should be")

    with pytest.raises(KeysUnreadable, match=r"keys\.json: keys can't be kept there"):
        KeptKeys.open_or_make(tmp_path)
