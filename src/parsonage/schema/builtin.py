"""The fields that every class has, and the fields of the server's own classes, as tables.

Rules: reference/schema-clp-acl.md, section 4.
"""

from __future__ import annotations

from parsonage.protocol.names import VOLATILE_CLASSES
from parsonage.schema.class_permissions import CLOSED, OPEN
from parsonage.schema.model import (
    ACCESS_LIST,
    ARRAY,
    BOOLEAN,
    DATE,
    FILE,
    NUMBER,
    OBJECT,
    STRING,
    ClassSchema,
    Field,
    pointer_to,
    relation_to,
)

DEFAULT_FIELDS: dict[str, Field] = {
    "objectId": STRING,
    "createdAt": DATE,
    "updatedAt": DATE,
    "ACL": ACCESS_LIST,
}

_STRINGS_OF_INSTALLATION = (
    "installationId deviceToken deviceType pushType GCMSenderId timeZone localeIdentifier"
    " appVersion appName appIdentifier parseVersion"
)

SYSTEM_FIELDS: dict[str, dict[str, Field]] = {
    "_User": {
        "username": STRING,
        "password": STRING,
        "email": STRING,
        "emailVerified": BOOLEAN,
        "authData": OBJECT,
    },
    "_Installation": {
        **dict.fromkeys(_STRINGS_OF_INSTALLATION.split(), STRING),
        "channels": ARRAY,
        "badge": NUMBER,
    },
    "_Role": {"name": STRING, "users": relation_to("_User"), "roles": relation_to("_Role")},
    "_Session": {
        "user": pointer_to("_User"),
        "installationId": STRING,
        "sessionToken": STRING,
        "expiresAt": DATE,
        "createdWith": OBJECT,
    },
    "_Product": {
        "productIdentifier": STRING,
        "download": FILE,
        "downloadName": STRING,
        "icon": FILE,
        "order": NUMBER,
        "title": STRING,
        "subtitle": STRING,
    },
    "_PushStatus": {
        **dict.fromkeys(["pushTime", "source", "query", "payload", "title", "status", "pushHash"], STRING),
        **dict.fromkeys(["expiry", "expiration_interval", "numSent", "numFailed", "count"], NUMBER),
        **dict.fromkeys(
            ["errorMessage", "sentPerType", "failedPerType", "sentPerUTCOffset", "failedPerUTCOffset"], OBJECT
        ),
    },
    "_JobStatus": {
        **dict.fromkeys(["jobName", "source", "status", "message"], STRING),
        "params": OBJECT,
        "finishedAt": DATE,
    },
    "_JobSchedule": {
        **dict.fromkeys(["jobName", "description", "params", "startAfter", "timeOfDay"], STRING),
        "daysOfWeek": ARRAY,
        "lastRun": NUMBER,
        "repeatMinutes": NUMBER,
    },
    "_Hooks": dict.fromkeys(["functionName", "className", "triggerName", "url"], STRING),
    "_GlobalConfig": {"params": OBJECT, "masterKeyOnly": OBJECT},
    "_GraphQLConfig": {"config": OBJECT},
    "_Audience": {"name": STRING, "query": STRING, "lastUsed": DATE, "timesUsed": NUMBER},
    "_Idempotency": {"reqId": STRING, "expire": DATE},
}

BARE_CLASSES = frozenset({"_Hooks", "_GlobalConfig", "_GraphQLConfig"})
"""Classes whose objects have neither dates nor permissions, as Parse Server's tables of them have none."""

PRIVATE_FIELDS: dict[str, dict[str, Field]] = {
    "_User": {
        "_hashed_password": STRING,
        "_email_verify_token": STRING,
        "_email_verify_token_expires_at": DATE,
        "_account_lockout_expires_at": DATE,
        "_failed_login_count": NUMBER,
        "_perishable_token": STRING,
        "_perishable_token_expires_at": DATE,
        "_password_changed_at": DATE,
        "_password_history": ARRAY,
    }
}
"""Columns that no answer and no schema shows."""

UNIQUE_FIELDS: dict[str, tuple[str, ...]] = {
    "_User": ("username", "email"),
    "_Role": ("name",),
    "_Session": ("sessionToken",),
    "_Idempotency": ("reqId",),
}
"""Fields whose values may stand in one object of the class only."""

CREATED_AT_START = ("_User", "_Role")
"""The classes that an empty database gets; the other listed ones come with their first object."""


def new_class(name: str) -> ClassSchema:
    """A class as it is born: the fields every object has, and its own if it is one of the server's."""
    return ClassSchema(
        name=name,
        fields={**DEFAULT_FIELDS, **SYSTEM_FIELDS.get(name, {})},
        permissions=CLOSED if name in VOLATILE_CLASSES else OPEN,
    )


VOLATILE: dict[str, ClassSchema] = {name: new_class(name) for name in sorted(VOLATILE_CLASSES)}
"""Classes that stand in no schema list; they always exist."""
