"""A case: a few requests in a row, sent to both servers alike.

In paths, queries, headers and bodies two kinds of placeholders stand for what differs from run to run:

``<Note>``
    begins with a capital letter: a name of this case's own, for a class, a role or a user, so that
    cases don't meet in one database;
``<note>``
    begins with a small letter: what an earlier step was told to remember from its answer.

Answers are compared after ids, tokens, times and the host were masked; see `exchange`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

APP_ID: Final = "side-by-side"
MASTER_KEY: Final = "the-master-key"
READ_ONLY_MASTER_KEY: Final = "the-read-only-master-key"
MAINTENANCE_KEY: Final = "the-maintenance-key"


@dataclass(frozen=True, slots=True)
class StatedDifference:
    """What Parsonage answers where Parse Server has a defect.

    ``because`` is the row of reference/peer-bugs.md that says so, or the section of another page that
    describes what we do.
    """

    because: str
    status: int
    body: object


@dataclass(frozen=True, slots=True)
class Step:
    """One request, and what to keep of its answer."""

    method: str
    path: str
    body: object = None
    raw: bytes | None = None
    query: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=lambda: {"X-Parse-Application-Id": APP_ID})
    kept: Mapping[str, str] = field(default_factory=dict)
    difference: StatedDifference | None = None
    own_words: bool = False

    def remember(self, **kept: str) -> Step:
        """Keep parts of the answer's body: a name, and a path such as ``objectId`` or ``results.0.objectId``."""
        return replace(self, kept={**self.kept, **kept})

    def with_headers(self, headers: Mapping[str, str]) -> Step:
        """Send these headers, too."""
        return replace(self, headers={**self.headers, **headers})

    def without_keys(self) -> Step:
        """Send no header that says who asks."""
        return replace(self, headers={})

    def as_master(self) -> Step:
        """Present the master key."""
        return self.with_headers({"X-Parse-Master-Key": MASTER_KEY})

    def as_user(self, token: str) -> Step:
        """Present the session token that was remembered by this name."""
        return self.with_headers({"X-Parse-Session-Token": f"<{token}>"})

    def in_its_own_words(self) -> Step:
        """Compare all but the text of the error."""
        return replace(self, own_words=True)

    def differs(self, because: str, status: int, body: object) -> Step:
        """State that our answer is this one, masked, and not the peer's."""
        return replace(self, difference=StatedDifference(because, status, body))


@dataclass(frozen=True, slots=True)
class Case:
    """A claim, and the requests that show it."""

    name: str
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return self.name


def case(name: str, *steps: Step) -> Case:
    """A case in the order in which it is told."""
    return Case(name, steps)


def get(path: str, **query: object) -> Step:
    """GET; values of the query string that aren't text travel as JSON."""
    return Step("GET", path, query=query)


def post(path: str, body: object = None) -> Step:
    """POST with a JSON body."""
    return Step("POST", path, {} if body is None else body)


def put(path: str, body: object) -> Step:
    """PUT with a JSON body."""
    return Step("PUT", path, body)


def delete(path: str) -> Step:
    """DELETE."""
    return Step("DELETE", path)


def raw(method: str, path: str, body: bytes, content_type: str = "application/json") -> Step:
    """Send exactly these bytes."""
    return Step(method, path, raw=body).with_headers({"Content-Type": content_type})


def create(class_name: str, body: object) -> Step:
    """Create an object."""
    return post(f"/classes/{class_name}", body)


def find(class_name: str, where: object = None, **query: object) -> Step:
    """Find objects; give an ``order`` where more than one is found."""
    return get(f"/classes/{class_name}", **({} if where is None else {"where": where}), **query)


def sign_up(name: str, as_name: str, **fields: object) -> Step:
    """Sign a user up, and remember the id as ``as_name`` and the token as ``as_name``-token."""
    body = {"username": name, "password": f"secret of {as_name}", **fields}
    return post("/users", body).remember(**{as_name: "objectId", f"{as_name}-token": "sessionToken"})


def pointer(class_name: str, object_id: str) -> dict[str, str]:
    """A pointer's encoding."""
    return {"__type": "Pointer", "className": class_name, "objectId": object_id}


def date(iso: str) -> dict[str, str]:
    """A date's encoding."""
    return {"__type": "Date", "iso": iso}


def operation(name: str, **parts: object) -> dict[str, object]:
    """A field operation's encoding."""
    return {"__op": name, **parts}


def some(*values: object) -> tuple[object, ...]:
    """Values of any kind, of which one request each is made."""
    return values
