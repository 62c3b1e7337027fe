"""``parsonage job``: jobs of the Cloud Code, run from a shell, from cron or in a container of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from parsonage.cli.option_words import option_words, options_from
from parsonage.cli.refusal import Refusal
from parsonage.server import StartFailed, job_names, run_job_alone


@click.group("job")
def command() -> None:
    """Run a job of the Cloud Code, or list them."""


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
    for name in names:
        click.echo(name)
