"""``parsonage job``: jobs of the Cloud Code, run from a shell, from cron or in a container of their own."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import click

from parsonage.cli.crontab import crontab_line
from parsonage.cli.option_words import option_words, options_from
from parsonage.cli.refusal import Refusal
from parsonage.operations.schedules import NextRun
from parsonage.protocol.values import from_milliseconds
from parsonage.server import StartFailed, job_names, next_runs, run_job_alone


@click.group("job")
def command() -> None:
    """Run a job of the Cloud Code, list them, or see when they are due."""


@command.command("run")
@click.argument("name")
@click.option("--params", default="{}", metavar="JSON", help="Parameters of the job, as a JSON object.")
@click.option("--config", type=click.Path(path_type=Path), help="Configuration file, as for parsonage serve.")
@option_words
@click.pass_context
def run(context: click.Context, /, name: str, params: str, config: Path | None, **words: Any) -> None:
    """Run the job NAME to its end, beside a running server or without one. The exit status is 0 if it succeeded."""
    try:
        parameters = json.loads(params)
    except ValueError:
        parameters = None
    if not isinstance(parameters, dict):
        raise click.BadParameter("it must be a JSON object", param_hint="--params")
    options, _ = options_from(config, words)
    try:
        outcome = run_job_alone(options, name, parameters)
    except StartFailed as problem:
        raise Refusal(str(problem)) from None
    sentence = f"job {name} {outcome.status}" + (f": {outcome.message}" if outcome.message else "")
    click.echo(sentence, err=not outcome.succeeded)
    context.exit(0 if outcome.succeeded else 1)


@command.command("list")
@click.option("--config", type=click.Path(path_type=Path), help="Configuration file, as for parsonage serve.")
@option_words
def list_jobs(config: Path | None, **words: Any) -> None:
    """List the jobs of the Cloud Code, one name a line."""
    options, _ = options_from(config, words)
    try:
        names = job_names(options)
    except StartFailed as problem:
        raise Refusal(str(problem)) from None
    if not names:
        click.echo("no jobs", err=True)
    for name in names:
        click.echo(name)


@command.command("schedule")
@click.option("--config", type=click.Path(path_type=Path), help="Configuration file, as for parsonage serve.")
@option_words
def schedule(config: Path | None, **words: Any) -> None:
    """Show when the jobs are due, those of the Cloud Code and those of the dashboard."""
    runs = _next_runs(config, words)
    width = max((len(run.schedule.job) for run in runs), default=0)
    for run in runs:
        moment = "never" if run.at is None else f"next {from_milliseconds(run.at):%Y-%m-%d %H:%M:%S} UTC"
        click.echo(f"{run.schedule.job:<{width}}  {run.schedule.timetable}  {moment}")


@command.command("crontab")
@click.option("--config", type=click.Path(path_type=Path), help="Configuration file, as for parsonage serve.")
@option_words
def crontab(config: Path | None, **words: Any) -> None:
    """Print the schedules as lines of a crontab, for a server with runSchedules off."""
    told = "" if config is None else f" --config {shlex.quote(str(config.resolve()))}"
    for run in _next_runs(config, words):
        click.echo(crontab_line(run.schedule, Path.cwd(), told))


def _next_runs(config: Path | None, words: dict[str, Any]) -> list[NextRun]:
    """What is due; where nothing is, standard error says so."""
    options, _ = options_from(config, words)
    try:
        runs = next_runs(options)
    except StartFailed as problem:
        raise Refusal(str(problem)) from None
    if not runs:
        click.echo("no schedules", err=True)
    return runs
