"""The table of Parse error codes, and one class for each error that we raise.

Rooms raise these classes, doors turn them into replies. Two texts belong to an error: ``message`` is
what every client may read, ``detail`` is what the log says and what clients see as well when
``enableSanitizedErrorResponse`` is off. Old apps compare the texts, so they are facts, letter by letter.

Rules: reference/errors.md.
"""

from __future__ import annotations

from enum import IntEnum


class ErrorCode(IntEnum):
    """Every error code of the Parse protocol, those that only SDKs raise included."""

    OTHER_CAUSE = -1
    INTERNAL_SERVER_ERROR = 1
    CONNECTION_FAILED = 100
    OBJECT_NOT_FOUND = 101
    INVALID_QUERY = 102
    INVALID_CLASS_NAME = 103
    MISSING_OBJECT_ID = 104
    INVALID_KEY_NAME = 105
    INVALID_POINTER = 106
    INVALID_JSON = 107
    COMMAND_UNAVAILABLE = 108
    NOT_INITIALIZED = 109
    INCORRECT_TYPE = 111
    INVALID_CHANNEL_NAME = 112
    PUSH_MISCONFIGURED = 115
    OBJECT_TOO_LARGE = 116
    OPERATION_FORBIDDEN = 119
    CACHE_MISS = 120
    INVALID_NESTED_KEY = 121
    INVALID_FILE_NAME = 122
    INVALID_ACL = 123
    TIMEOUT = 124
    INVALID_EMAIL_ADDRESS = 125
    MISSING_CONTENT_TYPE = 126
    MISSING_CONTENT_LENGTH = 127
    INVALID_CONTENT_LENGTH = 128
    FILE_TOO_LARGE = 129
    FILE_SAVE_ERROR = 130
    DUPLICATE_DEVICE_TOKEN = 132
    MISSING_PART = 135
    IMMUTABLE_PART = 136
    DUPLICATE_VALUE = 137
    INVALID_ROLE_NAME = 139
    EXCEEDED_QUOTA = 140
    SCRIPT_FAILED = 141
    VALIDATION_ERROR = 142
    INVALID_IMAGE_DATA = 143
    UNSAVED_FILE_ERROR = 151
    INVALID_PUSH_TIME_ERROR = 152
    FILE_DELETE_ERROR = 153
    REQUEST_LIMIT_EXCEEDED = 155
    DUPLICATE_REQUEST = 159
    INVALID_EVENT_NAME = 160
    FILE_DELETE_UNNAMED_ERROR = 161
    INVALID_VALUE = 162
    USERNAME_MISSING = 200
    PASSWORD_MISSING = 201
    USERNAME_TAKEN = 202
    EMAIL_TAKEN = 203
    EMAIL_MISSING = 204
    EMAIL_NOT_FOUND = 205
    SESSION_MISSING = 206
    MUST_CREATE_USER_THROUGH_SIGNUP = 207
    ACCOUNT_ALREADY_LINKED = 208
    INVALID_SESSION_TOKEN = 209
    MFA_ERROR = 210
    MFA_TOKEN_REQUIRED = 211
    LINKED_ID_MISSING = 250
    INVALID_LINKED_SESSION = 251
    UNSUPPORTED_SERVICE = 252
    INVALID_SCHEMA_OPERATION = 255
    AGGREGATE_ERROR = 600
    FILE_READ_ERROR = 601
    X_DOMAIN_REQUEST = 602


class ParseError(Exception):
    """An error with a Parse code, as clients and Cloud Code see it.

    Cloud Code raises it to answer with a code of its own: ``raise ParseError(999, "no more seats")``.
    ``code`` is a number, not only one of the table: apps invent their own.
    """

    code: int = ErrorCode.OTHER_CAUSE
    message: str = ""
    explanation: str | None = None
    """Which rule refused and why, in words; only known in development."""

    def __init__(self, code: int | None = None, message: str | None = None, *, detail: str | None = None) -> None:
        if code is not None:
            self.code = code
        if message is not None:
            self.message = _text(message)
        self.detail = _text(detail) if detail else self.message
        super().__init__(self.detail)

    @property
    def http_status(self) -> int:
        """404 for code 101, 500 for code 1, else 400."""
        if self.code == ErrorCode.OBJECT_NOT_FOUND:
            return 404
        return 500 if self.code == ErrorCode.INTERNAL_SERVER_ERROR else 400

    def body(self, *, sanitized: bool) -> dict[str, object]:
        """The JSON body of the answer: ``{"code", "error"}``."""
        return {"code": int(self.code), "error": self.message if sanitized else self.detail}


def _text(given: object) -> str:
    """What clients can be told: Cloud Code gives an exception for a text as well, or text that is no Unicode."""
    text = given if isinstance(given, str) else str(given)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


class _OneText(ParseError):
    """An error whose code is fixed and whose text the caller gives, or that has one text only."""

    def __init__(self, message: str | None = None, *, detail: str | None = None) -> None:
        super().__init__(None, message, detail=detail)


class InternalError(_OneText):
    """Something broke inside; the reason stands in the log only."""

    code = ErrorCode.INTERNAL_SERVER_ERROR
    message = "Internal server error."


class ClassChanged(InternalError):
    """A class lost what a request still counted on, between its check and its write."""


class ConnectionFailed(_OneText):
    """The request could not be carried out now, or nobody knows whether it was."""

    code = ErrorCode.CONNECTION_FAILED


class TooManyRequests(_OneText):
    """The caller came too often; see the option ``rateLimit``."""

    code = ErrorCode.CONNECTION_FAILED
    message = "Too many requests."

    def __init__(self, message: str, *, in_batch: bool = False) -> None:
        super().__init__(message)
        self._in_batch = in_batch

    @property
    def http_status(self) -> int:
        """429, and 400 for an item of a batch, as on Parse Server."""
        return 400 if self._in_batch else 429


class ObjectNotFound(_OneText):
    """The object does not exist, or the caller may not see it.

    One answer for both, so that a stranger can't learn which ids are taken.
    """

    code = ErrorCode.OBJECT_NOT_FOUND
    message = "Object not found."


class InvalidQuery(_OneText):
    """A query, or a parameter of one, that has no meaning."""

    code = ErrorCode.INVALID_QUERY


class InvalidClassName(_OneText):
    """A class of the schema routes that does not exist, exists already or can't have that name."""

    code = ErrorCode.INVALID_CLASS_NAME


class MissingObjectId(_OneText):
    """An object without id where one is needed."""

    code = ErrorCode.MISSING_OBJECT_ID
    message = "objectId must not be empty, null or undefined"


class InvalidKeyName(_OneText):
    """A field or query key that can't have that name."""

    code = ErrorCode.INVALID_KEY_NAME


class InvalidJSON(_OneText):
    """A value or body that is not what its place asks for."""

    code = ErrorCode.INVALID_JSON


class CommandUnavailable(_OneText):
    """An operation that the protocol does not know."""

    code = ErrorCode.COMMAND_UNAVAILABLE


class IncorrectType(_OneText):
    """A value of another type than its field."""

    code = ErrorCode.INCORRECT_TYPE


class OperationForbidden(_OneText):
    """The caller may not do this; why stands in ``detail``."""

    code = ErrorCode.OPERATION_FORBIDDEN
    message = "Permission denied"


class NeedsAuthentication(_OneText):
    """The class asks for a logged-in user: 101, as if there were nothing."""

    code = ErrorCode.OBJECT_NOT_FOUND
    message = "Permission denied"

    def __init__(self) -> None:
        super().__init__(detail="Permission denied, user needs to be authenticated.")


class PushMisconfigured(_OneText):
    """A push notification that can't be sent as it is, or not at all: nothing is there that could send one."""

    code = ErrorCode.PUSH_MISCONFIGURED
    message = "Missing push configuration"


class InvalidNestedKey(_OneText):
    """A key inside an Object that holds ``$`` or ``.``."""

    code = ErrorCode.INVALID_NESTED_KEY
    message = "Nested keys should not contain the '$' or '.' characters"


class InvalidFileName(_OneText):
    """A name that no file or directory of files can have."""

    code = ErrorCode.INVALID_FILE_NAME
    message = "Filename contains invalid characters."


class FileNotSaved(_OneText):
    """A file that may not be stored, or could not be."""

    code = ErrorCode.FILE_SAVE_ERROR


class FileNotDeleted(_OneText):
    """A file that could not be removed."""

    code = ErrorCode.FILE_DELETE_ERROR
    message = "Could not delete file."


class InvalidACL(_OneText):
    """An access list that is none."""

    code = ErrorCode.INVALID_ACL
    message = "Invalid ACL."


class Timeout(_OneText):
    """A handler, or a whole request, took longer than it may."""

    code = ErrorCode.TIMEOUT


class InvalidEmailAddress(_OneText):
    """A mail address that is none."""

    code = ErrorCode.INVALID_EMAIL_ADDRESS
    message = "Email address format is invalid."


class MissingPart(_OneText):
    """A schema or installation lacks a part that it must have (code 135)."""

    code = ErrorCode.MISSING_PART


class ImmutablePart(_OneText):
    """A part that may not be changed (code 136)."""

    code = ErrorCode.IMMUTABLE_PART


class DuplicateDeviceToken(ParseError):
    """Several installations have the device token, and nothing says which one is meant."""

    code = ErrorCode.DUPLICATE_DEVICE_TOKEN
    message = "Must specify installationId when deviceToken matches multiple Installation objects"


class DuplicateValue(_OneText):
    """A unique field already has this value in another object of the class."""

    code = ErrorCode.DUPLICATE_VALUE
    message = "A duplicate value for a field with unique values was provided"

    def __init__(self, class_name: str = "", field: str = "") -> None:
        super().__init__(detail=None)
        self.class_name = class_name
        self.field = field


class DuplicateRequest(_OneText):
    """A request with this id was carried out already, or is just now."""

    code = ErrorCode.DUPLICATE_REQUEST
    message = "Duplicate request"


class ScriptFailed(_OneText):
    """Cloud Code failed, or there is no such handler."""

    code = ErrorCode.SCRIPT_FAILED
    message = "Script failed."


class ValidationError(_OneText):
    """A validator, a required field or a policy said no."""

    code = ErrorCode.VALIDATION_ERROR
    message = "Validation failed."


class InvalidHook(_OneText):
    """A webhook that can't be declared so, that is there already, or that is not there.

    Its code was given to images first; Parse Server's webhooks have it as well.
    """

    code = ErrorCode.INVALID_IMAGE_DATA


class InvalidValue(_OneText):
    """A parameter with a value that can't be."""

    code = ErrorCode.INVALID_VALUE


class UsernameMissing(_OneText):
    """No user name, or not a text."""

    code = ErrorCode.USERNAME_MISSING
    message = "bad or missing username"


class PasswordMissing(_OneText):
    """No password, or an empty one."""

    code = ErrorCode.PASSWORD_MISSING
    message = "password is required"


class UsernameTaken(_OneText):
    """Another account has this user name."""

    code = ErrorCode.USERNAME_TAKEN
    message = "Account already exists for this username."


class EmailTaken(_OneText):
    """Another account has this mail address."""

    code = ErrorCode.EMAIL_TAKEN
    message = "Account already exists for this email address."


class SessionMissing(_OneText):
    """A user may only be changed by whom its ACL lets write it; nobody changes one without a session."""

    code = ErrorCode.SESSION_MISSING
    message = "Permission denied"


class InvalidSessionToken(_OneText):
    """The session token is unknown, expired, or missing where one is needed."""

    code = ErrorCode.INVALID_SESSION_TOKEN
    message = "Invalid session token"


class UnsupportedService(_OneText):
    """A sign-in provider that is unknown or switched off."""

    code = ErrorCode.UNSUPPORTED_SERVICE
    message = "This authentication method is unsupported."


class AccountAlreadyLinked(_OneText):
    """The sign-in belongs to another account."""

    code = ErrorCode.ACCOUNT_ALREADY_LINKED
    message = "this auth is already used"


class InvalidSchemaOperation(_OneText):
    """A change of a schema that can't be made."""

    code = ErrorCode.INVALID_SCHEMA_OPERATION


class Refused(ParseError):
    """An answer without a Parse code: wrong keys, a master-only route, a body that is not JSON.

    Rules: reference/errors.md, section 3.
    """

    status: int = 400

    def __init__(self, message: str | None = None, *, detail: str | None = None) -> None:
        super().__init__(None, message, detail=detail)

    @property
    def http_status(self) -> int:
        """The status that this class of refusal has."""
        return self.status

    def body(self, *, sanitized: bool) -> dict[str, object]:
        """The JSON body of the answer: ``{"error"}``, no code."""
        return {"error": self.message if sanitized else self.detail}


class Unauthorized(Refused):
    """App id unknown, client key wrong, or a key from an address that may not use it."""

    status = 403
    message = "unauthorized"


class KeyFromElsewhere(Unauthorized):
    """A right key from an address that may not use it; the log says which."""


class NeedsMasterKey(Refused):
    """A route for the master key only."""

    status = 403
    message = "Permission denied"

    def __init__(self) -> None:
        super().__init__(detail="unauthorized: master key is required")


class NeedsWritingKey(Refused):
    """The read-only master key where something would be written, on a route that names no code."""

    status = 403
    message = "Permission denied"


class SecurityCheckOff(Refused):
    """The report on the configuration, where the option that asks for it is off."""

    status = 409
    message = "Enable Parse Server option `security.enableCheck` to run security check."


class UnknownApplication(Refused):
    """The link to a file names another app."""

    status = 403
    message = "Permission denied"


class FileNotFound(Refused):
    """There is no file of this name, or no content that could be given out."""

    status = 404
    message = "File not found."


class FileOutOfReach(Refused):
    """Whether there is such a file can't be told now: the place of the files doesn't answer.

    Parse Server says 404, which caches and apps take for the last word.
    """

    status = 503
    message = "The file can't be read now."


class RangeNotSatisfiable(Refused):
    """No byte of the range that was asked for is in the file, which has ``size`` bytes."""

    status = 416
    message = "Range Not Satisfiable"

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size


class MalformedBody(Refused):
    """A body that is not JSON."""


class MalformedPath(Refused):
    """A path with a percent sign that stands for nothing, or for bytes that are no text."""


class BodyTooLarge(Refused):
    """A body over ``maxUploadSize``."""

    status = 413
    message = "request entity too large"


class RouteUnknown(Refused):
    """No such path, or not with this method: answered with an HTML page, as the peer does."""

    status = 404
