"""``parsonage explain``: which rules allow, narrow, hide or deny a request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import click
import msgspec

from parsonage.cli.option_words import option_words, options_from
from parsonage.cli.refusal import Refusal
from parsonage.commands.rest import RestRequest
from parsonage.operations.explain import Explanation, Plan
from parsonage.operations.explained_request import Who
from parsonage.operations.refused import FILE, RefusedRequest, last
from parsonage.options.model import Options
from parsonage.protocol.errors import Refused
from parsonage.protocol.values import from_milliseconds
from parsonage.server import Explained, StartFailed, explained

METHODS = ("GET", "POST", "PUT", "DELETE")


@click.command("explain")
@click.argument("method", required=False, type=click.Choice(METHODS, case_sensitive=False))
@click.argument("path", required=False)
@click.option("--where", metavar="JSON", help="Condition of a find, as JSON.")
@click.option("--body", metavar="JSON", help="Body of the request, as JSON.")
@click.option("--as", "user", metavar="USER", help="Send it as this user: a user name or an id.")
@click.option("--session", metavar="TOKEN", help="Send it with this session token.")
@click.option("--master", is_flag=True, help="Send it with the master key.")
@click.option("--last", "of_last", is_flag=True, help="The last request that the server in development refused.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--config", type=click.Path(path_type=Path), help="Configuration file, as for parsonage serve.")
@option_words
def command(
    method: str | None,
    path: str | None,
    where: str | None,
    body: str | None,
    user: str | None,
    session: str | None,
    master: bool,
    of_last: bool,
    as_json: bool,
    config: Path | None,
    **words: Any,
) -> None:
    """Tell which rules allow, narrow, hide or deny a request, in order, and how the database would go about it.

    The request is METHOD and PATH, such as GET /classes/Note/x8, sent by nobody unless an option says who. It is not
    carried out: no handler is called, nothing is written.
    """
    senders = [bool(user), bool(session), master]
    if of_last == (method is not None or path is not None) or (of_last and any([*senders, where, body])):
        raise click.UsageError("it needs a METHOD and a PATH, or --last alone")
    if not of_last and (method is None or path is None):
        raise click.UsageError("it needs a METHOD and a PATH, or --last alone")
    if sum(senders) > 1:
        raise click.UsageError("--as, --session and --master exclude each other")
    options, _ = options_from(config, words)
    refused: RefusedRequest | None = None
    if of_last:
        refused = last()
        if refused is None:
            raise Refusal(f"no refused request in {FILE}: a server in development keeps the last one there")
        request, who = refused.request(options.network.batch_prefixes), refused.who
    else:
        request = _request(options, method or "", path or "", where, body)
        who = Who(user=user, session=session, key="master" if master else None)
    try:
        found = explained(options, request, who)
    except StartFailed as problem:
        raise Refusal(str(problem)) from None
    if as_json:
        click.echo(json.dumps(_as_json(request, found, refused), indent=2, ensure_ascii=False, default=str))
    else:
        click.echo("\n".join(_lines(request, found, refused)))


def _request(options: Options, method: str, path: str, where: str | None, body: str | None) -> RestRequest:
    bare, _, query_text = path.partition("?")
    mount = options.network.mount_path
    if mount and (bare == mount or bare.startswith(f"{mount}/")):
        bare = bare.removeprefix(mount)
    query = dict(parse_qsl(query_text, keep_blank_values=True))
    if where is not None:
        _read(where, "--where")
        query["where"] = where
    sent = _read(body, "--body") if body is not None else {}
    return RestRequest(method.upper(), bare, query, sent, options.network.batch_prefixes)


def _read(text: str, word: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise click.BadParameter("it must be JSON", param_hint=word) from None


def _lines(request: RestRequest, found: Explained, refused: RefusedRequest | None) -> list[str]:
    shown = request.path + (
        "?" + "&".join(f"{name}={text}" for name, text in request.query.items()) if request.query else ""
    )
    lines = [f"{request.method} {shown} by {found.caller}"]
    if refused is not None:
        code = f" {refused.code}" if refused.code >= 0 else ""
        lines.append(
            f"  refused at {from_milliseconds(refused.at):%Y-%m-%d %H:%M:%S} UTC with {refused.status}{code}:"
            f" {refused.explanation}"
        )
        if refused.body_is_left_out:
            lines.append("  its body was too large to be kept")
        if refused.session_is_left_out:
            lines.append("  its session does not go on and is not kept: what follows is told of nobody in particular")
    for number, explanation in enumerate(found.explanations, 1):
        lines.append("" if len(found.explanations) == 1 else f"\n  request {number} of {len(found.explanations)}")
        lines += _told(explanation)
    if refused is not None and not any(explanation.trail.refusal for explanation in found.explanations):
        lines += ["", "  What refused it is no rule: a handler, or what was stored or sent at that moment."]
    return lines


def _told(explanation: Explanation) -> list[str]:
    steps = explanation.trail.steps
    width = max((len(step.rule) for step in steps), default=0)
    lines = [f"  {step.verdict.value:<7}  {step.rule:<{width}}  {step.because}" for step in steps]
    lines.append(f"  → {_outcome(explanation)}")
    for plan in explanation.plans:
        lines += ["", f"  {plan.what}{_counted(plan)}", f"    {plan.statement}"]
        lines += [f"      {line}" for line in plan.lines]
    return lines


def _outcome(explanation: Explanation) -> str:
    error = explanation.trail.refusal
    if error is None:
        return "no rule refuses it"
    code = "" if isinstance(error, Refused) else f" {int(error.code)}"
    return f"{error.http_status}{code} {error.message}"


def _counted(plan: Plan) -> str:
    if plan.matching is None or plan.remaining is None:
        return ""
    return f": {plan.matching} match, {plan.remaining} of them may be seen"


def _as_json(request: RestRequest, found: Explained, refused: RefusedRequest | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "request": {"method": request.method, "path": request.path, "query": dict(request.query), "body": request.body},
        "caller": str(found.caller),
        "explanations": [_explanation_as_json(one) for one in found.explanations],
    }
    return told if refused is None else {**told, "refused": msgspec.to_builtins(refused)}


def _explanation_as_json(explanation: Explanation) -> dict[str, Any]:
    error = explanation.trail.refusal
    return {
        "steps": msgspec.to_builtins(explanation.trail.steps),
        "refusal": None if error is None else {"status": error.http_status, **error.body(sanitized=True)},
        "plans": msgspec.to_builtins(explanation.plans),
    }
