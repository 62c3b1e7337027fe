"""Which expressions are seen to be objects of Parse: the ways by which a query's result comes into a variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsonage.migrate.code.objects import Objects, object_of
from parsonage.migrate.code.project import load

QUERY = "new Parse.Query('Note')"


def at_the_mark(code: str, folder: Path) -> Objects | None:
    """What ``mark(x)`` is given in a piece of code."""
    (folder / "main.js").write_text(code, encoding="utf-8")
    (module,) = load([folder]).modules
    (call,) = module.calls()["mark"]
    return object_of(call.named_children[1].named_children[0], module)


@pytest.mark.parametrize(
    "code",
    [
        f"async function f() {{ const note = await {QUERY}.first(); mark(note); }}",
        f"async function f() {{ for (const note of await {QUERY}.find()) mark(note); }}",
        f"{QUERY}.first().then(function (note) {{ mark(note); }});",
        f"{QUERY}.find().then(notes => mark(notes[0]));",
        f"{QUERY}.find({{ success: function (notes) {{ notes.forEach(function (note) {{ mark(note); }}); }} }});",
        f"{QUERY}.find().then(function (notes) {{ _.each(notes, function (note) {{ mark(note); }}); }});",
        f"{QUERY}.find().then(notes => notes.filter(wanted)).then(notes => mark(notes.pop()));",
        f"{QUERY}.each(function (note) {{ mark(note); }});",
        f"var query = {QUERY}; query.equalTo('a', 1); query.get('x').catch(log).then(note => mark(note));",
        "var Note = Parse.Object.extend('Note'); var note = new Note(); mark(note.set('a', 1));",
        "class Note extends Parse.Object { constructor() { super('Note'); } } mark(new Note());",
        "Parse.Cloud.beforeSave('Note', function (request) { var note = request.object; mark(note); });",
        "Parse.Cloud.beforeSave('Note', async ({ object }) => { mark(object); });",
    ],
)
def test_an_object_of_a_class_is_seen(code: str, tmp_path: Path) -> None:
    found = at_the_mark(code, tmp_path)

    assert found is not None
    assert found.class_name == "Note"


@pytest.mark.parametrize(
    "code",
    [
        f"var promise = {QUERY}.first(); mark(promise);",
        f"{QUERY}.find().then(notes => mark(notes));",
        f"{QUERY}.count().then(count => mark(count));",
        f"{QUERY}.find().then(null, error => mark(error));",
        "list.find(wanted).then(note => mark(note));",
        "function f(note) { mark(note); }",
        "new Image().save().then(image => mark(image));",
        "Parse.Cloud.define('f', function (request) { mark(request.object); });",
        "Parse.Cloud.beforeSave('Note', function (request) { helper(function (request) { mark(request.object); }); });",
    ],
)
def test_what_only_looks_like_an_object_is_none(code: str, tmp_path: Path) -> None:
    assert at_the_mark(code, tmp_path) is None
