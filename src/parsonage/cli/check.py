"""``parsonage check``: what a move will break in JavaScript Cloud Code, and mending it."""

from __future__ import annotations

import atexit
import contextlib
import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from parsonage.cli.late_bar import LateBar
from parsonage.cli.refusal import Refusal
from parsonage.migrate import checklist as move
from parsonage.migrate.code import fix as fixing
from parsonage.migrate.code.check import Report, Wanted, check, check_again, fingerprint, guessed, look, report_of
from parsonage.migrate.code.counts import Figures, HandlerReport, figures
from parsonage.migrate.code.finding import Finding, FixKind, Severity
from parsonage.migrate.code.report import json as json_report
from parsonage.migrate.code.report import sarif as sarif_report
from parsonage.migrate.code.report import text as text_report
from parsonage.migrate.code.rule import all_rules
from parsonage.migrate.code.versions import ENDS, STARTS

NEVER = "never"
SOMETHING_FOUND = 1
SOMETHING_LEFT_OUT = 3


@click.command("check")
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--from", "start", type=click.Choice(list(STARTS)), help="Where the code ran; guessed if not given.")
@click.option("--to", "end", type=click.Choice(list(ENDS)), default="parsonage", help="Where it is to run.")
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Ask this rule alone. May be given several times.")
@click.option("--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text", help="How to report.")
@click.option("--checklist", is_flag=True, help="Print the checklist of the whole move, ticked where it is proved.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page for reading into a file.")
@click.option(
    "--fail-on",
    type=click.Choice([severity.word for severity in Severity] + [NEVER]),
    default=Severity.BREAKS.word,
    help="End with status 1 from this severity on.",
)
@click.option(
    "--baseline", type=click.Path(path_type=Path, dir_okay=False), help="Known findings, not to be told again."
)
@click.option("--write-baseline", is_flag=True, help="Write the findings into the file of --baseline.")
@click.option("--fix", is_flag=True, help="Apply the safe fixes.")
@click.option("--assisted", is_flag=True, help="With --fix: offer the other fixes one by one.")
@click.option("--diff", is_flag=True, help="Show what the safe fixes would change, write nothing.")
@click.option("--force", is_flag=True, help="Fix without asking although git has uncommitted changes.")
@click.pass_context
def command(
    context: click.Context,
    paths: tuple[Path, ...],
    start: str | None,
    end: str,
    rules: tuple[str, ...],
    form: str,
    checklist: bool,
    html: Path | None,
    fail_on: str,
    baseline: Path | None,
    write_baseline: bool,
    fix: bool,
    assisted: bool,
    diff: bool,
    force: bool,
) -> None:
    """Tell what will break in the JavaScript Cloud Code at PATH, and mend it with --fix."""
    context.with_resource(_nothing_collected())
    wanted = Wanted(start, end, _known_rules(rules))
    if write_baseline and baseline is None:
        raise click.UsageError("--write-baseline needs the file of --baseline")
    if assisted and not fix:
        raise click.UsageError("--assisted goes with --fix")
    known = frozenset[str]() if baseline is None or write_baseline else _read_baseline(baseline)
    with LateBar() as bar:
        report = check(paths, wanted, known, bar.tell)
    if fix and not force:
        _ask_about_git(paths)

    if diff or fix:
        mended = fixing.mend(report)
        if diff:
            for change in mended.changes:
                click.echo(change.diff(), nl=False)
            return
        _fix(mended, assisted)
        report = check_again(report)
        _tell_of_start(report)
    if write_baseline and baseline is not None:
        _write_baseline(baseline, report)
    _tell(report, paths, form, checklist=checklist, html=html)
    context.exit(_status(report, fail_on))


@contextlib.contextmanager
def _nothing_collected() -> Iterator[None]:
    """Keep Python from looking for garbage: what a check makes lives as long as it does.

    To look for it took a twentieth of the time and found nothing. What is left when the process ends goes with it.
    """
    atexit.register(gc.freeze)
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _tell(report: Report, paths: tuple[Path, ...], form: str, *, checklist: bool, html: Path | None) -> None:
    """Print the report, and write its page if wanted."""
    name = " ".join(map(str, paths))
    if checklist:
        click.echo(move.render(report, name), nl=False)
    elif form == "sarif":
        click.echo(sarif_report.render(report), nl=False)
    if html is None and (checklist or form == "sarif"):
        return
    after = fixing.mend(report, for_figures=True).report.handlers
    counted = figures(report.handlers, after)
    if html is not None:
        _write_page(html, report, after, counted, name)
    if form == "json" and not checklist:
        click.echo(json_report.render(report, counted), nl=False)
    elif form == "text" and not checklist:
        click.echo(text_report.render(report, counted, colours=sys.stdout.isatty()), nl=False)


def _known_rules(ids: tuple[str, ...]) -> frozenset[str]:
    wanted = frozenset(id_.upper() for id_ in ids)
    unknown = sorted(wanted - all_rules().keys())
    if unknown:
        raise click.BadParameter(f"there is no rule {unknown[0]}; parsonage rules lists them", param_hint="--rule")
    return wanted


def _status(report: Report, fail_on: str) -> int:
    if report.incomplete:
        return SOMETHING_LEFT_OUT
    failing = fail_on != NEVER and any(finding.severity >= Severity[fail_on.upper()] for finding in report.findings)
    return SOMETHING_FOUND if failing else 0


def _read_baseline(path: Path) -> frozenset[str]:
    try:
        return frozenset(msgspec.json.decode(path.read_bytes(), type=list[str]))
    except OSError as error:
        raise Refusal(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except msgspec.DecodeError as error:
        raise Refusal(f"{path} is no baseline file: {error}") from None


def _write_baseline(path: Path, report: Report) -> None:
    texts = report.texts()
    known = sorted({fingerprint(finding, texts[finding.file]) for finding in report.findings})
    _write(path, msgspec.json.format(msgspec.json.encode(known), indent=2) + b"\n")


def _write_page(path: Path, report: Report, after: tuple[HandlerReport, ...], counted: Figures, name: str) -> None:
    # Its templates take longer to load than most projects to check.
    from parsonage.migrate.code.report import html

    _write(path, html.render(report, after, counted, name).encode())


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Refusal(f"{path}: {(error.strerror or str(error)).lower()}") from None


def _ask_about_git(paths: tuple[Path, ...]) -> None:
    """Ask before files are changed whose present state git could not give back."""
    for path in paths:
        folder = path if path.is_dir() else path.parent
        try:
            asked = ["git", "-C", str(folder), "status", "--porcelain", "--", str(path.resolve())]
            status = subprocess.run(asked, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            return
        if status.returncode == 0 and status.stdout.strip():
            _consent(path)


def _consent(path: Path) -> None:
    refusal = Refusal("nothing was fixed: commit what is changed, or say --force")
    try:
        agreed = click.confirm(f"{path} has changes that are not committed. Fix all the same?", err=True)
    except click.Abort:
        click.echo(err=True)  # end the line of the question
        raise refusal from None
    if not agreed:
        raise refusal


def _fix(mended: fixing.Mended, assisted: bool) -> None:
    try:
        count = sum(len(change.mended) for change in mended.changes if fixing.write(change))
        if assisted:
            count += _offer(mended.report)
    except OSError as error:
        raise Refusal(f"{error.filename}: {(error.strerror or str(error)).lower()}") from None
    click.echo(f"  {count} fixed", err=True)


def _tell_of_start(report: Report) -> None:
    """Say what to give as --from where mended code no longer tells it: a later check would not ask all of the rules."""
    if report.terms.guessed and guessed(report.project).version != report.start.version:
        click.echo(f"  say --from {report.start.name} from now on: the mended code no longer tells it", err=True)


def _offer(report: Report) -> int:
    """Offer the fixes that need somebody's consent one by one, each with its diff; how many fixes were made of it.

    Raises OSError.
    """
    passed: set[tuple[str, int]] = set()
    made, take_all = 0, False
    while (offer := _next_offer(report, passed)) is not None:
        finding, name = offer
        before = len(_offers(report))
        for change in fixing.changes(report.sources(), [finding]):
            click.echo(f"{finding.rule}: {finding.message}\n{change.diff()}", err=True)
            take_all = take_all or (answer := _asked()) == "all"
            if take_all or answer == "yes":
                fixing.write(change)
                changed = report.project.changed({change.source.name: change.result})
                mended = fixing.mend(report_of(report.terms, look(report.terms, changed)))
                for follower in mended.changes:
                    fixing.write(follower)
                report, made = mended.report, made + 1 + mended.count
        if len(_offers(report)) >= before:
            passed.add(name)  # declined, or made without an end to what it was offered for
    return made


def _asked() -> str:
    """The answer to an offer; its first letter will do."""
    answers = {name[: len(name) if whole else 1]: name for name in ("yes", "no", "all") for whole in (True, False)}
    choice = click.Choice([*answers])
    try:
        given: str = click.prompt("Apply? (yes, no, all)", type=choice, show_choices=False, err=True)
    except click.Abort:
        click.echo(err=True)  # end the line of the question
        raise Refusal(
            "--assisted asks about each fix, in a terminal, and got no answer; the safe fixes are written"
        ) from None
    return answers[given]


def _next_offer(report: Report, passed: set[tuple[str, int]]) -> tuple[Finding, tuple[str, int]] | None:
    return next(((finding, name) for name, finding in _offers(report).items() if name not in passed), None)


def _offers(report: Report) -> dict[tuple[str, int], Finding]:
    """The findings with a fix to be offered, by fingerprint and by the place among those of the same fingerprint."""
    texts = report.texts()
    offers: dict[tuple[str, int], Finding] = {}
    for finding in report.findings:
        if finding.fix is not None and finding.fix.kind is FixKind.ASSISTED:
            mark = fingerprint(finding, texts[finding.file])
            offers[mark, sum(other == mark for other, _ in offers)] = finding
    return offers
