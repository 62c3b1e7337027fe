"""What JavaScript Cloud Code needs before the server starts; nothing is downloaded unasked."""

from __future__ import annotations

import sys

import click

from parsonage.cli.refusal import Refusal
from parsonage.jshost.node import (
    OF_HOSTED_PARSE,
    SDK_WANTED,
    STATE,
    NodeMissing,
    SDKMissing,
    entry_of,
    find_node,
    find_sdk,
    install,
)
from parsonage.options.model import Options


def prepare_javascript(options: Options) -> None:
    """See that Node and the SDK are there. Asks on a terminal; elsewhere what is missing is a refusal."""
    entry = entry_of(options.cloud.path)
    if entry is None:
        return
    if not entry.is_file():
        raise Refusal(f"there is no Cloud Code at {options.cloud.path}")
    try:
        find_node()
        find_sdk(entry)
    except SDKMissing as missing:
        question = f"JavaScript Cloud Code needs the npm package parse. Install it into {STATE}/?"
        if not (sys.stdin.isatty() and click.confirm(question, default=True)):
            raise Refusal(str(missing)) from None
        fetch_sdk()
    except NodeMissing as missing:
        raise Refusal(str(missing)) from None


def fetch_sdk() -> None:
    """Let npm install the SDK into the state folder, and what came with hosted Parse."""
    click.echo(f"Installing {', '.join((SDK_WANTED, *OF_HOSTED_PARSE))} into {STATE}/…", err=True)
    try:
        install()
    except NodeMissing as missing:
        raise Refusal(str(missing)) from None
