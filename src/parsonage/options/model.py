"""Options: what the operator has decided, one small record per room.

These are values that every room may hold; reading files, the environment and the command line is the
business of ``parsonage.options.load``. Defaults are those of Parse Server 9.10, so that a record made
without arguments behaves as that server does. The comment in brackets is the option's name in a Parse
Server configuration.

Rules: reference/options.md.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec

LOOPBACK = ("127.0.0.1", "::1")
"""Addresses of this machine alone."""

ANY_ADDRESS = ("0.0.0.0/0", "::0")
"""Every IPv4 and every IPv6 address; ``::`` and ``::/0`` mean the same as ``::0``."""

NO_LIMIT = -1
"""Written where a limit is off."""


class App(msgspec.Struct, frozen=True):
    """Which app this is."""

    id: str
    """What every request must name [appId]."""
    name: str = "parse"
    """For the start line, pages and mails [appName]; without one, the name of the current folder."""


class Keys(msgspec.Struct, frozen=True):
    """Secrets that open the door, and the addresses from which they do.

    An address list holds IP addresses and networks (``10.0.0.0/8``), checked when the options were read. An
    empty list means that the key works from nowhere. A key that is ``None`` does not exist.
    """

    master: str
    """Full access [masterKey]."""
    master_ips: tuple[str, ...] = LOOPBACK
    """[masterKeyIps]"""
    read_only_master: str | None = None
    """Reads as the master key does, and writes nothing [readOnlyMasterKey]."""
    read_only_master_ips: tuple[str, ...] = ANY_ADDRESS
    """[readOnlyMasterKeyIps]"""
    maintenance: str | None = None
    """May read and write internal fields [maintenanceKey]."""
    maintenance_ips: tuple[str, ...] = LOOPBACK
    """[maintenanceKeyIps]"""
    client: str | None = None
    """[clientKey]"""
    javascript: str | None = None
    """[javascriptKey]"""
    dot_net: str | None = None
    """[dotNetKey]"""
    rest_api: str | None = None
    """[restAPIKey]"""
    webhook: str | None = None
    """Goes along with every call of a webhook, so that it knows who calls [webhookKey]."""

    @property
    def client_keys_asked_for(self) -> bool:
        """Whether a client must show one of the client keys: so it is as soon as one of them exists."""
        return any((self.client, self.javascript, self.dot_net, self.rest_api))


class Network(msgspec.Struct, frozen=True):
    """Where the server listens, and how it is seen from outside."""

    host: str = "0.0.0.0"
    """Address to listen on [host]; in development 127.0.0.1 unless it is set."""
    port: int = 1337
    """TCP port; 0 lets the system choose one [port]."""
    mount_path: str = "/parse"
    """Prefix of every route, with a slash before and none after; empty at the root [mountPath]."""
    server_url: str | None = None
    """The server's own URL of the API as configured; not checked, old configurations hold anything [serverURL]."""
    public_server_url: str | None = None
    """URL of the API as clients reach it, without a slash at the end [publicServerURL]."""
    allow_origin: tuple[str, ...] = ("*",)
    """Origins for cross-origin requests; the first answers for those not listed [allowOrigin]."""
    allow_headers: tuple[str, ...] = ()
    """Header names allowed to cross-origin requests beside Parse's own [allowHeaders]."""
    trust_proxy: bool | int | tuple[str, ...] = False
    """Whose ``X-Forwarded-For`` is believed: everybody's, that of so many nearest hops, or that of proxies with
    these addresses, networks or the names loopback, linklocal, uniquelocal [trustProxy]."""
    request_timeout: float | None = None
    """Seconds that a whole request may take; a step that has not begun by then is left out [requestTimeout]."""
    max_upload_size: int = 20 * 1024 * 1024
    """Largest request body in bytes [maxUploadSize]."""
    workers: int = 1
    """Processes that answer on the port [workers]."""
    stop_delay: float = 0.0
    """Seconds between SIGTERM and the end of accepting, in which ``/health`` says 503 [stopDelay]."""

    @property
    def batch_prefixes(self) -> tuple[str, ...]:
        """What the path of a batch's item may begin with: the mount, and the paths of the configured URLs."""
        paths = [urlsplit(url).path.rstrip("/") for url in (self.server_url, self.public_server_url) if url]
        return tuple(dict.fromkeys([self.mount_path, *paths]))

    @property
    def url(self) -> str:
        """URL of the API for links and the start line, without a slash at the end."""
        if self.public_server_url is not None:
            return self.public_server_url
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        if ":" in host and not host.startswith("["):
            host = f"[{host}]"
        return f"http://{host}:{self.port}{self.mount_path}"


class Database(msgspec.Struct, frozen=True):
    """Where the data lives."""

    location: str = "parse.db"
    """File of the SQLite database [databaseURI: ``sqlite:///path`` or ``sqlite:path``], or a PostgreSQL URI."""
    statement_timeout: float = 30.0
    """Seconds that one statement may take on PostgreSQL [statementTimeout]."""
    direct_location: str | None = None
    """PostgreSQL URI of the same database that leads past a proxy [databaseDirectURI]."""

    @property
    def is_postgresql(self) -> bool:
        """Whether it is the URI of a PostgreSQL database."""
        return self.location.startswith(("postgres://", "postgresql://"))


class CloudCode(msgspec.Struct, frozen=True):
    """The app's own code."""

    path: str | None = None
    """Python file, JavaScript file, or a folder with either or both: the Cloud Code [cloud]."""
    legacy: bool | None = None
    """Whether hosted JavaScript finds the world of hosted Parse again; ``None``: if it calls for it
    [legacyCloudCode]."""
    node_memory: int | None = None
    """Most megabytes for hosted JavaScript [nodeMemory]."""
    handler_timeout: float = 60.0
    """Seconds that a handler may take, nested calls included [handlerTimeout]."""
    run_schedules: bool = True
    """Whether this server starts jobs when they are due [runSchedules]."""


class SchemaRules(msgspec.Struct, frozen=True):
    """What clients may do to schemas by saving objects."""

    allow_client_class_creation: bool = False
    """[allowClientClassCreation]"""
    allow_custom_object_id: bool = False
    """[allowCustomObjectId]"""
    object_id_size: int = 10
    """Characters of a generated object id [objectIdSize]."""


class DefinedSchemas(msgspec.Struct, frozen=True):
    """Classes as the operator has defined them [schema]."""

    definitions: tuple[dict[str, Any], ...] | None = None
    """``className``, ``fields``, ``indexes`` and ``classLevelPermissions`` of each, as the schema routes have them.
    ``None``: nothing is defined, and no class is touched at the start."""
    strict: bool = False
    """The log names classes and fields that are not defined."""
    delete_extra_fields: bool = False
    """Fields that are not defined are dropped, with what they held."""
    recreate_modified_fields: bool = False
    """A field of another type than the defined one is dropped and made anew."""
    lock_schemas: bool = False
    """The schema routes change nothing."""
    keep_unknown_indexes: bool = False
    """Indexes that are not defined stay."""
    before: str | None = None
    """``FILE.py:NAME`` of a function that is called first [beforeMigration]."""
    after: str | None = None
    """``FILE.py:NAME`` of a function that is called at the end [afterMigration]."""

    @property
    def is_on(self) -> bool:
        """Whether there is anything to be done at the start."""
        return self.definitions is not None or self.before is not None or self.after is not None


class DeniedKeyword(msgspec.Struct, frozen=True, omit_defaults=True, cache_hash=True):
    """A key, a value, or a pair of both that no create or update may contain.

    Strings are regular expressions, searched for anywhere. A part that is UNSET is not looked at.
    Rule: reference/rest-core.md, on ``requestKeywordDenylist``.
    """

    key: Any = msgspec.UNSET
    value: Any = msgspec.UNSET


DENIED_KEYWORDS = (
    DeniedKeyword(key="_bsontype", value="Code"),
    DeniedKeyword(key="constructor"),
    DeniedKeyword(key="__proto__"),
)


class Access(msgspec.Struct, frozen=True):
    """Who may see what, beyond ACLs and class-level permissions."""

    enforce_private_users: bool = True
    """A new user's ACL names the user alone [enforcePrivateUsers]."""
    protected_fields: dict[str, dict[str, tuple[str, ...]]] = msgspec.field(
        default_factory=lambda: {"_User": {"*": ("email",)}}
    )
    """Class → group (``*``, ``authenticated``, ``role:NAME``, a user id, ``userField:FIELD``) → hidden fields
    [protectedFields]. What is configured has been merged with the default."""
    protected_fields_owner_exempt: bool = True
    """Users see all of their own fields [protectedFieldsOwnerExempt]."""
    save_answers_exempt: bool = True
    """The answer to a write may hold protected fields [protectedFieldsSaveResponseExempt]."""
    triggers_exempt: bool = False
    """The stored object that a beforeSave or afterSave is given has protected fields [protectedFieldsTriggerExempt]."""
    public_explain: bool = False
    """Everybody may ask how a query is carried out [databaseOptions.allowPublicExplain]."""
    sanitized_errors: bool = True
    """Clients read the general text of a refusal, the log has the reason [enableSanitizedErrorResponse]."""
    read_only_aggregation: bool = True
    """The read-only master key may aggregate [allowAggregationForReadOnlyMasterKey]."""
    allowed_routes: tuple[str, ...] | None = None
    """Regular expressions for the whole route, without the mount and its slashes, of what clients may ask for at all;
    ``None`` for everything [routeAllowList]."""
    denied_keywords: tuple[DeniedKeyword, ...] = DENIED_KEYWORDS
    """[requestKeywordDenylist]"""


class QueryLimits(msgspec.Struct, frozen=True):
    """How many objects a find answers with."""

    default_limit: int = 100
    """When the query names no limit [defaultLimit]."""
    max_limit: int | None = None
    """A greater limit is silently lowered to this [maxLimit]."""


class Complexity(msgspec.Struct, frozen=True):
    """Bounds on one request of a client without the master key; ``NO_LIMIT`` switches one off [requestComplexity]."""

    include_depth: int = NO_LIMIT
    """Length of one include path [includeDepth]."""
    include_count: int = NO_LIMIT
    """Include paths of one query [includeCount]."""
    subquery_depth: int = NO_LIMIT
    """Levels of ``$inQuery`` and kin [subqueryDepth]."""
    subquery_limit: int = NO_LIMIT
    """Objects that a sub-query may find [subqueryLimit]."""
    query_depth: int = NO_LIMIT
    """Levels of ``$or``, ``$and`` and ``$nor`` [queryDepth]."""
    batch_request_limit: int = NO_LIMIT
    """Requests in one batch [batchRequestLimit]."""
    allow_regex: bool = True
    """[allowRegex]"""


class Idempotency(msgspec.Struct, frozen=True):
    """Which requests are carried out once, however often a client sends them with one ``X-Parse-Request-Id``."""

    paths: tuple[str, ...] = ()
    """Regular expressions for the beginning of a path without the mount and its slash: ``classes/Order``
    [idempotencyOptions.paths]."""
    ttl: float = 300.0
    """Seconds that an id is remembered [idempotencyOptions.ttl]."""


TOO_MANY_REQUESTS = "Too many requests."
"""What a client reads that has come too often."""

Zone: TypeAlias = Literal["ip", "session", "user", "global"]
"""Whose requests are counted together."""


class RateLimit(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests are let through in a while; the next ones are answered with 429 and code 100.

    The while begins with the first request that is counted, and with the first one after its end.
    """

    count: int
    """Requests that are let through [requestCount]."""
    seconds: float
    """How long the while is [requestTimeWindow, in milliseconds]."""
    zone: Zone = "ip"
    """``ip`` counts for each address, ``session`` and ``user`` for each of these and by address where there is none,
    ``global`` for everybody together [zone]."""
    path: str = ""
    """Pattern of the route, such as ``/functions/:name``; empty for the route of the handler it belongs to
    [requestPath]."""
    methods: tuple[str, ...] | str = ()
    """Methods that are counted, or one regular expression for them; all when empty [requestMethods]."""
    message: str = TOO_MANY_REQUESTS
    """[errorResponseMessage]"""
    include_master: bool = False
    """Count requests with the master key as well [includeMasterKey]."""
    include_internal: bool = False
    """Count requests from this machine as well [includeInternalRequests]."""
    redis_url: str | None = None
    """Where all processes count together; without it each one counts alone [redisUrl]."""


class Sessions(msgspec.Struct, frozen=True):
    """How long a log-in lasts."""

    length: int = 31_536_000
    """Seconds until a new session ends [sessionLength]."""
    expire: bool = True
    """Whether sessions end at all [expireInactiveSessions]."""
    revoke_on_password_reset: bool = True
    """A changed password ends all sessions of the user [revokeSessionOnPasswordReset]."""
    anonymous_users: bool = True
    """[enableAnonymousUsers]"""
    extend_on_use: bool = False
    """A session that is used begins its time anew, at most once in half of it [extendSessionOnUse]."""


class Accounts(msgspec.Struct, frozen=True):
    """How names of users are kept."""

    lower_usernames: bool = False
    """In small letters [convertUsernameToLowercase]."""
    lower_emails: bool = False
    """In small letters [convertEmailToLowercase]."""


class Passwords(msgspec.Struct, frozen=True):
    """What a new password must be, and how long it may be used [passwordPolicy]."""

    pattern: str | None = None
    """Regular expression that is found in every password [validatorPattern]."""
    callback: str | None = None
    """``FILE.py:NAME`` of a function that says whether a password will do [validatorCallback]."""
    error: str = "Password does not meet the Password Policy requirements."
    """What a client reads when the pattern or the function said no [validationError]."""
    not_the_username: bool = False
    """No password contains the user's name [doNotAllowUsername]."""
    max_age: float | None = None
    """Days after which a password logs nobody in any more [maxPasswordAge]."""
    history: int = 0
    """How many passwords, the one in use included, a new one must differ from [maxPasswordHistory]."""


class Lockout(msgspec.Struct, frozen=True):
    """How many wrong passwords lock an account, and for how long [accountLockout]."""

    threshold: int | None = None
    """``None``: an account is never locked."""
    minutes: float = 0.0
    """[duration]"""


class InstallationRules(msgspec.Struct, frozen=True):
    """What becomes of rows of ``_Installation`` whose device token comes again with another install."""

    losing_rows: str = "delete"
    """``delete``, or ``update``: they only lose what they have in common [installation.duplicateDeviceTokenAction]."""
    merge_priority: str = "deviceToken"
    """Which of two rows of one install stays: that with the ``deviceToken``, or that with the ``installationId``
    [installation.duplicateDeviceTokenMergePriority]."""
    enforce_auth: bool = False
    """Only rows give way that the caller may write [installation.duplicateDeviceTokenActionEnforceAuth]."""

    @property
    def losers_are_deleted(self) -> bool:
        """Whether a row that gives way goes as a whole."""
        return self.losing_rows == "delete"

    @property
    def token_wins_merge(self) -> bool:
        """Whether the row with the token stays when two are made one."""
        return self.merge_priority == "deviceToken"


class Cache(msgspec.Struct, frozen=True):
    """How long users and roles are remembered between requests."""

    ttl: int = 5000
    """Milliseconds [cacheTTL]."""
    max_size: int = 10_000
    """Entries [cacheMaxSize]."""


_SCRIPTABLE = (
    r"[xXsS]?[hH][tT][mM][lL]?(\+[xX][mM][lL])?|[xX][hH][tT]|[sS][vV][gG]([zZ]|\+[xX][mM][lL])?|[xX][mM][lL]"
    r"|[xX][sS][lL][tT]?(\+[xX][mM][lL])?|[xX][sS][dD]|[rR][nN][gG]|[rR][dD][fF](\+[xX][mM][lL])?|[oO][wW][lL]"
    r"|[mM][aA][tT][hH][mM][lL](\+[xX][mM][lL])?"
)
SAFE_EXTENSIONS = (rf"^(?!({_SCRIPTABLE})$)",)
"""Every extension but those that a browser would run scripts of: HTML, SVG, XML and their kin."""


class Files(msgspec.Struct, frozen=True):
    """Where files are kept."""

    in_database: bool = False
    """In the app's database and not in a folder [filesStore]; on PostgreSQL they are, unless a folder is named."""
    folder: str = "files"
    """The folder they are in else, made with the first file [filesFolder, filesAdapter]."""
    encryption_key: str | None = None
    """What their content is encrypted with [encryptionKey]."""
    former_encryption_keys: tuple[str, ...] = ()
    """Keys that older files may still be encrypted with [formerEncryptionKeys]."""
    preserve_names: bool = False
    """A file keeps the name that its client gives, without a random prefix [preserveFileName]."""
    legacy_key: str | None = None
    """The app's key on hosted Parse, for links to files that still lie there [fileKey]."""


class Uploads(msgspec.Struct, frozen=True):
    """Who may store files, and which; the master key may store all. The options stand in ``fileUpload``."""

    public: bool = False
    """[enableForPublic]"""
    anonymous_users: bool = False
    """[enableForAnonymousUser]"""
    users: bool = True
    """[enableForAuthenticatedUser]"""
    extensions: tuple[str, ...] = SAFE_EXTENSIONS
    """Regular expressions, one of which an extension must match; ``*`` is all of them [fileExtensions]."""
    url_domains: tuple[str, ...] = ("*",)
    """Hosts that the URL of a File value may name; ``*.example.com`` is all below it, ``*`` is any
    [allowedFileUrlDomains]."""

    @property
    def checks_links(self) -> bool:
        """Whether there are hosts that a URL may not name."""
        return "*" not in self.url_domains


class Downloads(msgspec.Struct, frozen=True):
    """Who may fetch files; the master key may. The options stand in ``fileDownload``."""

    public: bool = True
    """[enableForPublic]"""
    anonymous_users: bool = True
    """[enableForAnonymousUser]"""
    users: bool = True
    """[enableForAuthenticatedUser]"""


class Logs(msgspec.Struct, frozen=True):
    """What is written to the console and into files."""

    level: str = "info"
    """One of ``LOG_LEVELS``; ``verbose`` when that option is on [logLevel, verbose]."""
    silent: bool = False
    """Nothing to the console [silent]."""
    as_json: bool = False
    """One JSON object per line [jsonLogs]."""
    folder: str | None = None
    """Where lines are kept as well, in a file for each day; a silent server keeps them all the same [logsFolder]."""
    most_files: int | None = None
    """How many of these files stay; ``None``: all [maxLogFiles]."""


class EventLogs(msgspec.Struct, frozen=True):
    """At which level some events are logged, one of ``LOG_LEVELS``; ``None``: not at all [logLevels]."""

    function_success: str | None = None
    """[cloudFunctionSuccess]"""
    function_error: str | None = None
    """[cloudFunctionError]"""
    trigger_before_success: str | None = None
    """[triggerBeforeSuccess]"""
    trigger_before_error: str | None = None
    """Of every trigger that refuses [triggerBeforeError]."""
    trigger_after: str | None = None
    """[triggerAfter]"""
    username_taken: str | None = None
    """[signupUsernameTaken]"""

    @property
    def are_on(self) -> bool:
        """Whether any is logged."""
        return self != _NO_EVENTS


_NO_EVENTS = EventLogs()

LOG_LEVELS = ("error", "warn", "info", "verbose", "debug", "silly")
"""From the fewest lines to the most."""


class SecondFactor(msgspec.Struct, frozen=True):
    """Codes of an authenticator app, as a second factor of those who want one [auth.mfa]."""

    enabled: bool = True
    kinds: tuple[str, ...] = ()
    """``TOTP``, or nothing [options]."""
    digits: int = 6
    period: int = 30
    """Seconds that a code is good for."""
    algorithm: str = "SHA1"
    """``SHA1``, ``SHA256`` or ``SHA512``."""

    @property
    def is_on(self) -> bool:
        """Whether users may have one."""
        return self.enabled and bool(self.kinds)


class Sweeping(msgspec.Struct, frozen=True):
    """How long what nobody needs any more is kept."""

    job_status_days: int = 30
    """Days that a job's state is kept after its end; 0: for ever [jobStatusDays]."""


class Events(msgspec.Struct, frozen=True):
    """Who hears of the events that apps report."""

    adapter: str | None = None
    """``FILE.py:NAME`` of a function [analyticsAdapter]."""


class SecurityCheck(msgspec.Struct, frozen=True):
    """Whether the server judges its own configuration."""

    check: bool = False
    """``GET /security`` answers [security.enableCheck]."""
    log: bool = False
    """The log has the report at the start [security.enableCheckLog]."""
    groups: str | None = None
    """``FILE.py:NAME`` of a function that gives further groups of checks [security.checkGroups]."""


class Metrics(msgspec.Struct, frozen=True):
    """What is counted for Prometheus."""

    on: bool = False
    """Whether anything is [metrics]."""
    token: str | None = None
    """Who shows it may read; without one, whoever comes from the addresses of the master key [metricsToken]."""


class Options(msgspec.Struct, frozen=True):
    """All that the operator has decided."""

    app: App
    keys: Keys
    network: Network = Network()
    database: Database = Database()
    cloud: CloudCode = CloudCode()
    schemas: SchemaRules = SchemaRules()
    defined: DefinedSchemas = DefinedSchemas()
    access: Access = msgspec.field(default_factory=Access)
    queries: QueryLimits = QueryLimits()
    complexity: Complexity = Complexity()
    idempotency: Idempotency = Idempotency()
    sessions: Sessions = Sessions()
    accounts: Accounts = Accounts()
    passwords: Passwords = Passwords()
    lockout: Lockout = Lockout()
    installations: InstallationRules = InstallationRules()
    second_factor: SecondFactor = SecondFactor()
    cache: Cache = Cache()
    files: Files = Files()
    uploads: Uploads = Uploads()
    downloads: Downloads = Downloads()
    logs: Logs = Logs()
    event_logs: EventLogs = EventLogs()
    events: Events = Events()
    metrics: Metrics = Metrics()
    security: SecurityCheck = SecurityCheck()
    sweeping: Sweeping = Sweeping()
    development: bool = False
    """Cloud Code is reloaded when it changes, and every refusal explains itself in the log [development]."""
    public: dict[str, str] = {}
    """URL path → folder of static files that are served there [public]."""
    rate_limits: tuple[RateLimit, ...] = ()
    """[rateLimit]"""
    without: tuple[str, ...] = ()
    """Parse Server options that are configured and not built, left out at the operator's word [without]."""
