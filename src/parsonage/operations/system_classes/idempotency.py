"""_Idempotency: the ids of requests that are carried out once.

Rules: reference/rest-core.md, section 8.1.
"""

from __future__ import annotations

from parsonage.operations.system_classes.behaviour import Behaviour
from parsonage.protocol.errors import DuplicateRequest


def _duplicate(field: str) -> Exception:
    return DuplicateRequest()


BEHAVIOUR = Behaviour(duplicate=_duplicate)
