"""What is special about the server's own classes: one file for each class, and the list of them here."""

from __future__ import annotations

from parsonage.operations.system_classes import idempotency, installation, product, role, session, user
from parsonage.operations.system_classes.behaviour import ORDINARY, Behaviour

_BEHAVIOURS: dict[str, Behaviour] = {
    "_Idempotency": idempotency.BEHAVIOUR,
    "_Installation": installation.BEHAVIOUR,
    "_Product": product.BEHAVIOUR,
    "_Role": role.BEHAVIOUR,
    "_Session": session.BEHAVIOUR,
    "_User": user.BEHAVIOUR,
}


def behaviour_of(class_name: str) -> Behaviour:
    """How a class behaves."""
    return _BEHAVIOURS.get(class_name, ORDINARY)
