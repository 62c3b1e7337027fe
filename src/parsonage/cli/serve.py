"""``parsonage serve``: check everything once, open the port, become the supervisor."""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path
from typing import Any

import click
import msgspec

from parsonage.cli.cloud_packages import prepare_javascript
from parsonage.cli.handover import Handover
from parsonage.cli.listening import CannotListen, listen
from parsonage.cli.option_words import option_words, options_from
from parsonage.cli.refusal import Refusal
from parsonage.figures import shared_memory

SUPERVISOR = Path(__file__).with_name("supervisor.py")

DRAIN_LIMIT = 35.0
"""Seconds between SIGTERM and SIGKILL for a worker: more than it allows running requests and jobs together."""

# -P: a module in the folder of the project must not stand in for one of ours.
WORKER = (sys.executable, "-P", "-m", "parsonage.cli.worker")


@click.command(
    "serve",
    epilog="Every other option is a word, too: sessionLength is --session-length. A word goes before the environment, "
    "the environment before the file.",
)
@click.argument("config", required=False, type=click.Path(path_type=Path))
@click.option(
    "--rehearse", is_flag=True, help="Look at the configuration and the database; write nothing, don't serve."
)
@click.option("--json", "as_json", is_flag=True, help="With --rehearse: the outcome for machines.")
@option_words
@click.pass_context
def command(context: click.Context, /, config: Path | None, *, rehearse: bool, as_json: bool, **words: Any) -> None:
    """Run the server.

    CONFIG is a configuration of Parse Server in JSON, or a parsonage.toml. Without it, the parsonage.toml of the
    current folder is read; without that, the server starts on an SQLite file in the current folder, with keys of
    its own.
    """
    if rehearse:
        # By name: a server that starts pays for nothing of this.
        context.exit(importlib.import_module("parsonage.cli.rehearse").rehearse(config, words, as_json=as_json))
    if as_json:
        raise click.UsageError("--json goes with --rehearse")
    began = time.monotonic()
    options, new_keys = options_from(config, words)
    network = options.network
    # New keys are shown before anything can go wrong: they are kept already, and shown once only.
    click.echo(new_keys, nl=False)
    prepare_javascript(options)
    try:
        listening = listen(network.host, network.port)
    except CannotListen as reason:
        raise Refusal(str(reason)) from None
    port: int = listening.getsockname()[1]
    options = msgspec.structs.replace(options, network=msgspec.structs.replace(network, port=port))
    inherited = (listening.fileno(), Handover(options, began).to_file(), shared_memory(network.workers))
    for descriptor in inherited:
        os.set_inheritable(descriptor, True)
    drain = network.stop_delay + DRAIN_LIMIT
    numbers = [str(number) for number in (network.workers, drain, *inherited)]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-I", "-S", str(SUPERVISOR), *numbers, *WORKER])
