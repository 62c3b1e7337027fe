"""The command ``parsonage``.

A subcommand is imported when it is asked for, so that none pays for what the others need.
"""

from __future__ import annotations

import importlib

import click

from parsonage.version import __version__

SUBCOMMANDS = {
    "check": ("parsonage.cli.check", "Tell what a move will break in JavaScript Cloud Code, and mend it."),
    "cloud": ("parsonage.cli.cloud", "List the handlers of the Cloud Code; fetch what JavaScript needs."),
    "copy": ("parsonage.cli.copy", "Copy an app from one database to another."),
    "explain": ("parsonage.cli.explain", "Tell which rules allow or refuse a request."),
    "job": ("parsonage.cli.job", "Run a job of the Cloud Code, or list them."),
    "new": ("parsonage.cli.new", "Make a small project to start from."),
    "rules": ("parsonage.cli.rules", "List what check looks for."),
    "split": ("parsonage.cli.split", "Take a large file of JavaScript Cloud Code apart."),
    "serve": ("parsonage.cli.serve", "Run the server."),
}
"""Name → module that has it as ``command``, and what ``parsonage --help`` says of it."""


class Subcommands(click.Group):
    """A group of commands that are imported by name."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Names of all commands."""
        return list(SUBCOMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Import one command."""
        if name not in SUBCOMMANDS:
            return None
        command: click.Command = importlib.import_module(SUBCOMMANDS[name][0]).command
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in SUBCOMMANDS.items()])


@click.group(cls=Subcommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="Parsonage %(version)s")
def main() -> None:
    """A Parse-compatible backend in Python."""
