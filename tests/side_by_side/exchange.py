"""Send a case to the peer once and to Parsonage on each of its engines, and compare what they answer."""

from __future__ import annotations

import contextlib
import difflib
import http.client
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.side_by_side.case import Case, Step

PLACEHOLDER = re.compile(r"<([A-Za-z][A-Za-z0-9-]*)>")
OBJECT_ID = re.compile(r"[A-Za-z0-9]{10}")
GENERATED_NAME = re.compile(r"[A-Za-z0-9]{25}")
SESSION_TOKEN = re.compile(r"r:[0-9a-f]{32}")
FILE_PREFIX = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}_")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

COMPARED_HEADERS = (
    "content-type",
    "location",
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
)

MOMENTS = frozenset({"createdAt", "updatedAt", "expiresAt"})
"""Fields whose value is the time of the run; every other date is compared as it is."""


class AnswersDiffer(AssertionError):
    """The two servers answered one step differently, or a stated difference is not what was stated."""


@dataclass(frozen=True, slots=True)
class Door:
    """One server, asked over a new connection each time, since an error may cost the connection."""

    url: str

    def send(self, step: Step, memory: Memory) -> Answer:
        """Send one step with its placeholders filled in."""
        path = urlsplit(self.url).path + memory.fill(step.path)
        if step.query:
            values = {name: memory.fill(value) for name, value in step.query.items()}
            path += "?" + urlencode({name: v if isinstance(v, str) else json.dumps(v) for name, v in values.items()})
        body = step.raw
        headers = {name: memory.fill(value) for name, value in step.headers.items()}
        if step.body is not None:
            body = json.dumps(memory.fill(step.body)).encode()
            headers.setdefault("Content-Type", "application/json")
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(step.method, path.replace(" ", "%20"), body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        found = {name: response.getheader(name) for name in COMPARED_HEADERS}
        is_json = (found["content-type"] or "application/json").startswith("application/json") and text != ""
        return Answer(response.status, found, json.loads(text, parse_int=_whole) if is_json else text)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, of which everything here is compared."""

    status: int
    headers: Mapping[str, str | None]
    body: Any

    def part(self, path: str) -> str:
        """A part of the body by its path, ``results.0.objectId``."""
        value = self.body
        for name in path.split("."):
            value = value[int(name)] if isinstance(value, list) else value[name]
        return str(value)

    def __str__(self) -> str:
        headers = {name: value for name, value in self.headers.items() if value is not None}
        return json.dumps({"status": self.status, "headers": headers, "body": self.body}, indent=1, sort_keys=True)


@dataclass(slots=True)
class Memory:
    """What one server told during one case, and the names that the case goes by."""

    door: Door
    mark: str
    kept: dict[str, str] = field(default_factory=dict)

    def ask(self, step: Step) -> Answer:
        """Send one step, and keep of its answer what it says."""
        answer = self.door.send(step, self)
        for name, path in step.kept.items():
            try:
                self.kept[name] = answer.part(path)
            except (KeyError, IndexError, TypeError) as lack:
                raise AnswersDiffer(f"{self.door.url} gave no {path} to remember:\n{answer}") from lack
        return answer

    def fill(self, value: Any) -> Any:
        """Put values in for placeholders, in text and in everything that holds text."""
        match value:
            case str():
                return PLACEHOLDER.sub(lambda found: self._named(found[1]), value)
            case dict():
                return {self.fill(name): self.fill(part) for name, part in value.items()}
            case list():
                return [self.fill(part) for part in value]
        return value

    def _named(self, name: str) -> str:
        return name + self.mark if name[0].isupper() else self.kept[name]

    def mask(self, answer: Answer) -> Answer:
        """The answer without what differs from run to run."""
        headers = {name: None if value is None else self._masked_text(value) for name, value in answer.headers.items()}
        location = headers["location"]
        if location is not None:
            head, _, last = location.rpartition("/")
            headers["location"] = f"{head}/{'<id>' if OBJECT_ID.fullmatch(last) else last}"
        return Answer(answer.status, headers, self._masked(answer.body))

    def _masked(self, value: Any, key: str = "") -> Any:
        match value:
            case str():
                if key in MOMENTS:
                    return MOMENT.sub("<moment>", value)
                text = self._masked_text(value)
                if key == "objectId" and OBJECT_ID.fullmatch(text):
                    return "<id>"
                if key == "username" and GENERATED_NAME.fullmatch(text):
                    return "<generated>"
                return text
            case {"__type": "Date"} if key in MOMENTS:
                return {name: self._masked(part, key) for name, part in value.items()}
            case dict():
                return {self._masked_text(name): self._masked(part, name) for name, part in value.items()}
            case list():
                return [self._masked(part, key) for part in value]
        return value

    def _masked_text(self, text: str) -> str:
        for name, value in self.kept.items():
            if value:
                text = text.replace(value, f"<{name}>")
        text = text.replace(self.door.url, "<server>").replace(self.mark, "")
        return FILE_PREFIX.sub("<random>_", SESSION_TOKEN.sub("<token>", text))


@dataclass(frozen=True, slots=True)
class Pair:
    """Parse Server, and Parsonage on each of its engines, with the same configuration.

    ``stated`` is false when a second peer stands in for Parsonage, to try out new cases: then our
    stated answers are not looked for.
    """

    peer: Door
    ours: Mapping[str, Door]
    """By the name of the engine below."""
    stated: bool = True

    def compare(self, told: Case) -> None:
        """Send the case's steps one after the other to all.

        Raises:
            AnswersDiffer: at the first step that is answered differently.
        """
        mark = f"{zlib.crc32(told.name.encode()):08X}"
        there = Memory(self.peer, mark)
        here = {engine: Memory(door, mark) for engine, door in self.ours.items()}
        for number, step in enumerate(told.steps, 1):
            theirs = there.ask(step)
            answers = {engine: memory.ask(step) for engine, memory in here.items()}
            for engine, answer in answers.items():
                self._judge(step, f"{number}, on {engine}", there.mask(theirs), here[engine].mask(answer))

    def _judge(self, step: Step, number: str, theirs: Answer, ours: Answer) -> None:
        if step.own_words:
            theirs, ours = without_words(theirs), without_words(ours)
        stated = step.difference
        if stated is None:
            if _exact(theirs) != _exact(comparable(ours, theirs)):
                raise AnswersDiffer(_report(step, number, theirs, ours))
            return
        expected = Answer(stated.status, {}, stated.body)
        if _exact(Answer(theirs.status, {}, theirs.body)) == _exact(expected):
            raise AnswersDiffer(f"{stated.because} is no difference: " + _report(step, number, theirs, ours))
        if self.stated and _exact(Answer(ours.status, {}, ours.body)) != _exact(expected):
            raise AnswersDiffer(f"{stated.because} promises\n{expected}\n" + _report(step, number, theirs, ours))


def _whole(digits: str) -> int | float:
    """A whole number; a large one as JavaScript has it, since PostgreSQL writes it with all of its digits."""
    number = int(digits)
    return number if abs(number) < 10**21 else float(number)


def comparable(ours: Answer, theirs: Answer) -> Answer:
    """Our answer without a content type where the peer forgets to name one: in its 403 for wrong keys."""
    if theirs.headers["content-type"] is not None:
        return ours
    return Answer(ours.status, {**ours.headers, "content-type": None}, ours.body)


def without_words(answer: Answer) -> Answer:
    """The answer without the text of its error, which comes from a JSON parser of each server's own."""
    body = (
        {**answer.body, "error": "<words>"} if isinstance(answer.body, dict) and "error" in answer.body else answer.body
    )
    return Answer(answer.status, answer.headers, body)


def _exact(answer: Answer) -> str:
    """One text for equal answers; 1 and 1.0 and true are three different things on the wire."""
    return str(answer)


def _report(step: Step, number: str, theirs: Answer, ours: Answer) -> str:
    request = json.dumps({"query": dict(step.query), "headers": dict(step.headers), "body": step.body})
    sent = f"step {number}: {step.method} {step.path} {request if step.raw is None else step.raw!r}"
    lines = difflib.unified_diff(
        str(theirs).splitlines(), str(ours).splitlines(), "Parse Server", "Parsonage", lineterm="", n=2
    )
    return "\n".join([sent, f"statuses {theirs.status} and {ours.status}", *lines])
