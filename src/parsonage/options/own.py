"""The options that are Parsonage's own. They stand in the same files beside those of Parse Server."""

from __future__ import annotations

from parsonage.options import kinds
from parsonage.options.option import Option

OWN_OPTIONS = (
    Option(
        "auth.mfa.enabled",
        "PARSONAGE_AUTH_MFA_ENABLED",
        default=True,
        kind=kinds.SWITCH,
        field="second_factor.enabled",
        meaning="Users may have a second factor, where `auth.mfa.options` names one.",
    ),
    Option(
        "auth.mfa.options",
        "PARSONAGE_AUTH_MFA_OPTIONS",
        kind=kinds.FACTORS,
        field="second_factor.kinds",
        meaning='The kinds of second factors: `["TOTP"]`, codes of an authenticator app.',
    ),
    Option(
        "auth.mfa.digits",
        "PARSONAGE_AUTH_MFA_DIGITS",
        default=6,
        kind=kinds.whole_number(4, 10),
        field="second_factor.digits",
        meaning="Digits of a code.",
    ),
    Option(
        "auth.mfa.period",
        "PARSONAGE_AUTH_MFA_PERIOD",
        default=30,
        kind=kinds.whole_number(10),
        field="second_factor.period",
        meaning="Seconds after which the app shows another code; the ones before and after it are good as well.",
    ),
    Option(
        "auth.mfa.algorithm",
        "PARSONAGE_AUTH_MFA_ALGORITHM",
        default="SHA1",
        kind=kinds.ALGORITHM,
        field="second_factor.algorithm",
        meaning="`SHA1`, `SHA256` or `SHA512`; few apps know another than the first.",
    ),
    Option(
        "databaseDirectURI",
        "PARSONAGE_DATABASE_DIRECT_URI",
        kind=kinds.SECRET,
        field="database.direct_location",
        meaning="A URI of the same PostgreSQL database that leads past the proxy which `databaseURI` names, "
        "for one connection that hears what other processes change.",
    ),
    Option(
        "development",
        "PARSONAGE_DEVELOPMENT",
        kind=kinds.SWITCH,
        field="development",
        meaning="Reload Cloud Code when it changes, explain refusals in the log, listen on this machine alone. "
        "On when there is neither a configuration file nor a `PARSE_SERVER_` variable.",
    ),
    Option(
        "filesFolder",
        "PARSONAGE_FILES_FOLDER",
        kind=kinds.PATH,
        field="files.folder",
        meaning="The folder that files are kept in. Unset, `files` beside the SQLite database. "
        "Set on PostgreSQL, files are kept there and not in the database.",
    ),
    Option(
        "filesStore",
        "PARSONAGE_FILES_STORE",
        kind=kinds.FILES_STORE,
        field="files.in_database",
        meaning="Where files are kept: `database`, or `folder`. "
        "Unset, a folder beside an SQLite database, and a PostgreSQL database itself.",
    ),
    Option(
        "formerEncryptionKeys",
        "PARSONAGE_FORMER_ENCRYPTION_KEYS",
        default=[],
        kind=kinds.SECRETS,
        field="files.former_encryption_keys",
        meaning="Keys that files may still be encrypted with, from before `encryptionKey` was changed.",
    ),
    Option(
        "handlerTimeout",
        "PARSONAGE_HANDLER_TIMEOUT",
        default=60,
        kind=kinds.SECONDS,
        field="cloud.handler_timeout",
        meaning="Seconds that a Cloud Code handler may take.",
    ),
    Option(
        "jobStatusDays",
        "PARSONAGE_JOB_STATUS_DAYS",
        default=30,
        kind=kinds.whole_number(0),
        field="sweeping.job_status_days",
        meaning="Days that a `_JobStatus` is kept after its job ended; 0 for ever.",
    ),
    Option(
        "legacyCloudCode",
        "PARSONAGE_LEGACY_CLOUD_CODE",
        kind=kinds.SWITCH,
        field="cloud.legacy",
        meaning="Whether JavaScript Cloud Code finds what hosted Parse and Parse Server 2 had. "
        "Unset, it does when the code calls for it.",
    ),
    Option(
        "nodeMemory",
        "PARSONAGE_NODE_MEMORY",
        kind=kinds.COUNT,
        field="cloud.node_memory",
        meaning="Most megabytes that JavaScript Cloud Code may hold in memory; more ends its process, "
        "and the next one starts.",
    ),
    Option(
        "metrics",
        "PARSONAGE_METRICS",
        default=False,
        kind=kinds.SWITCH,
        field="metrics.on",
        meaning="Count requests, and tell of them at `/metrics` in Prometheus' text format.",
    ),
    Option(
        "metricsToken",
        "PARSONAGE_METRICS_TOKEN",
        kind=kinds.SECRET,
        field="metrics.token",
        meaning="Who reads `/metrics` must send it, as `Authorization: Bearer TOKEN`. "
        "Without one, who comes from an address of `masterKeyIps` may read.",
    ),
    Option(
        "public",
        "PARSONAGE_PUBLIC",
        default={},
        kind=kinds.FOLDERS,
        field="public",
        meaning='Folders of static files by the URL path under which they are served: `{"/": "public"}`.',
    ),
    Option(
        "requestTimeout",
        "PARSONAGE_REQUEST_TIMEOUT",
        kind=kinds.SECONDS,
        field="network.request_timeout",
        meaning="Seconds that a whole request may take: handlers are stopped then, steps that have not begun are left "
        "out, and the answer is code 124. Unset, every handler and every statement has its own limit only.",
    ),
    Option(
        "runSchedules",
        "PARSONAGE_RUN_SCHEDULES",
        default=True,
        kind=kinds.SWITCH,
        field="cloud.run_schedules",
        meaning="Start jobs when they are due by the schedules of the Cloud Code and of the dashboard.",
    ),
    Option(
        "statementTimeout",
        "PARSONAGE_STATEMENT_TIMEOUT",
        default=30,
        kind=kinds.SECONDS,
        field="database.statement_timeout",
        meaning="Seconds that one statement may take on PostgreSQL; then it is taken back, and the answer is code 100.",
    ),
    Option(
        "stopDelay",
        "PARSONAGE_STOP_DELAY",
        default=0,
        kind=kinds.DELAY,
        field="network.stop_delay",
        meaning="Seconds for which a server that was told to stop goes on answering while `/health` says 503, "
        "so that a balancer sends its clients elsewhere.",
    ),
    Option(
        "without",
        "PARSONAGE_WITHOUT",
        default=[],
        kind=kinds.LIST,
        field="without",
        meaning="Options to leave out, because they are configured and not built. "
        "Those of the file, the environment and the command line are added up.",
    ),
    Option(
        "workers",
        "PARSONAGE_WORKERS",
        default=1,
        kind=kinds.WORKERS,
        field="network.workers",
        meaning="Processes that answer on the port: as many as the machine has cores for them.",
    ),
)
