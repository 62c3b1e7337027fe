"""The whole checklist of a move, code and everything beside it, in the order in which a team works.

A step is ticked where what was given proves it, open where it shows that something is left to do, and otherwise a
question to the team. What Parsonage has not built is told by the table of options, as ``serve`` tells it. Sources:
reference/migration-rules.md (the rules named), reference/options.md (the options).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from parsonage.migrate.code.check import Report
from parsonage.migrate.code.counts import many
from parsonage.migrate.code.finding import FixKind, Severity
from parsonage.migrate.code.versions import PARSONAGE, end_title
from parsonage.migrate.settings.model import UNSEEN, Configuration
from parsonage.options.names import BY_VARIABLE, OPTIONS, is_among, is_known
from parsonage.options.unbuilt import Unbuilt, unbuilt


class Proof(msgspec.Struct, frozen=True):
    """What was seen about a step: that it is done, or that something is left."""

    done: bool
    seen: str


class Step(msgspec.Struct, frozen=True):
    """One step. ``proof`` answers None where it can't be seen from what was given."""

    title: str
    how: str
    proof: Callable[[Report], Proof | None]
    only_to: str = ""
    """The end of the moves that it is a step of; empty for all."""


class Part(msgspec.Struct, frozen=True):
    """Steps that belong together."""

    title: str
    steps: tuple[Step, ...]


def render(report: Report, name: str) -> str:
    """The checklist in Markdown, so that it can be pasted where a team keeps its tasks."""
    end = report.terms.end
    parts = [(part.title, [step for step in part.steps if step.only_to in {"", end}]) for part in PARTS]
    proofs = {step.title: step.proof(report) for _, steps in parts for step in steps}
    done = sum(proof is not None and proof.done for proof in proofs.values())
    lines = [
        f"# The move of {name} from {report.start.title} to {end_title(end)}",
        "",
        f"{done} of {len(proofs)} steps are proved by what was given.",
        "A step with nothing in brackets can't be seen from here.",
    ]
    for number, (title, steps) in enumerate(parts, 1):
        lines += ["", f"## {number}. {title}", ""]
        lines += [line for step in steps for line in _step(step, proofs[step.title])]
    return "\n".join([*lines, ""])


def _step(step: Step, proof: Proof | None) -> Iterator[str]:
    box = "x" if proof is not None and proof.done else " "
    seen = f" ({proof.seen})" if proof is not None else ""
    yield f"- [{box}] {step.title}{seen}"
    if proof is None or not proof.done:
        yield f"      {step.how}"


def _nobody_can_tell(report: Report) -> None:
    return None


def _read(report: Report) -> Proof:
    trouble = sum(left_out.trouble for left_out in report.left_out)
    read = f"{many(len(report.project.modules), 'file')}, {many(len(report.handlers), 'handler')}"
    return Proof(not trouble, f"{read}, {trouble} left out in trouble" if trouble else read)


def _start_known(report: Report) -> Proof:
    guessed = report.terms.guessed
    return Proof(not guessed, f"guessed: {report.start.reason}" if guessed else report.start.title)


def _no_safe_fix_left(report: Report) -> Proof:
    left = sum(finding.fix is not None and finding.fix.kind is FixKind.SAFE for finding in report.findings)
    return _nothing_left(left, "safe fix", "safe fixes")


def _nothing_grave_left(report: Report) -> Proof:
    left = sum(finding.severity >= Severity.BREAKS and not finding.outside for finding in report.findings)
    return _nothing_left(left, "grave finding", "grave findings")


def _nothing_left(left: int, one: str, many: str) -> Proof:
    return Proof(left == 0, f"{left} {one if left == 1 else many} left" if left else f"no {many}")


def _without(*rules: str) -> Callable[[Report], Proof]:
    """No finding of these rules is left."""

    def proof(report: Report) -> Proof:
        found = [finding for finding in report.findings if finding.rule in rules]
        named = ", ".join(sorted({finding.rule for finding in found}))
        return Proof(not found, f"{len(found)} left: {named}" if found else f"no finding of {', '.join(rules)}")

    return proof


def _left(*rules: str) -> Callable[[Report], Proof | None]:
    """Findings of these rules are left; that there are none proves nothing, for clients may do the same."""
    without = _without(*rules)

    def proof(report: Report) -> Proof | None:
        seen = without(report)
        return None if seen.done else seen

    return proof


def _option(*names: str, rules: tuple[str, ...] = ()) -> Callable[[Report], Proof | None]:
    """One of these options is set, and no finding of the rules is left; None where no configuration was given."""

    def proof(report: Report) -> Proof | None:
        found = [finding for finding in report.findings if finding.rule in rules]
        if found:
            return Proof(False, f"{len(found)} left: {', '.join(sorted({finding.rule for finding in found}))}")
        given = report.seen.settings.configurations
        if not given:
            return None
        for configuration in given:
            for name in names:
                if configuration.has(name):
                    refused = [each for each in _refused(report, configuration) if is_among(each.name, [name])]
                    if refused:
                        named = ", ".join(map(str, refused))
                        return Proof(False, f"not built in Parsonage: {named} in {configuration.file.name}")
                    return Proof(True, f"{name} in {configuration.file.name}")
        return Proof(False, f"not in {given[0].file.name}") if all(each.whole for each in given) else None

    return proof


def _built(report: Report) -> Proof | None:
    """Nothing is set that the server refuses; None where no configuration was given."""
    given = report.seen.settings.configurations
    refused = [str(each) for configuration in given for each in _refused(report, configuration)]
    if refused:
        return Proof(False, f"not built: {', '.join(dict.fromkeys(refused))}")
    return Proof(True, f"as {given[0].file.name} has it") if given and all(each.whole for each in given) else None


def _refused(report: Report, configuration: Configuration) -> list[Unbuilt]:
    """What Parsonage refuses of a configuration, each once; a value that can't be seen may be another."""
    if report.terms.end != PARSONAGE:
        return []
    refused = []
    for setting in configuration.settings:
        by_variable = BY_VARIABLE.get(setting.name)
        name = by_variable.name if by_variable is not None else setting.name
        option = OPTIONS.get(name)
        is_seen = setting.value is not UNSEEN or option is None or option.kind is None
        if is_known(name) and is_seen:
            refused.append(unbuilt(name, setting.value))
    return list(dict.fromkeys(each for each in refused if each is not None))


def _scheduled(report: Report) -> Proof | None:
    jobs = sorted({handler.name or "?" for handler in report.handlers if handler.kind == "job"})
    return Proof(False, f"jobs: {', '.join(jobs)}") if jobs else Proof(True, "there are no jobs")


PARTS = (
    Part(
        "Know what there is",
        (
            Step("All Cloud Code was read", "`parsonage check` says what it left out, and why.", _read),
            Step("It is known where the code runs today", "Say it with `--from`.", _start_known),
            Step(
                "Everything that is set by hand is written down",
                "Schedules, keys, push certificates, sign-in providers, webhooks, permissions of classes.",
                _nobody_can_tell,
            ),
            Step("There is a way back", "A dump of the data, and a day on which it was restored.", _nobody_can_tell),
        ),
    ),
    Part(
        "Code",
        (
            Step("The safe fixes are applied", "`parsonage check PATH --fix`", _no_safe_fix_left),
            Step("What breaks is mended", "`parsonage check PATH --html report.html` shows it.", _nothing_grave_left),
            Step(
                "Nothing needs a hosted module",
                "Mail, SMS, payments, images.",
                _without("PC604", "PC605", "PC606", "PC608"),
            ),
            Step("Handlers trust nobody's parameters", "The caller is `request.user`.", _without("PC320")),
            Step("No key stands in the code", "Put it into the environment, and make a new one.", _without("PC612")),
        ),
    ),
    Part(
        "Keys and options",
        (
            Step("The app keeps its id", "`appId`: installed apps send it.", _option("appId")),
            Step(
                "The keys that installed apps send are accepted",
                "`clientKey`, `javascriptKey`, `restAPIKey`, `dotNetKey`, whichever the apps have.",
                _option("clientKey", "javascriptKey", "restAPIKey", "dotNetKey"),
            ),
            Step(
                "The master key works from where it is used, and from nowhere else",
                "`masterKeyIps`: this machine alone unless it is set.",
                _option("masterKeyIps", rules=("PC314",)),
            ),
            Step("The server knows its own address", "`serverURL` and `publicServerURL`", _option("publicServerURL")),
            Step("The address of callers is right behind a proxy", "`trustProxy`", _option("trustProxy")),
            Step(
                "No option is of the past",
                "`parsonage rules PS903` and its kin",
                _without("PS901", "PS903", "PS904", "PS905", "PS907"),
            ),
            Step(
                "Parsonage has everything that is set",
                "`parsonage serve` refuses what is not built; `--without` names what may be missing.",
                _built,
                only_to=PARSONAGE,
            ),
            Step("Sign-in providers are set up", "`auth`", _option("auth", rules=("PC318",))),
        ),
    ),
    Part(
        "Data",
        (
            Step("The database is reached", "`databaseURI`", _option("databaseURI", "databaseAdapter")),
            Step(
                "Every class and field that clients write is in the schema",
                "Clients make no classes any more; fields only where a class permits it.",
                _left("PC312", "PC313"),
            ),
            Step("A rehearsal on a copy of the data went well", "Count the rows of every class.", _nobody_can_tell),
        ),
    ),
    Part(
        "Files",
        (
            Step("Files have a home", "`filesAdapter`; the database without it.", _option("filesAdapter")),
            Step("The code knows no address of a host that is gone", "api.parse.com, parseapp.com", _without("PC611")),
            Step(
                "The files of the old host are copied",
                "And `fileKey` is set as long as they are not.",
                _option("fileKey"),
            ),
        ),
    ),
    Part(
        "Push, mail and webhooks",
        (
            Step("Push has its certificates", "`push`; a certificate ends after a year.", _option("push")),
            Step("Pushes from code are sent with the master key", "`--fix` does it.", _without("PC801", "PC804")),
            Step("Mail is sent", "`emailAdapter`, with an account at a mail service.", _option("emailAdapter")),
            Step("Webhooks show their key", "`webhookKey`", _option("webhookKey", rules=("PC812",))),
        ),
    ),
    Part(
        "Jobs",
        (
            Step("Every job has its schedule", "Beside the job, or a line of cron.", _scheduled),
            Step("Jobs run without the functions' files", "Shared code stands in modules.", _without("PC502")),
            Step("No timer runs in the server's processes", "Make it a job.", _without("PC505")),
        ),
    ),
    Part(
        "Clients",
        (
            Step("Every app that is in use is known, with its SDK", "Ask the installations.", _nobody_can_tell),
            Step(
                "New versions of the apps ask an address of your own",
                "A name you can point elsewhere.",
                _nobody_can_tell,
            ),
            Step("Old versions are tried against the new server", "On a real device.", _nobody_can_tell),
        ),
    ),
    Part(
        "The day",
        (
            Step("The name's lifetime in DNS is short", "Minutes, some days before.", _nobody_can_tell),
            Step("The certificate for the name is there", "Also for the old name, if it stays.", _nobody_can_tell),
            Step("One server goes over first", "Both can work on one database for a while.", _nobody_can_tell),
            Step("Somebody watches errors and slow requests", "And knows the way back.", _nobody_can_tell),
        ),
    ),
)
"""The parts of a move, in their order."""
