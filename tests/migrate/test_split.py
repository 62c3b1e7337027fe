"""One large file becomes small modules: what goes where, and what stays because it could behave otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import parse
from parsonage.migrate.code.split.parts import NotToBeSplit, Split, split

CODE = """\
'use strict';
var _ = require('underscore');
var models = require('./models/all');

// Prices are in cents.
function inEuro(cents) { return round(cents / 100); }
function round(number) { return Math.round(number); }

var alone = 7;

// What one costs.
Parse.Cloud.define('price', function (request) {
  return inEuro(models.price(request.params.id)) + alone;
});

Parse.Cloud.beforeSave('Order', function (request) {
  request.object.set('total', inEuro(_.sum(request.object.get('items'))));
}); // always

Parse.Cloud.job('nightly', function () {
  return models.sweep();
});
"""


def parts_of(code: str, folder: str = "/app/cloud") -> Split:
    path = Path(folder) / "main.js"
    return split(Module(parse(code.encode(), path, "main.js")), Path(folder))


def text_of(made: Split, path: str) -> str:
    return next(part.text for part in made.parts if part.path == path)


def test_functions_triggers_and_jobs_stand_apart() -> None:
    assert [part.path for part in parts_of(CODE).parts] == [
        "functions/price.js",
        "jobs/nightly.js",
        "shared/inEuro.js",
        "triggers/Order.beforeSave.js",
    ]


def test_a_handler_takes_with_it_what_it_alone_needs_and_requires_the_rest() -> None:
    assert (
        text_of(parts_of(CODE), "functions/price.js")
        == """\
'use strict';

var models = require('../models/all');
const { inEuro } = require('../shared/inEuro.js');

var alone = 7;

// What one costs.
Parse.Cloud.define('price', function (request) {
  return inEuro(models.price(request.params.id)) + alone;
});
"""
    )


def test_helpers_that_several_need_stand_in_a_module_of_their_own() -> None:
    assert (
        text_of(parts_of(CODE), "shared/inEuro.js")
        == """\
'use strict';

// Prices are in cents.
function inEuro(cents) { return round(cents / 100); }

function round(number) { return Math.round(number); }

module.exports = { inEuro };
"""
    )


def test_a_comment_on_a_statements_own_line_goes_with_it() -> None:
    assert "}); // always\n" in text_of(parts_of(CODE), "triggers/Order.beforeSave.js")


def test_the_file_requires_its_parts_in_the_old_order() -> None:
    assert (
        parts_of(CODE).entry.text
        == """\
'use strict';
var _ = require('underscore');
var models = require('./models/all');

require('./shared/inEuro.js');

require('./functions/price.js');

require('./triggers/Order.beforeSave.js');

require('./jobs/nightly.js');
"""
    )


def test_what_mentions_a_variable_that_changes_stays() -> None:
    made = parts_of("""
        var counter = 0;
        Parse.Cloud.define('count', () => { counter += 1; return counter; });
        Parse.Cloud.define('other', () => 1);
    """)

    assert [part.path for part in made.parts] == ["functions/other.js"]
    assert "counter += 1" in made.entry.text
    assert made.stayed == 1


@pytest.mark.parametrize(
    "kept",
    [
        "Parse.Cloud.define('a', () => __dirname);",
        "Parse.Cloud.define('a', () => exports.b());",
        "Parse.Cloud.define('a', (request) => require(request.params.name));",
        "if (process.env.A) Parse.Cloud.define('a', () => 1);",
        "Parse.Cloud.define('a', () => late); var late = makeIt();",
    ],
)
def test_what_speaks_of_its_file_or_of_a_later_time_stays(kept: str) -> None:
    made = parts_of(f"{kept}\nParse.Cloud.define('b', () => 1);\n")

    assert [part.path for part in made.parts if part.path.startswith("functions")] == ["functions/b.js"]
    assert kept.partition(";")[0] in made.entry.text


def test_a_name_that_a_function_declares_for_itself_is_not_the_files() -> None:
    made = parts_of("var a = 1; Parse.Cloud.define('x', (a) => a); Parse.Cloud.define('y', () => a);")

    assert "const" not in text_of(made, "functions/x.js")
    assert "var a = 1;" in text_of(made, "functions/y.js")


def test_names_that_differ_by_capitals_alone_get_different_files() -> None:
    made = parts_of("Parse.Cloud.define('get', () => 1); Parse.Cloud.define('Get', () => 2);")

    assert [part.path for part in made.parts] == ["functions/Get-2.js", "functions/get.js"]


def test_a_name_never_leads_out_of_the_folder() -> None:
    made = parts_of("Parse.Cloud.define('../../etc/x', () => 1);")

    assert [part.path for part in made.parts] == ["functions/_.._etc_x.js"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import x from 'y'; Parse.Cloud.define('a', () => 1);", "it is an ES module"),
        ("var a = 1;", "no handler in it can stand in a module of its own"),
        ("Parse.Cloud.define('a', (", "it is no JavaScript that can be parsed"),
    ],
)
def test_a_file_that_cannot_be_taken_apart_says_why(code: str, reason: str) -> None:
    with pytest.raises(NotToBeSplit, match=reason):
        parts_of(code)
