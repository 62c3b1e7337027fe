from __future__ import annotations

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsonage.protocol import names


@pytest.mark.parametrize("name", ["Note", "note2", "A_b", "_User", "_Session", "_GlobalConfig"])
def test_a_class_may_be_called_so(name: str) -> None:
    assert names.is_class_name(name)


@pytest.mark.parametrize("name", ["", "1a", "_Other", "a-b", "a b", "ä", "Note\n", 'a"b', "_SCHEMA", "_Join:a:B"])
def test_a_class_may_not_be_called_so(name: str) -> None:
    assert not names.is_class_name(name)


@pytest.mark.parametrize("name", ["", "_rperm", "1", "a.b", "a\n", "className", "length", 'x";DROP'])
def test_a_field_may_not_be_called_so(name: str) -> None:
    assert not names.is_field_name(name)


@given(key=st.text(max_size=10))
def test_a_query_key_holds_nothing_that_sql_could_trip_over(key: str) -> None:
    assert names.is_query_key(key) == (re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_.]*", key) is not None)


@pytest.mark.parametrize("size", [1, 10, 32])
def test_an_id_has_its_length_and_nothing_but_letters_and_digits(size: int) -> None:
    assert re.fullmatch(rf"[A-Za-z0-9]{{{size}}}", names.new_object_id(size))


def test_ids_are_not_given_twice() -> None:
    assert len({names.new_object_id() for _ in range(10_000)}) == 10_000


def test_a_session_token_begins_as_old_sdks_expect() -> None:
    assert re.fullmatch(r"r:[0-9a-f]{32}", names.new_session_token())


def test_a_forked_process_makes_other_ids() -> None:
    names.new_object_id(32)
    reading, writing = os.pipe()

    child = os.fork()
    _write_an_id_and_leave(writing) if child == 0 else None

    os.waitpid(child, 0)
    theirs = os.read(reading, 32).decode()
    os.close(reading)
    os.close(writing)
    assert re.fullmatch(r"[A-Za-z0-9]{32}", theirs)
    assert theirs != names.new_object_id(32)


def _write_an_id_and_leave(pipe: int) -> None:
    os.write(pipe, names.new_object_id(32).encode())
    os._exit(0)
