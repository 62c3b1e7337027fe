"""How a command says that it can't: one sentence on standard error, exit status 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any

import click


class Refusal(click.ClickException):
    """A command can't do what it was asked for; the text says why and what to do."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence as every command of ours prints it."""
        click.echo(f"parsonage: {self.message}", file=file, err=file is None)

    @classmethod
    def of_many(cls, problems: Sequence[str], *, about: str) -> Refusal:
        """One refusal for all problems, a line for each."""
        if len(problems) == 1:
            return cls(problems[0])
        return cls("\n".join([f"{len(problems)} problems in {about}", *(f"  {problem}" for problem in problems)]))
