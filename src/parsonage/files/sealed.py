"""Sealed: files whose content is encrypted, in whatever place keeps them.

The form is Parse Server's, so that either server reads what the other has stored: the content under AES-256-GCM,
behind it the 16 bytes that the encryption began with, and 16 bytes that prove that nothing was changed. The key
is the beginning of the setting's SHA-256 in base64.

No byte is given out before the whole was proved: content is read twice, first for the proof.

Rules: reference/files-push.md, section 4.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import AsyncIterator, Sequence
from functools import partial

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from parsonage.files.interface import FileFacts, Files, KeptFile, NotDecrypted, Pieces

_BEGINNING, _PROOF = 16, 16
_TAIL = _BEGINNING + _PROOF


def key_of(setting: str) -> bytes:
    """The 32 bytes that a key's text stands for."""
    return base64.b64encode(hashlib.sha256(setting.encode()).digest())[:32]


class SealedFiles:
    """Encrypts what another place keeps. ``keys`` begins with the one for new files; the others only open."""

    def __init__(self, place: Files, keys: Sequence[str]) -> None:
        self._place = place
        self._keys = [key_of(key) for key in keys]

    async def store(self, name: str, content: Pieces, facts: FileFacts) -> int:
        """Keep a file encrypted; the size is that of its content."""
        return await self._place.store(name, sealed(content, self._keys[0]), facts) - _TAIL

    async def find(self, name: str) -> KeptFile | None:
        """The file of a name, opened with the first key that fits. Raises NotDecrypted."""
        found = await self._place.find(name)
        if found is None:
            return None
        try:
            for key in self._keys:
                opened = await _opened(found, key)
                if opened is not None:
                    return opened
        except BaseException:
            found.close()
            raise
        found.close()
        raise NotDecrypted(f"no key opens {name}")

    async def remove(self, name: str) -> bool:
        """Remove a file; whether there was one."""
        return await self._place.remove(name)


async def sealed(content: Pieces, key: bytes) -> AsyncIterator[bytes]:
    """Content as it is kept: encrypted, with its tail."""
    beginning = os.urandom(_BEGINNING)
    encryptor = Cipher(AES(key), GCM(beginning)).encryptor()
    async for piece in content:
        yield encryptor.update(piece)
    yield encryptor.finalize() + beginning + encryptor.tag


async def _opened(found: KeptFile, key: bytes) -> KeptFile | None:
    """The content behind a key; ``None`` where another key, or none, was used."""
    size = found.size - _TAIL
    if size < 0:
        return None
    tail = b"".join([piece async for piece in found.content(size, found.size)])
    mode = GCM(tail[:_BEGINNING], tail[_BEGINNING:])
    decryptor = Cipher(AES(key), mode).decryptor()
    async for piece in found.content(0, size):
        decryptor.update(piece)
    try:
        decryptor.finalize()
    except InvalidTag:
        return None
    return _Opened(found, size, partial(Cipher(AES(key), mode).decryptor))


class _Opened:
    """A file whose content was proved."""

    def __init__(self, found: KeptFile, size: int, decryptor: partial[CipherContext]) -> None:
        self.size = size
        self._found = found
        self._decryptor = decryptor

    async def facts(self) -> FileFacts:
        """What is kept beside the content."""
        return await self._found.facts()

    async def content(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from ``start`` to ``stop``: all before them are decrypted, too."""
        decryptor = self._decryptor()
        at = 0
        async for piece in self._found.content(0, stop):
            plain = decryptor.update(piece)
            if at + len(plain) > start:
                yield plain[max(0, start - at) :]
            at += len(plain)

    def close(self) -> None:
        """Let go of the file."""
        self._found.close()
