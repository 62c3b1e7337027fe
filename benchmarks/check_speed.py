"""How fast ``parsonage check`` reads a large project: seconds of one core, and megabytes.

``python -m benchmarks.check_speed`` writes a project of 100,000 lines in the manner of real ones (functions, triggers
and jobs of hosted Parse's time, others that were moved already, models, plain helpers), checks it in a process of
its own, and prints a table. ``--keep FOLDER`` leaves the project there. A report in SARIF tells what was found; the
others try all safe fixes as well, to tell how many handlers would run then.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

LINES = 100_000
"""What issue and page of figures speak of."""

_OLD_FUNCTION = """\
// {noun}: what the app shows on its {word} page
Parse.Cloud.define('{verb}{Noun}{n}', function (request, response) {{
  var {noun}Query = new Parse.Query('{Noun}');
  var limit = request.params.limit || {small};
  if (!request.params.{word}Id) {{
    response.error('the {word} is missing');
    return;
  }}
  {noun}Query.equalTo('{word}', request.params.{word}Id);
  {noun}Query.descending('createdAt');
  {noun}Query.limit(limit);
  {noun}Query.find({{
    success: function (results) {{
      var shown = [];
      for (var i = 0; i < results.length; i++) {{
        var each = results[i];
        if (each.get('{word}Count') > {small}) {{
          shown.push({{ id: each.id, name: each.get('name'), count: each.get('{word}Count') }});
        }}
      }}
      response.success(shown);
    }},
    error: function (error) {{
      console.error('{Noun}: ' + error.message);
      response.error(error);
    }}
  }});
}});

"""
_OLD_CHAIN = """\
Parse.Cloud.define('{verb}{Noun}{n}', function (req, res) {{
  Parse.Cloud.useMasterKey();
  var {Noun} = Parse.Object.extend('{Noun}');
  var query = new Parse.Query({Noun});
  query.include('{word}');
  query.get(req.params.id).then(function ({noun}) {{
    {noun}.set('{word}', req.params.{word});
    {noun}.increment('{word}Count');
    return {noun}.save();
  }}).then(function ({noun}) {{
    var total = 0;
    _.each({noun}.get('items') || [], function (item) {{
      total += helpers.price{small}(item, {small});
    }});
    {noun}.set('total', total);
    return {noun}.save();
  }}).then(function (saved) {{
    res.success(saved);
  }}, function (error) {{
    res.error(error);
  }});
}});

"""
_NEW_FUNCTION = """\
Parse.Cloud.define('{verb}{Noun}{n}', async (request) => {{
  const {{ {word}Id, names = [] }} = request.params;
  const query = new Parse.Query('{Noun}').equalTo('{word}', {word}Id).limit({small});
  const found = await query.find({{ sessionToken: request.user.getSessionToken() }});
  const wanted = found.filter((each) => names.includes(each.get('name')));
  for (const each of wanted) {{
    each.set('seenBy', request.user);
    each.increment('{word}Count', {small});
  }}
  await Parse.Object.saveAll(wanted, {{ useMasterKey: true }});
  return {{
    count: wanted.length,
    names: wanted.map((each) => each.get('name').toUpperCase()),
    total: wanted.reduce((sum, each) => sum + each.get('{word}Count'), 0),
  }};
}});

"""
_TRIGGER = """\
Parse.Cloud.beforeSave('{Noun}{n}', function (request, response) {{
  var {noun} = request.object;
  if (!{noun}.get('{word}')) {{
    response.error('a {word} is needed');
  }} else if ({noun}.get('name').length > {small}) {{
    response.error('the name is too long');
  }} else {{
    {noun}.set('sortName', {noun}.get('name').toLowerCase().trim());
    response.success();
  }}
}});

Parse.Cloud.afterSave('{Noun}{n}', function (request) {{
  var query = new Parse.Query('{Noun}Count');
  query.equalTo('{word}', request.object.get('{word}'));
  query.first().then(function (count) {{
    count.increment('value');
    return count.save();
  }});
}});

"""
_JOB = """\
Parse.Cloud.job('{verb}{Noun}{n}', function (request, status) {{
  Parse.Cloud.useMasterKey();
  var counter = 0;
  var query = new Parse.Query('{Noun}');
  query.each(function ({noun}) {{
    counter += 1;
    if (counter % 100 === 0) {{
      status.message(counter + ' {noun}s done');
    }}
    {noun}.set('{word}', {small});
    return {noun}.save();
  }}).then(function () {{
    status.success('done');
  }}, function (error) {{
    status.error('failed: ' + error.message);
  }});
}});

"""
_MODEL = """\
var {Noun}{n} = Parse.Object.extend('{Noun}{n}', {{
  title: function () {{
    return this.get('name') + ' (' + this.get('{word}') + ')';
  }},
  rank: function (others) {{
    var rank = 1;
    for (var i = 0; i < others.length; i++) {{
      if (others[i].get('{word}Count') > this.get('{word}Count')) {{
        rank++;
      }}
    }}
    return rank;
  }},
  isOpen: function (now) {{
    var from = this.get('opensAt'), until = this.get('closesAt');
    return from !== undefined && until !== undefined && from <= now && now < until;
  }}
}}, {{
  newest: function (count) {{
    var query = new Parse.Query('{Noun}{n}');
    query.descending('updatedAt');
    query.limit(count || {small});
    return query.find();
  }}
}});
exports.{Noun}{n} = {Noun}{n};

"""
_HELPER = """\
/**
 * The {word} of one {noun}, rounded.
 */
function {verb}{Noun}{n}({noun}, {word}s) {{
  var result = {{ total: 0, parts: [], {word}: null }};
  if (!{noun} || !{word}s || {word}s.length === 0) {{
    return result;
  }}
  {word}s.forEach(function ({word}, index) {{
    var share = Math.round(({word}.amount * {small}) / 100);
    if (share > {small} && index % 2 === 0) {{
      result.parts.push({{ index: index, share: share, label: '{word} ' + index }});
    }} else if ({word}.skip) {{
      return;
    }}
    result.total += share;
  }});
  result.{word} = result.parts.map(function (part) {{
    return part.label + ': ' + part.share.toFixed(2);
  }}).join(', ');
  return result;
}}
exports.{verb}{Noun}{n} = {verb}{Noun}{n};

"""

_NOUNS = ("order", "review", "message", "player", "invoice", "recipe", "booking", "photo")
_VERBS = ("get", "list", "count", "update", "close", "rate", "share", "sum")
_WORDS = ("city", "owner", "store", "level", "group", "price")


class Kind(msgspec.Struct, frozen=True):
    """A kind of file: its folder, its share of the lines, what it opens with, and what it is made of."""

    folder: str
    share: float
    head: str
    pieces: tuple[str, ...]


_REQUIRES = "var _ = require('underscore');\nvar helpers = require('../helpers/file0.js');\n\n"
KINDS = (
    Kind("functions", 0.40, _REQUIRES, (_OLD_FUNCTION, _OLD_CHAIN, _NEW_FUNCTION)),
    Kind("triggers", 0.10, "", (_TRIGGER,)),
    Kind("jobs", 0.05, "", (_JOB,)),
    Kind("models", 0.15, "", (_MODEL,)),
    Kind("helpers", 0.30, "'use strict';\n\n", (_HELPER,)),
)


def write_project(folder: Path, lines: int) -> int:
    """Write a project of about so many lines, and a main file that requires all of it. Returns the lines written."""
    chance = random.Random(1)
    main: list[str] = []
    written = 0
    for kind in KINDS:
        for number, text in enumerate(_files(kind, int(lines * kind.share), chance)):
            path = folder / "cloud" / kind.folder / f"file{number}.js"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            main.append(f"require('./{kind.folder}/file{number}.js');\n")
            written += text.count("\n")
    (folder / "cloud" / "main.js").write_text("".join(main))
    return written + len(main)


def _files(kind: Kind, lines: int, chance: random.Random) -> Iterator[str]:
    """Files of one kind. Most are of some hundred lines, one in ten of some thousand."""
    number = 0
    while lines > 0:
        length = min(lines, chance.choice((120, 200, 300, 300, 400, 400, 500, 600, 800, 3000)))
        pieces = [kind.head]
        while sum(piece.count("\n") for piece in pieces) < length:
            pieces.append(_piece(chance.choice(kind.pieces), number, chance))
            number += 1
        text = "".join(pieces)
        lines -= text.count("\n")
        yield text


def _piece(template: str, number: int, chance: random.Random) -> str:
    noun, verb, word = chance.choice(_NOUNS), chance.choice(_VERBS), chance.choice(_WORDS)
    return template.format(noun=noun, Noun=noun.title(), verb=verb, word=word, n=number, small=chance.randrange(5, 90))


def measure(words: list[str]) -> tuple[float, float, int]:
    """Run a command; its seconds of processor time, its megabytes at most, and its status."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(words, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    scale = 1024 if sys.platform != "darwin" else 1024 * 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale, process.returncode


def report(folder: Path, lines: int, show: Callable[[str], None] = print) -> None:
    """Check a project in every way of reporting, and show what it took."""
    show(f"{lines:,} lines in {sum(1 for _ in folder.rglob('*.js')):,} files")
    show("| report | seconds of one core | MB | status |")
    show("| --- | --- | --- | --- |")
    for form in ("sarif", "json", "text"):
        seconds, megabytes, status = measure(
            [sys.executable, "-m", "parsonage", "check", str(folder), "--format", form]
        )
        show(f"| {form} | {seconds:.2f} | {megabytes:.0f} | {status} |")


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    chosen = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if chosen.keep is not None:
        report(chosen.keep, write_project(chosen.keep, chosen.lines))
        return
    with tempfile.TemporaryDirectory() as folder:
        report(Path(folder), write_project(Path(folder), chosen.lines))


if __name__ == "__main__":
    main()
