"""Every option of Parse Server 9.10: its name, its environment variable, its default, what we do with it.

Rules: reference/options.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from parsonage.options import kinds
from parsonage.options.option import Option, Standing

GROUPS_OF_ANY_KEYS = frozenset({"auth"})
"""Groups whose keys are names that the operator chooses: one per login provider."""

_BUILT = (
    Option(
        "appId",
        "PARSE_SERVER_APPLICATION_ID",
        kind=kinds.TEXT,
        field="app.id",
        meaning="The application id that every request names. Without one, it is made and kept.",
    ),
    Option(
        "appName",
        "PARSE_SERVER_APP_NAME",
        kind=kinds.TEXT,
        field="app.name",
        meaning="Name of the app, for the start line and the database file. Unset, the name of the current folder.",
    ),
    Option(
        "masterKey",
        "PARSE_SERVER_MASTER_KEY",
        kind=kinds.SECRET,
        field="keys.master",
        meaning="The key that may do everything. Without one, it is made and kept.",
    ),
    Option(
        "masterKeyIps",
        "PARSE_SERVER_MASTER_KEY_IPS",
        default=["127.0.0.1", "::1"],
        kind=kinds.ADDRESSES,
        field="keys.master_ips",
        meaning="Addresses and networks from which the master key is accepted.",
    ),
    Option(
        "readOnlyMasterKey",
        "PARSE_SERVER_READ_ONLY_MASTER_KEY",
        kind=kinds.SECRET,
        field="keys.read_only_master",
        meaning="A key that reads as the master key does, and writes nothing.",
    ),
    Option(
        "readOnlyMasterKeyIps",
        "PARSE_SERVER_READ_ONLY_MASTER_KEY_IPS",
        default=["0.0.0.0/0", "::0"],
        kind=kinds.ADDRESSES,
        field="keys.read_only_master_ips",
        meaning="Addresses and networks from which the read-only master key is accepted.",
    ),
    Option(
        "maintenanceKey",
        "PARSE_SERVER_MAINTENANCE_KEY",
        kind=kinds.SECRET,
        field="keys.maintenance",
        meaning="A key that may read and write internal fields.",
    ),
    Option(
        "maintenanceKeyIps",
        "PARSE_SERVER_MAINTENANCE_KEY_IPS",
        default=["127.0.0.1", "::1"],
        kind=kinds.ADDRESSES,
        field="keys.maintenance_ips",
        meaning="Addresses and networks from which the maintenance key is accepted.",
    ),
    Option(
        "clientKey",
        "PARSE_SERVER_CLIENT_KEY",
        kind=kinds.SECRET,
        field="keys.client",
        meaning="Key of native clients. As soon as one of the four client keys is set, a client must show one that is.",
    ),
    Option(
        "javascriptKey",
        "PARSE_SERVER_JAVASCRIPT_KEY",
        kind=kinds.SECRET,
        field="keys.javascript",
        meaning="Key of JavaScript clients.",
    ),
    Option(
        "dotNetKey",
        "PARSE_SERVER_DOT_NET_KEY",
        kind=kinds.SECRET,
        field="keys.dot_net",
        meaning="Key of .NET and Unity clients.",
    ),
    Option(
        "restAPIKey",
        "PARSE_SERVER_REST_API_KEY",
        kind=kinds.SECRET,
        field="keys.rest_api",
        meaning="Key of REST clients.",
    ),
    Option(
        "webhookKey",
        "PARSE_SERVER_WEBHOOK_KEY",
        kind=kinds.SECRET,
        field="keys.webhook",
        meaning="Goes along with every call of a webhook, as `X-Parse-Webhook-Key`, so that it knows who calls.",
    ),
    Option(
        "host",
        "PARSE_SERVER_HOST",
        default="0.0.0.0",
        kind=kinds.TEXT,
        field="network.host",
        meaning="Address to listen on. In development 127.0.0.1 unless it is set.",
    ),
    Option(
        "port",
        "PORT",
        default=1337,
        kind=kinds.whole_number(0, 65535),
        field="network.port",
        meaning="TCP port to listen on; 0 lets the system choose.",
    ),
    Option(
        "mountPath",
        "PARSE_SERVER_MOUNT_PATH",
        default="/parse",
        kind=kinds.MOUNT_PATH,
        field="network.mount_path",
        meaning="Path under which the API is served.",
    ),
    Option(
        "serverURL",
        "PARSE_SERVER_URL",
        kind=kinds.TEXT,
        field="network.server_url",
        meaning="The server's own URL of the API; its path is one that items of a batch may begin with.",
    ),
    Option(
        "publicServerURL",
        "PARSE_PUBLIC_SERVER_URL",
        kind=kinds.URL,
        field="network.public_server_url",
        meaning="URL of the API as clients reach it, when a proxy stands between.",
    ),
    Option(
        "allowOrigin",
        "PARSE_SERVER_ALLOW_ORIGIN",
        kind=kinds.LIST,
        field="network.allow_origin",
        meaning="Origins whose pages may call the API; the first one answers for all others. Unset, any origin may.",
    ),
    Option(
        "allowHeaders",
        "PARSE_SERVER_ALLOW_HEADERS",
        kind=kinds.LIST,
        field="network.allow_headers",
        meaning="Header names that pages of other origins may send beside those of Parse.",
    ),
    Option(
        "trustProxy",
        "PARSE_SERVER_TRUST_PROXY",
        default=[],
        kind=kinds.PROXIES,
        field="network.trust_proxy",
        meaning="Whose `X-Forwarded-For` is believed: `true` for everybody's, a number of nearest hops, or "
        "addresses, networks and the names `loopback`, `linklocal`, `uniquelocal`.",
    ),
    Option(
        "maxUploadSize",
        "PARSE_SERVER_MAX_UPLOAD_SIZE",
        default="20mb",
        kind=kinds.SIZE,
        field="network.max_upload_size",
        meaning="Largest request body: a number of bytes, or with `kb`, `mb`, `gb`.",
    ),
    Option(
        "filesAdapter",
        "PARSE_SERVER_FILES_ADAPTER",
        kind=kinds.FILES_ADAPTER,
        field="files.adapter",
        meaning="`@parse/fs-files-adapter` with its options `filesSubDirectory` and `encryptionKey`: "
        "files are kept in the folder `files`, as that adapter keeps them. Other adapters are not built.",
    ),
    Option(
        "preserveFileName",
        "PARSE_SERVER_PRESERVE_FILE_NAME",
        default=False,
        kind=kinds.SWITCH,
        field="files.preserve_names",
        meaning="Keep the name that a client gives a file, without a random prefix. "
        "A second file of the same name takes the place of the first.",
    ),
    Option(
        "encryptionKey",
        "PARSE_SERVER_ENCRYPTION_KEY",
        kind=kinds.SECRET,
        field="files.encryption_key",
        meaning="Encrypt the content of files with this key. Needs the package `cryptography`.",
    ),
    Option(
        "fileKey",
        "PARSE_SERVER_FILE_KEY",
        kind=kinds.TEXT,
        field="files.legacy_key",
        meaning="Key of the app on hosted Parse: files with names from there are linked to where they lay.",
    ),
    Option(
        "fileUpload",
        "PARSE_SERVER_FILE_UPLOAD_OPTIONS",
        default={},
        meaning="Who may store files, and which, written as an object with the options that follow.",
    ),
    Option(
        "fileUpload.enableForPublic",
        "PARSE_SERVER_FILE_UPLOAD_ENABLE_FOR_PUBLIC",
        default=False,
        kind=kinds.SWITCH,
        field="uploads.public",
        meaning="Whether clients without a session may store files.",
    ),
    Option(
        "fileUpload.enableForAnonymousUser",
        "PARSE_SERVER_FILE_UPLOAD_ENABLE_FOR_ANONYMOUS_USER",
        default=False,
        kind=kinds.SWITCH,
        field="uploads.anonymous_users",
        meaning="Whether anonymous users may store files.",
    ),
    Option(
        "fileUpload.enableForAuthenticatedUser",
        "PARSE_SERVER_FILE_UPLOAD_ENABLE_FOR_AUTHENTICATED_USER",
        default=True,
        kind=kinds.SWITCH,
        field="uploads.users",
        meaning="Whether users who logged in may store files.",
    ),
    Option(
        "fileUpload.fileExtensions",
        "PARSE_SERVER_FILE_UPLOAD_FILE_EXTENSIONS",
        kind=kinds.EXTENSIONS,
        field="uploads.extensions",
        meaning="Regular expressions, one of which the extension of a file must match; `*` allows every one. "
        "The default refuses HTML, SVG, XML and their kin.",
    ),
    Option(
        "fileUpload.allowedFileUrlDomains",
        "PARSE_SERVER_FILE_UPLOAD_ALLOWED_FILE_URL_DOMAINS",
        default=["*"],
        kind=kinds.LIST,
        field="uploads.url_domains",
        meaning="Hosts that the URL of a File value may name: `cdn.example.com`, `*.example.com`, or `*` for all.",
    ),
    Option(
        "fileDownload",
        "PARSE_SERVER_FILE_DOWNLOAD_OPTIONS",
        default={},
        meaning="Who may fetch files, written as an object with the options that follow.",
    ),
    Option(
        "fileDownload.enableForPublic",
        "PARSE_SERVER_FILE_DOWNLOAD_ENABLE_FOR_PUBLIC",
        default=True,
        kind=kinds.SWITCH,
        field="downloads.public",
        meaning="Whether clients without a session may fetch files.",
    ),
    Option(
        "fileDownload.enableForAnonymousUser",
        "PARSE_SERVER_FILE_DOWNLOAD_ENABLE_FOR_ANONYMOUS_USER",
        default=True,
        kind=kinds.SWITCH,
        field="downloads.anonymous_users",
        meaning="Whether anonymous users may fetch files.",
    ),
    Option(
        "fileDownload.enableForAuthenticatedUser",
        "PARSE_SERVER_FILE_DOWNLOAD_ENABLE_FOR_AUTHENTICATED_USER",
        default=True,
        kind=kinds.SWITCH,
        field="downloads.users",
        meaning="Whether users who logged in may fetch files.",
    ),
    Option(
        "databaseURI",
        "PARSE_SERVER_DATABASE_URI",
        kind=kinds.DATABASE,
        field="database.location",
        meaning="Where the data lives: `postgres://user:password@host:5432/name`, `sqlite:relative/path.db` or "
        "`sqlite:///absolute/path.db`. For PostgreSQL `?ssl=true` asks for TLS, `?poolSize=20` for that many "
        "connections at most (10), `?prepared=false` is for a proxy that pools transactions. "
        "Unset, `NAME.db` in the current folder, with the name of the app.",
    ),
    Option(
        "cloud",
        "PARSE_SERVER_CLOUD",
        kind=kinds.CLOUD,
        field="cloud.path",
        meaning="The Cloud Code: a Python file, a JavaScript file, or a folder with either or both "
        "(its `main.js` is the entry).",
    ),
    Option(
        "allowClientClassCreation",
        "PARSE_SERVER_ALLOW_CLIENT_CLASS_CREATION",
        default=False,
        kind=kinds.SWITCH,
        field="schemas.allow_client_class_creation",
        meaning="Clients make a class by saving its first object.",
    ),
    Option(
        "allowCustomObjectId",
        "PARSE_SERVER_ALLOW_CUSTOM_OBJECT_ID",
        default=False,
        kind=kinds.SWITCH,
        field="schemas.allow_custom_object_id",
        meaning="Clients choose the ids of new objects.",
    ),
    Option(
        "objectIdSize",
        "PARSE_SERVER_OBJECT_ID_SIZE",
        default=10,
        kind=kinds.whole_number(1),
        field="schemas.object_id_size",
        meaning="Length of the ids that the server makes.",
    ),
    Option(
        "protectedFieldsSaveResponseExempt",
        "PARSE_SERVER_PROTECTED_FIELDS_SAVE_RESPONSE_EXEMPT",
        default=True,
        kind=kinds.SWITCH,
        field="access.save_answers_exempt",
        meaning="The answer to a write may hold protected fields.",
    ),
    Option(
        "protectedFieldsTriggerExempt",
        "PARSE_SERVER_PROTECTED_FIELDS_TRIGGER_EXEMPT",
        default=False,
        kind=kinds.SWITCH,
        field="access.triggers_exempt",
        meaning="The stored object that a beforeSave or afterSave is given has the fields that are hidden from whoever "
        "saves.",
    ),
    Option(
        "userSensitiveFields",
        "PARSE_SERVER_USER_SENSITIVE_FIELDS",
        kind=kinds.LIST,
        field="access.user_sensitive_fields",
        meaning="Fields of users that are hidden from others, besides those of `protectedFields`.",
    ),
    Option(
        "schema",
        "PARSE_SERVER_SCHEMA",
        meaning="Classes that are made or changed at the start, written as an object with the options that follow.",
    ),
    Option(
        "schema.definitions",
        "PARSE_SERVER_SCHEMA_DEFINITIONS",
        default=[],
        kind=kinds.DEFINITIONS,
        field="defined.definitions",
        meaning="`className`, `fields`, `indexes`, `classLevelPermissions` of each class, as in the schema routes.",
    ),
    Option(
        "schema.strict",
        "PARSE_SERVER_SCHEMA_STRICT",
        default=False,
        kind=kinds.SWITCH,
        field="defined.strict",
        meaning="The log names classes and fields that are not defined.",
    ),
    Option(
        "schema.deleteExtraFields",
        "PARSE_SERVER_SCHEMA_DELETE_EXTRA_FIELDS",
        default=False,
        kind=kinds.SWITCH,
        field="defined.delete_extra_fields",
        meaning="Fields that are not defined are dropped, with what they hold.",
    ),
    Option(
        "schema.recreateModifiedFields",
        "PARSE_SERVER_SCHEMA_RECREATE_MODIFIED_FIELDS",
        default=False,
        kind=kinds.SWITCH,
        field="defined.recreate_modified_fields",
        meaning="A field of another type than the defined one is dropped and made anew, empty.",
    ),
    Option(
        "schema.lockSchemas",
        "PARSE_SERVER_SCHEMA_LOCK_SCHEMAS",
        default=False,
        kind=kinds.SWITCH,
        field="defined.lock_schemas",
        meaning="The schema routes change no class.",
    ),
    Option(
        "schema.keepUnknownIndexes",
        "PARSE_SERVER_SCHEMA_KEEP_UNKNOWN_INDEXES",
        default=False,
        kind=kinds.SWITCH,
        field="defined.keep_unknown_indexes",
        meaning="Indexes that are not defined stay.",
    ),
    Option(
        "schema.beforeMigration",
        "PARSE_SERVER_SCHEMA_BEFORE_MIGRATION",
        kind=kinds.FUNCTION,
        field="defined.before",
        meaning="A Python function, `FILE.py:NAME`, that is called before that, with a client on the master key.",
    ),
    Option(
        "schema.afterMigration",
        "PARSE_SERVER_SCHEMA_AFTER_MIGRATION",
        kind=kinds.FUNCTION,
        field="defined.after",
        meaning="The same for after it.",
    ),
    Option(
        "enforcePrivateUsers",
        "PARSE_SERVER_ENFORCE_PRIVATE_USERS",
        default=True,
        kind=kinds.SWITCH,
        field="access.enforce_private_users",
        meaning="The ACL of a new user names that user alone.",
    ),
    Option(
        "protectedFields",
        "PARSE_SERVER_PROTECTED_FIELDS",
        default={"_User": {"*": ["email"]}},
        kind=kinds.PROTECTED_FIELDS,
        field="access.protected_fields",
        meaning="Fields that are hidden, by class and group. The default is added to what is set.",
    ),
    Option(
        "protectedFieldsOwnerExempt",
        "PARSE_SERVER_PROTECTED_FIELDS_OWNER_EXEMPT",
        default=True,
        kind=kinds.SWITCH,
        field="access.protected_fields_owner_exempt",
        meaning="Users see all of their own fields.",
    ),
    Option(
        "enableSanitizedErrorResponse",
        "PARSE_SERVER_ENABLE_SANITIZED_ERROR_RESPONSE",
        default=True,
        kind=kinds.SWITCH,
        field="access.sanitized_errors",
        meaning="Refusals tell clients no details; the log has them.",
    ),
    Option(
        "requestKeywordDenylist",
        "PARSE_SERVER_REQUEST_KEYWORD_DENYLIST",
        default=[{"key": "_bsontype", "value": "Code"}, {"key": "constructor"}, {"key": "__proto__"}],
        kind=kinds.KEYWORDS,
        field="access.denied_keywords",
        meaning="Keys and values, as regular expressions, that no create or update may contain.",
    ),
    Option(
        "defaultLimit",
        "PARSE_SERVER_DEFAULT_LIMIT",
        default=100,
        kind=kinds.COUNT,
        field="queries.default_limit",
        meaning="How many objects a query without a limit finds.",
    ),
    Option(
        "maxLimit",
        "PARSE_SERVER_MAX_LIMIT",
        kind=kinds.COUNT,
        field="queries.max_limit",
        meaning="A greater limit of a query is lowered to this.",
    ),
    Option(
        "databaseOptions",
        "PARSE_SERVER_DATABASE_OPTIONS",
        meaning="What is asked of the database, written as an object with the option that follows.",
    ),
    Option(
        "databaseOptions.allowPublicExplain",
        "PARSE_SERVER_DATABASE_ALLOW_PUBLIC_EXPLAIN",
        default=False,
        kind=kinds.SWITCH,
        field="access.public_explain",
        meaning="Everybody may ask with `explain` how a query is carried out, and not the master key alone.",
    ),
    Option(
        "requestComplexity",
        "PARSE_SERVER_REQUEST_COMPLEXITY",
        default={},
        meaning="Bounds on one request of a client, written as an object with the options that follow.",
    ),
    Option(
        "requestComplexity.includeDepth",
        "PARSE_SERVER_REQUEST_COMPLEXITY_INCLUDE_DEPTH",
        default=-1,
        kind=kinds.BOUND,
        field="complexity.include_depth",
        meaning="Longest include path of a query; -1 for any.",
    ),
    Option(
        "requestComplexity.includeCount",
        "PARSE_SERVER_REQUEST_COMPLEXITY_INCLUDE_COUNT",
        default=-1,
        kind=kinds.BOUND,
        field="complexity.include_count",
        meaning="Most include paths of a query; -1 for any.",
    ),
    Option(
        "requestComplexity.subqueryDepth",
        "PARSE_SERVER_REQUEST_COMPLEXITY_SUBQUERY_DEPTH",
        default=-1,
        kind=kinds.BOUND,
        field="complexity.subquery_depth",
        meaning="Most levels of queries within queries; -1 for any.",
    ),
    Option(
        "requestComplexity.subqueryLimit",
        "PARSE_SERVER_REQUEST_COMPLEXITY_SUBQUERY_LIMIT",
        default=-1,
        kind=kinds.BOUND,
        field="complexity.subquery_limit",
        meaning="Most objects that a query within a query finds; -1 for any.",
    ),
    Option(
        "requestComplexity.queryDepth",
        "PARSE_SERVER_REQUEST_COMPLEXITY_QUERY_DEPTH",
        default=-1,
        kind=kinds.BOUND,
        field="complexity.query_depth",
        meaning="Most levels of `$or`, `$and` and `$nor`; -1 for any.",
    ),
    Option(
        "requestComplexity.batchRequestLimit",
        "PARSE_SERVER_REQUEST_COMPLEXITY_BATCH_REQUEST_LIMIT",
        default=-1,
        kind=kinds.BOUND,
        field="complexity.batch_request_limit",
        meaning="Most requests in one batch; -1 for any.",
    ),
    Option(
        "requestComplexity.allowRegex",
        "PARSE_SERVER_REQUEST_COMPLEXITY_ALLOW_REGEX",
        default=True,
        kind=kinds.SWITCH,
        field="complexity.allow_regex",
        meaning="Clients may ask with regular expressions.",
    ),
    Option(
        "rateLimit",
        "PARSE_SERVER_RATE_LIMIT",
        default=[],
        kind=kinds.RATE_LIMITS,
        field="rate_limits",
        meaning="How often clients may come: a list of objects with the entries that follow. "
        "Who comes too often is answered with 429 and code 100.",
    ),
    Option(
        "rateLimit.errorResponseMessage",
        "PARSE_SERVER_RATE_LIMIT_ERROR_RESPONSE_MESSAGE",
        default="Too many requests.",
        kind=kinds.TEXT,
        in_list=True,
        meaning="Text of the answer.",
    ),
    Option(
        "rateLimit.includeInternalRequests",
        "PARSE_SERVER_RATE_LIMIT_INCLUDE_INTERNAL_REQUESTS",
        default=False,
        kind=kinds.SWITCH,
        in_list=True,
        meaning="Count requests from this machine as well.",
    ),
    Option(
        "rateLimit.includeMasterKey",
        "PARSE_SERVER_RATE_LIMIT_INCLUDE_MASTER_KEY",
        default=False,
        kind=kinds.SWITCH,
        in_list=True,
        meaning="Count requests with the master key as well.",
    ),
    Option(
        "rateLimit.redisUrl",
        "PARSE_SERVER_RATE_LIMIT_REDIS_URL",
        kind=kinds.SECRET,
        in_list=True,
        meaning="URL of a Redis server where all processes count together; without one each process counts alone.",
    ),
    Option(
        "rateLimit.requestCount",
        "PARSE_SERVER_RATE_LIMIT_REQUEST_COUNT",
        kind=kinds.whole_number(0),
        in_list=True,
        meaning="Requests that are let through in the window.",
    ),
    Option(
        "rateLimit.requestMethods",
        "PARSE_SERVER_RATE_LIMIT_REQUEST_METHODS",
        kind=kinds.LIST,
        in_list=True,
        meaning="Methods that are counted: a list, or one regular expression. Unset, all of them.",
    ),
    Option(
        "rateLimit.requestPath",
        "PARSE_SERVER_RATE_LIMIT_REQUEST_PATH",
        kind=kinds.TEXT,
        in_list=True,
        meaning="Pattern of the routes that are counted, without the mount: `/login`, `/functions/:name`, "
        "`/classes/Note{/*id}`, `/*path`.",
    ),
    Option(
        "rateLimit.requestTimeWindow",
        "PARSE_SERVER_RATE_LIMIT_REQUEST_TIME_WINDOW",
        kind=kinds.COUNT,
        in_list=True,
        meaning="Milliseconds from the first request that is counted until the count begins anew.",
    ),
    Option(
        "rateLimit.zone",
        "PARSE_SERVER_RATE_LIMIT_ZONE",
        default="ip",
        kind=kinds.TEXT,
        in_list=True,
        meaning="Whose requests are counted together: `ip`, `session`, `user` or `global`. "
        "Without a session, `session` and `user` count by address.",
    ),
    Option(
        "allowAggregationForReadOnlyMasterKey",
        "PARSE_SERVER_ALLOW_AGGREGATION_FOR_READ_ONLY_MASTER_KEY",
        default=True,
        kind=kinds.SWITCH,
        field="access.read_only_aggregation",
        meaning="The read-only master key may carry out pipelines.",
    ),
    Option(
        "routeAllowList",
        "PARSE_SERVER_ROUTE_ALLOW_LIST",
        kind=kinds.PATTERNS,
        field="access.allowed_routes",
        meaning="Regular expressions for the routes that clients may ask for at all, each for the whole of one without "
        "the mount: `classes/Chat.*`, `login`. Unset, every route.",
    ),
    Option(
        "idempotencyOptions",
        "PARSE_SERVER_EXPERIMENTAL_IDEMPOTENCY_OPTIONS",
        default={},
        meaning="Requests that are carried out once, however often they are sent with one `X-Parse-Request-Id`.",
    ),
    Option(
        "idempotencyOptions.paths",
        "PARSE_SERVER_EXPERIMENTAL_IDEMPOTENCY_PATHS",
        default=[],
        kind=kinds.PATTERNS,
        field="idempotency.paths",
        meaning="Regular expressions for the beginning of their paths, without the mount: `classes/Order`, "
        "`functions/.*`.",
    ),
    Option(
        "idempotencyOptions.ttl",
        "PARSE_SERVER_EXPERIMENTAL_IDEMPOTENCY_TTL",
        default=300,
        kind=kinds.SECONDS,
        field="idempotency.ttl",
        meaning="Seconds that the id of a request is remembered.",
    ),
    Option(
        "sessionLength",
        "PARSE_SERVER_SESSION_LENGTH",
        default=31536000,
        kind=kinds.COUNT,
        field="sessions.length",
        meaning="Seconds that a session lasts.",
    ),
    Option(
        "expireInactiveSessions",
        "PARSE_SERVER_EXPIRE_INACTIVE_SESSIONS",
        default=True,
        kind=kinds.SWITCH,
        field="sessions.expire",
        meaning="Sessions end after `sessionLength`.",
    ),
    Option(
        "revokeSessionOnPasswordReset",
        "PARSE_SERVER_REVOKE_SESSION_ON_PASSWORD_RESET",
        default=True,
        kind=kinds.SWITCH,
        field="sessions.revoke_on_password_reset",
        meaning="A new password ends the user's sessions.",
    ),
    Option(
        "convertUsernameToLowercase",
        "PARSE_SERVER_CONVERT_USERNAME_TO_LOWERCASE",
        default=False,
        kind=kinds.SWITCH,
        field="accounts.lower_usernames",
        meaning="User names are stored in small letters, and a log-in may spell them in any.",
    ),
    Option(
        "convertEmailToLowercase",
        "PARSE_SERVER_CONVERT_EMAIL_TO_LOWERCASE",
        default=False,
        kind=kinds.SWITCH,
        field="accounts.lower_emails",
        meaning="Mail addresses of users are stored in small letters, and a log-in may spell them in any.",
    ),
    Option(
        "enableAnonymousUsers",
        "PARSE_SERVER_ENABLE_ANON_USERS",
        default=True,
        kind=kinds.SWITCH,
        field="sessions.anonymous_users",
        meaning="Users may sign up without a name.",
    ),
    Option(
        "extendSessionOnUse",
        "PARSE_SERVER_EXTEND_SESSION_ON_USE",
        default=False,
        kind=kinds.SWITCH,
        field="sessions.extend_on_use",
        meaning="A session in use begins its time anew, at most once in half of `sessionLength`.",
    ),
    Option(
        "passwordPolicy",
        "PARSE_SERVER_PASSWORD_POLICY",
        meaning="What passwords must be, written as an object with the options that follow.",
    ),
    Option(
        "passwordPolicy.validatorPattern",
        "PARSE_SERVER_PASSWORD_POLICY_VALIDATOR_PATTERN",
        kind=kinds.PATTERN,
        field="passwords.pattern",
        meaning="A regular expression that must be found in a new password.",
    ),
    Option(
        "passwordPolicy.validatorCallback",
        "PARSE_SERVER_PASSWORD_POLICY_VALIDATOR_CALLBACK",
        kind=kinds.FUNCTION,
        field="passwords.callback",
        meaning="A Python function, `FILE.py:NAME`, that is given a new password and returns whether it will do.",
    ),
    Option(
        "passwordPolicy.validationError",
        "PARSE_SERVER_PASSWORD_POLICY_VALIDATION_ERROR",
        kind=kinds.TEXT,
        field="passwords.error",
        meaning="What a client reads when pattern or function refuse; unset, the text of Parse Server.",
    ),
    Option(
        "passwordPolicy.doNotAllowUsername",
        "PARSE_SERVER_PASSWORD_POLICY_DO_NOT_ALLOW_USERNAME",
        default=False,
        kind=kinds.SWITCH,
        field="passwords.not_the_username",
        meaning="A password must not contain the user's name.",
    ),
    Option(
        "passwordPolicy.maxPasswordAge",
        "PARSE_SERVER_PASSWORD_POLICY_MAX_PASSWORD_AGE",
        kind=kinds.DAYS,
        field="passwords.max_age",
        meaning="Days after which a password logs nobody in any more; a part of a day will do.",
    ),
    Option(
        "passwordPolicy.maxPasswordHistory",
        "PARSE_SERVER_PASSWORD_POLICY_MAX_PASSWORD_HISTORY",
        kind=kinds.whole_number(0, 20),
        field="passwords.history",
        meaning="A new password must differ from so many, the one in use included.",
    ),
    Option(
        "accountLockout",
        "PARSE_SERVER_ACCOUNT_LOCKOUT",
        meaning="When wrong passwords lock an account, written as an object with the options that follow.",
    ),
    Option(
        "accountLockout.threshold",
        "PARSE_SERVER_ACCOUNT_LOCKOUT_THRESHOLD",
        kind=kinds.whole_number(1, 999),
        field="lockout.threshold",
        meaning="So many wrong passwords one after the other lock the account.",
    ),
    Option(
        "accountLockout.duration",
        "PARSE_SERVER_ACCOUNT_LOCKOUT_DURATION",
        kind=kinds.MINUTES,
        field="lockout.minutes",
        meaning="Minutes until it opens again.",
    ),
    Option(
        "installation",
        "PARSE_SERVER_INSTALLATION",
        default={},
        meaning="What becomes of installations with the same device token, "
        "written as an object with the options that follow.",
    ),
    Option(
        "installation.duplicateDeviceTokenAction",
        "PARSE_SERVER_INSTALLATION_DUPLICATE_DEVICE_TOKEN_ACTION",
        default="delete",
        kind=kinds.one_of("delete", "update"),
        field="installations.losing_rows",
        meaning="What happens to the installation that had the device token before: "
        "`delete`, or `update`, which takes the token from it.",
    ),
    Option(
        "installation.duplicateDeviceTokenActionEnforceAuth",
        "PARSE_SERVER_INSTALLATION_DUPLICATE_DEVICE_TOKEN_ACTION_ENFORCE_AUTH",
        default=False,
        kind=kinds.SWITCH,
        field="installations.enforce_auth",
        meaning="Only where the caller may do that to it.",
    ),
    Option(
        "installation.duplicateDeviceTokenMergePriority",
        "PARSE_SERVER_INSTALLATION_DUPLICATE_DEVICE_TOKEN_MERGE_PRIORITY",
        default="deviceToken",
        kind=kinds.one_of("deviceToken", "installationId"),
        field="installations.merge_priority",
        meaning="Which of two rows of one installation stays: "
        "the one with the `deviceToken`, or the one with the `installationId`.",
    ),
    Option(
        "analyticsAdapter",
        "PARSE_SERVER_ANALYTICS_ADAPTER",
        kind=kinds.FUNCTION,
        field="events.adapter",
        meaning="A Python function, `FILE.py:NAME`, that is given the name and the parameters of each event "
        "that an app reports.",
    ),
    Option(
        "security",
        "PARSE_SERVER_SECURITY",
        default={},
        meaning="What the server says of its own configuration, written as an object with the options that follow.",
    ),
    Option(
        "security.enableCheck",
        "PARSE_SERVER_SECURITY_ENABLE_CHECK",
        default=False,
        kind=kinds.SWITCH,
        field="security.check",
        meaning="`GET /security` tells the master key how safely the server is configured.",
    ),
    Option(
        "security.enableCheckLog",
        "PARSE_SERVER_SECURITY_ENABLE_CHECK_LOG",
        default=False,
        kind=kinds.SWITCH,
        field="security.log",
        meaning="With `security.enableCheck`, the log tells the same at the start.",
    ),
    Option(
        "security.checkGroups",
        "PARSE_SERVER_SECURITY_CHECK_GROUPS",
        kind=kinds.FUNCTION,
        field="security.groups",
        meaning="A Python function, `FILE.py:NAME`, that gives groups of checks of the app's own.",
    ),
    Option(
        "cacheTTL",
        "PARSE_SERVER_CACHE_TTL",
        default=5000,
        kind=kinds.whole_number(0),
        field="cache.ttl",
        meaning="How long a user, a role or a session is remembered, in milliseconds: "
        "Parse Server, on the same database, announces no change of them. A change by Parsonage is obeyed at once.",
    ),
    Option(
        "cacheMaxSize",
        "PARSE_SERVER_CACHE_MAX_SIZE",
        default=10000,
        kind=kinds.COUNT,
        field="cache.max_size",
        meaning="How many of them.",
    ),
    Option(
        "logLevel",
        "PARSE_SERVER_LOG_LEVEL",
        kind=kinds.LEVEL,
        field="logs.level",
        meaning="Least important lines that are logged: `error`, `warn`, `info`, `verbose`, `debug` or `silly`. "
        "Unset, `info`.",
    ),
    Option(
        "verbose",
        "VERBOSE",
        kind=kinds.SWITCH,
        field="logs.verbose",
        meaning="Log as with `logLevel` set to `verbose`.",
    ),
    Option(
        "silent",
        "SILENT",
        kind=kinds.SWITCH,
        field="logs.silent",
        meaning="Log nothing.",
    ),
    Option(
        "jsonLogs",
        "JSON_LOGS",
        kind=kinds.SWITCH,
        field="logs.as_json",
        meaning="Log each line as a JSON object.",
    ),
    Option(
        "logLevels",
        "PARSE_SERVER_LOG_LEVELS",
        default={},
        meaning="At which level some events are logged, written as an object with the options that follow.",
    ),
    Option(
        "logLevels.cloudFunctionSuccess",
        "PARSE_SERVER_LOG_LEVELS_CLOUD_FUNCTION_SUCCESS",
        kind=kinds.EVENT_LEVEL,
        field="event_logs.function_success",
        meaning="Level at which a function that ran is logged, or `silent`. Unset, it is not.",
    ),
    Option(
        "logLevels.cloudFunctionError",
        "PARSE_SERVER_LOG_LEVELS_CLOUD_FUNCTION_ERROR",
        kind=kinds.EVENT_LEVEL,
        field="event_logs.function_error",
        meaning="The same for one that failed; what is no Parse error is logged with its trace in any case.",
    ),
    Option(
        "logLevels.triggerBeforeSuccess",
        "PARSE_SERVER_LOG_LEVELS_TRIGGER_BEFORE_SUCCESS",
        kind=kinds.EVENT_LEVEL,
        field="event_logs.trigger_before_success",
        meaning="The same for a trigger that ran before something was done.",
    ),
    Option(
        "logLevels.triggerBeforeError",
        "PARSE_SERVER_LOG_LEVELS_TRIGGER_BEFORE_ERROR",
        kind=kinds.EVENT_LEVEL,
        field="event_logs.trigger_before_error",
        meaning="The same for a trigger that refused.",
    ),
    Option(
        "logLevels.triggerAfter",
        "PARSE_SERVER_LOG_LEVELS_TRIGGER_AFTER",
        kind=kinds.EVENT_LEVEL,
        field="event_logs.trigger_after",
        meaning="The same for a trigger that ran after something was done.",
    ),
    Option(
        "logLevels.signupUsernameTaken",
        "PARSE_SERVER_LOG_LEVELS_SIGNUP_USERNAME_TAKEN",
        kind=kinds.EVENT_LEVEL,
        field="event_logs.username_taken",
        meaning="The same for a user name that was asked for and is taken.",
    ),
    Option(
        "logsFolder",
        "PARSE_SERVER_LOGS_FOLDER",
        kind=kinds.PATH,
        field="logs.folder",
        meaning="A folder in which the log is kept as well, in a file for each day (UTC), with `silent`, too. "
        "Unset, no files are written.",
    ),
    Option(
        "maxLogFiles",
        "PARSE_SERVER_MAX_LOG_FILES",
        kind=kinds.LOG_FILES,
        field="logs.most_files",
        meaning='How many of these files stay, or for how many days: `10`, `"10d"`. Unset, all of them stay.',
    ),
)

_NOT_BUILT = """
accountLockout.unlockOnPasswordReset _ACCOUNT_LOCKOUT_UNLOCK_ON_PASSWORD_RESET false
allowExpiredAuthDataToken _ALLOW_EXPIRED_AUTH_DATA_TOKEN false
auth _AUTH_PROVIDERS
cacheAdapter _CACHE_ADAPTER
collectionPrefix _COLLECTION_PREFIX
customPages _CUSTOM_PAGES {}
customPages.choosePassword _CUSTOM_PAGES_CHOOSE_PASSWORD
customPages.expiredVerificationLink _CUSTOM_PAGES_EXPIRED_VERIFICATION_LINK
customPages.invalidLink _CUSTOM_PAGES_INVALID_LINK
customPages.invalidPasswordResetLink _CUSTOM_PAGES_INVALID_PASSWORD_RESET_LINK
customPages.invalidVerificationLink _CUSTOM_PAGES_INVALID_VERIFICATION_LINK
customPages.linkSendFail _CUSTOM_PAGES_LINK_SEND_FAIL
customPages.linkSendSuccess _CUSTOM_PAGES_LINK_SEND_SUCCESS
customPages.parseFrameURL _CUSTOM_PAGES_PARSE_FRAME_URL
customPages.passwordResetSuccess _CUSTOM_PAGES_PASSWORD_RESET_SUCCESS
customPages.verifyEmailSuccess _CUSTOM_PAGES_VERIFY_EMAIL_SUCCESS
databaseOptions.appName _DATABASE_APP_NAME
databaseOptions.authMechanism _DATABASE_AUTH_MECHANISM
databaseOptions.authMechanismProperties _DATABASE_AUTH_MECHANISM_PROPERTIES
databaseOptions.authSource _DATABASE_AUTH_SOURCE
databaseOptions.autoSelectFamily _DATABASE_AUTO_SELECT_FAMILY
databaseOptions.autoSelectFamilyAttemptTimeout _DATABASE_AUTO_SELECT_FAMILY_ATTEMPT_TIMEOUT
databaseOptions.batchSize _DATABASE_BATCH_SIZE 1000
databaseOptions.clientMetadata _DATABASE_CLIENT_METADATA
databaseOptions.clientMetadata.name _DATABASE_CLIENT_METADATA_NAME
databaseOptions.clientMetadata.version _DATABASE_CLIENT_METADATA_VERSION
databaseOptions.compressors _DATABASE_COMPRESSORS
databaseOptions.connectTimeoutMS _DATABASE_CONNECT_TIMEOUT_MS
databaseOptions.createIndexAuthDataUniqueness _DATABASE_CREATE_INDEX_AUTH_DATA_UNIQUENESS true
databaseOptions.createIndexRoleName _DATABASE_CREATE_INDEX_ROLE_NAME true
databaseOptions.createIndexUserEmail _DATABASE_CREATE_INDEX_USER_EMAIL true
databaseOptions.createIndexUserEmailCaseInsensitive _DATABASE_CREATE_INDEX_USER_EMAIL_CASE_INSENSITIVE true
databaseOptions.createIndexUserEmailVerifyToken _DATABASE_CREATE_INDEX_USER_EMAIL_VERIFY_TOKEN true
databaseOptions.createIndexUserPasswordResetToken _DATABASE_CREATE_INDEX_USER_PASSWORD_RESET_TOKEN true
databaseOptions.createIndexUserUsername _DATABASE_CREATE_INDEX_USER_USERNAME true
databaseOptions.createIndexUserUsernameCaseInsensitive _DATABASE_CREATE_INDEX_USER_USERNAME_CASE_INSENSITIVE true
databaseOptions.directConnection _DATABASE_DIRECT_CONNECTION
databaseOptions.disableIndexFieldValidation _DATABASE_DISABLE_INDEX_FIELD_VALIDATION
databaseOptions.enableSchemaHooks _DATABASE_ENABLE_SCHEMA_HOOKS false
databaseOptions.forceServerObjectId _DATABASE_FORCE_SERVER_OBJECT_ID
databaseOptions.heartbeatFrequencyMS _DATABASE_HEARTBEAT_FREQUENCY_MS
databaseOptions.loadBalanced _DATABASE_LOAD_BALANCED
databaseOptions.localThresholdMS _DATABASE_LOCAL_THRESHOLD_MS
databaseOptions.maxConnecting _DATABASE_MAX_CONNECTING
databaseOptions.maxIdleTimeMS _DATABASE_MAX_IDLE_TIME_MS
databaseOptions.maxPoolSize _DATABASE_MAX_POOL_SIZE
databaseOptions.maxStalenessSeconds _DATABASE_MAX_STALENESS_SECONDS
databaseOptions.maxTimeMS _DATABASE_MAX_TIME_MS
databaseOptions.minPoolSize _DATABASE_MIN_POOL_SIZE
databaseOptions.proxyHost _DATABASE_PROXY_HOST
databaseOptions.proxyPassword _DATABASE_PROXY_PASSWORD
databaseOptions.proxyPort _DATABASE_PROXY_PORT
databaseOptions.proxyUsername _DATABASE_PROXY_USERNAME
databaseOptions.readConcernLevel _DATABASE_READ_CONCERN_LEVEL
databaseOptions.readPreference _DATABASE_READ_PREFERENCE
databaseOptions.readPreferenceTags _DATABASE_READ_PREFERENCE_TAGS
databaseOptions.replicaSet _DATABASE_REPLICA_SET
databaseOptions.retryReads _DATABASE_RETRY_READS
databaseOptions.retryWrites _DATABASE_RETRY_WRITES
databaseOptions.schemaCacheTtl _DATABASE_SCHEMA_CACHE_TTL
databaseOptions.serverMonitoringMode _DATABASE_SERVER_MONITORING_MODE
databaseOptions.serverSelectionTimeoutMS _DATABASE_SERVER_SELECTION_TIMEOUT_MS
databaseOptions.socketTimeoutMS _DATABASE_SOCKET_TIMEOUT_MS
databaseOptions.srvMaxHosts _DATABASE_SRV_MAX_HOSTS
databaseOptions.srvServiceName _DATABASE_SRV_SERVICE_NAME
databaseOptions.ssl _DATABASE_SSL
databaseOptions.tls _DATABASE_TLS
databaseOptions.tlsAllowInvalidCertificates _DATABASE_TLS_ALLOW_INVALID_CERTIFICATES
databaseOptions.tlsAllowInvalidHostnames _DATABASE_TLS_ALLOW_INVALID_HOSTNAMES
databaseOptions.tlsCAFile _DATABASE_TLS_CAFILE
databaseOptions.tlsCertificateKeyFile _DATABASE_TLS_CERTIFICATE_KEY_FILE
databaseOptions.tlsCertificateKeyFilePassword _DATABASE_TLS_CERTIFICATE_KEY_FILE_PASSWORD
databaseOptions.tlsInsecure _DATABASE_TLS_INSECURE
databaseOptions.waitQueueTimeoutMS _DATABASE_WAIT_QUEUE_TIMEOUT_MS
databaseOptions.zlibCompressionLevel _DATABASE_ZLIB_COMPRESSION_LEVEL
emailAdapter _EMAIL_ADAPTER
emailVerifySuccessOnInvalidEmail _EMAIL_VERIFY_SUCCESS_ON_INVALID_EMAIL true
emailVerifyTokenReuseIfValid _EMAIL_VERIFY_TOKEN_REUSE_IF_VALID false
emailVerifyTokenValidityDuration _EMAIL_VERIFY_TOKEN_VALIDITY_DURATION
enableCollationCaseComparison _ENABLE_COLLATION_CASE_COMPARISON false
enableInsecureAuthAdapters _ENABLE_INSECURE_AUTH_ADAPTERS false
enableProductPurchaseLegacyApi _ENABLE_PRODUCT_PURCHASE_LEGACY_API true
graphQLPath _GRAPHQL_PATH "/graphql"
graphQLPublicIntrospection _GRAPHQL_PUBLIC_INTROSPECTION false
graphQLSchema _GRAPH_QLSCHEMA
liveQuery _LIVE_QUERY
liveQuery.classNames _LIVEQUERY_CLASSNAMES
liveQuery.redisOptions _LIVEQUERY_REDIS_OPTIONS
liveQuery.redisURL _LIVEQUERY_REDIS_URL
liveQuery.regexTimeout _LIVEQUERY_REGEX_TIMEOUT 100
liveQueryServerOptions _LIVE_QUERY_SERVER_OPTIONS
liveQueryServerOptions.appId PARSE_LIVE_QUERY_SERVER_APP_ID
liveQueryServerOptions.cacheTimeout PARSE_LIVE_QUERY_SERVER_CACHE_TIMEOUT
liveQueryServerOptions.keyPairs PARSE_LIVE_QUERY_SERVER_KEY_PAIRS
liveQueryServerOptions.logLevel PARSE_LIVE_QUERY_SERVER_LOG_LEVEL
liveQueryServerOptions.masterKey PARSE_LIVE_QUERY_SERVER_MASTER_KEY
liveQueryServerOptions.port PARSE_LIVE_QUERY_SERVER_PORT 1337
liveQueryServerOptions.redisOptions PARSE_LIVE_QUERY_SERVER_REDIS_OPTIONS
liveQueryServerOptions.redisURL PARSE_LIVE_QUERY_SERVER_REDIS_URL
liveQueryServerOptions.serverURL PARSE_LIVE_QUERY_SERVER_SERVER_URL
liveQueryServerOptions.websocketTimeout PARSE_LIVE_QUERY_SERVER_WEBSOCKET_TIMEOUT
masterKeyTtl _MASTER_KEY_TTL
mountGraphQL _MOUNT_GRAPHQL false
pages _PAGES {}
pages.customUrls _PAGES_CUSTOM_URLS {}
pages.customUrls.emailVerificationLinkExpired _PAGES_CUSTOM_URL_EMAIL_VERIFICATION_LINK_EXPIRED
pages.customUrls.emailVerificationLinkInvalid _PAGES_CUSTOM_URL_EMAIL_VERIFICATION_LINK_INVALID
pages.customUrls.emailVerificationSendFail _PAGES_CUSTOM_URL_EMAIL_VERIFICATION_SEND_FAIL
pages.customUrls.emailVerificationSendSuccess _PAGES_CUSTOM_URL_EMAIL_VERIFICATION_SEND_SUCCESS
pages.customUrls.emailVerificationSuccess _PAGES_CUSTOM_URL_EMAIL_VERIFICATION_SUCCESS
pages.customUrls.passwordReset _PAGES_CUSTOM_URL_PASSWORD_RESET
pages.customUrls.passwordResetLinkInvalid _PAGES_CUSTOM_URL_PASSWORD_RESET_LINK_INVALID
pages.customUrls.passwordResetSuccess _PAGES_CUSTOM_URL_PASSWORD_RESET_SUCCESS
pages.enableLocalization _PAGES_ENABLE_LOCALIZATION false
pages.encodePageParamHeaders _PAGES_ENCODE_PAGE_PARAM_HEADERS false
pages.forceRedirect _PAGES_FORCE_REDIRECT false
pages.localizationFallbackLocale _PAGES_LOCALIZATION_FALLBACK_LOCALE "en"
pages.localizationJsonPath _PAGES_LOCALIZATION_JSON_PATH
pages.pagesEndpoint _PAGES_PAGES_ENDPOINT "apps"
pages.pagesPath _PAGES_PAGES_PATH
pages.placeholders _PAGES_PLACEHOLDERS {}
PARSE_SERVER_CLEANUP_INVALID_INSTALLATIONS _CLEANUP_INVALID_INSTALLATIONS
passwordPolicy.resetPasswordSuccessOnInvalidEmail _PASSWORD_POLICY_RESET_PASSWORD_SUCCESS_ON_INVALID_EMAIL true
passwordPolicy.resetTokenReuseIfValid _PASSWORD_POLICY_RESET_TOKEN_REUSE_IF_VALID false
passwordPolicy.resetTokenValidityDuration _PASSWORD_POLICY_RESET_TOKEN_VALIDITY_DURATION
preventLoginWithUnverifiedEmail _PREVENT_LOGIN_WITH_UNVERIFIED_EMAIL false
preventSignupWithUnverifiedEmail _PREVENT_SIGNUP_WITH_UNVERIFIED_EMAIL false
push _PUSH
query _QUERY {}
query.aggregationRawFieldNames _QUERY_AGGREGATION_RAW_FIELD_NAMES false
query.aggregationRawValues _QUERY_AGGREGATION_RAW_VALUES false
requestComplexity.graphQLDepth _REQUEST_COMPLEXITY_GRAPHQL_DEPTH -1
requestComplexity.graphQLFields _REQUEST_COMPLEXITY_GRAPHQL_FIELDS -1
scheduledPush _SCHEDULED_PUSH false
sendUserEmailVerification _SEND_USER_EMAIL_VERIFICATION true
startLiveQueryServer _START_LIVE_QUERY_SERVER
verifyServerUrl _VERIFY_SERVER_URL true
verifyUserEmails _VERIFY_USER_EMAILS false
"""
"""One option a line: name, environment variable, default. ``_`` in front stands for ``PARSE_SERVER_``."""

_JAVASCRIPT_ONLY = """
cluster _CLUSTER
databaseAdapter _DATABASE_ADAPTER
databaseOptions.logClientEvents _DATABASE_LOG_CLIENT_EVENTS
databaseOptions.logClientEvents.keys _DATABASE_LOG_CLIENT_EVENTS_KEYS
databaseOptions.logClientEvents.logLevel _DATABASE_LOG_CLIENT_EVENTS_LOG_LEVEL "info"
databaseOptions.logClientEvents.name _DATABASE_LOG_CLIENT_EVENTS_NAME
directAccess _DIRECT_ACCESS true
enableExpressErrorHandler _ENABLE_EXPRESS_ERROR_HANDLER false
liveQuery.pubSubAdapter _LIVEQUERY_PUB_SUB_ADAPTER
liveQuery.wssAdapter _LIVEQUERY_WSS_ADAPTER
liveQueryServerOptions.pubSubAdapter PARSE_LIVE_QUERY_SERVER_PUB_SUB_ADAPTER
liveQueryServerOptions.wssAdapter PARSE_LIVE_QUERY_SERVER_WSS_ADAPTER
loggerAdapter _LOGGER_ADAPTER
middleware _MIDDLEWARE
mountPlayground _MOUNT_PLAYGROUND false
pages.customRoutes _PAGES_CUSTOM_ROUTES []
pages.customRoutes.handler _PAGES_ROUTE_HANDLER
pages.customRoutes.method _PAGES_ROUTE_METHOD
pages.customRoutes.path _PAGES_ROUTE_PATH
playgroundPath _PLAYGROUND_PATH "/playground"
requestContextMiddleware _REQUEST_CONTEXT_MIDDLEWARE
serverCloseComplete _SERVER_CLOSE_COMPLETE
"""


def _rows(table: str, standing: Standing) -> Iterator[Option]:
    for row in table.strip().splitlines():
        name, variable, *default = row.split(" ", 2)
        yield Option(
            name,
            f"PARSE_SERVER{variable}" if variable.startswith("_") else variable,
            default=json.loads(default[0]) if default else None,
            standing=standing,
        )


PARSE_SERVER_OPTIONS = (
    *_BUILT,
    *_rows(_NOT_BUILT, Standing.NOT_BUILT),
    *_rows(_JAVASCRIPT_ONLY, Standing.JAVASCRIPT_ONLY),
)
