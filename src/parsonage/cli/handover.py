"""What the starter hands to every worker: the checked options, in a file without a name.

Options hold secrets, which every user of the machine could read on a command line or in an environment.
"""

from __future__ import annotations

import os

import msgspec

from parsonage.figures import nameless_file
from parsonage.options.model import Options


class Handover(msgspec.Struct, frozen=True):
    """The options, and when the command was given.

    ``began`` is in seconds of the monotonic clock, which all processes of a machine share.
    """

    options: Options
    began: float

    def to_file(self) -> int:
        """Write it to a new file that is gone with the last process that holds it. The answer is its descriptor."""
        descriptor = nameless_file("parsonage-options")
        os.write(descriptor, msgspec.json.encode(self))
        return descriptor

    @classmethod
    def from_file(cls, descriptor: int) -> Handover:
        """Read it, without moving the place at which the next worker starts to read."""
        return msgspec.json.decode(os.pread(descriptor, os.fstat(descriptor).st_size, 0), type=cls)
