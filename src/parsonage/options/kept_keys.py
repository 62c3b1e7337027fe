"""Keys that the server makes when nobody has chosen any, and keeps for the next start."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

import msgspec

FILE = Path(".parsonage", "keys.json")
"""Where the keys are kept, seen from the folder in which the server is started."""


class KeysUnreadable(Exception):
    """The file of kept keys can't be read or made. The text is a sentence for the operator."""


class KeptKeys(msgspec.Struct, frozen=True, rename="camel"):
    """The app id and the master key of an app that was started without them."""

    app_id: str
    master_key: str

    @classmethod
    def open_or_make(cls, folder: Path, *, app_id: str | None = None) -> KeptKeys:
        """The keys of a folder; made at the first call, in a file that its owner alone may read.

        A file that is made holds ``app_id`` if the app has chosen one. Raises KeysUnreadable.
        """
        path = folder / FILE
        try:
            if not path.exists():
                cls._make(path, app_id)
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except OSError as error:
            raise KeysUnreadable(f"{path}: keys can't be kept there: {(error.strerror or '').lower()}") from None
        except msgspec.MsgspecError:
            raise KeysUnreadable(f"{path}: the file must hold an appId and a masterKey") from None

    @classmethod
    def _make(cls, path: Path, app_id: str | None) -> None:
        keys = cls(app_id=app_id or secrets.token_hex(10), master_key=secrets.token_urlsafe(30))
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # Written apart and linked, so that of two servers that start at once one makes the file, and both read
        # the same keys from it. Files of mkstemp are their owner's alone.
        descriptor, draft = tempfile.mkstemp(dir=path.parent)
        try:
            with open(descriptor, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(keys)) + b"\n")
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            os.unlink(draft)
