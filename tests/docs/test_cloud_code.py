"""docs/reference/cloud-code.md names every decorator, every argument of one, and every word of a request."""

from __future__ import annotations

import inspect

import pytest

from parsonage import (
    Cloud,
    FieldRule,
    FileRequest,
    FindRequest,
    FunctionRequest,
    FunctionResponse,
    JobRequest,
    TriggerRequest,
)
from parsonage.cloud.app import ValidatorOptions
from tests.docs.pages import prose

PAGE = prose("reference/cloud-code.md")
DECORATORS = [
    "function",
    "job",
    "before_save",
    "after_save",
    "before_delete",
    "after_delete",
    "before_find",
    "after_find",
    "before_login",
    "after_login",
    "after_logout",
    "before_save_file",
    "after_save_file",
    "before_delete_file",
    "after_delete_file",
    "before_find_file",
    "after_find_file",
    "before_save_config",
    "after_save_config",
    "job_failed",
]
OF_JOBS = list(inspect.signature(Cloud.job).parameters)[2:]
WORDS = [FunctionRequest, TriggerRequest, FileRequest, FindRequest, JobRequest]


def words(kind: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind) if not name.startswith("_")}


def test_there_is_no_other_decorator() -> None:
    assert words(Cloud) - {"register"} == set(DECORATORS)


@pytest.mark.parametrize("decorator", DECORATORS)
def test_every_decorator_is_explained(decorator: str) -> None:
    assert f"`cloud.{decorator}" in PAGE


@pytest.mark.parametrize("argument", [*ValidatorOptions.__annotations__, *OF_JOBS, "skip_with_master_key"])
def test_every_argument_of_a_decorator_is_explained(argument: str) -> None:
    assert f"| `{argument}" in PAGE


@pytest.mark.parametrize("part", FieldRule.__struct_fields__)
def test_every_part_of_a_field_rule_is_explained(part: str) -> None:
    assert f"| `{part}" in PAGE


@pytest.mark.parametrize("word", sorted(set.union(*map(words, WORDS)) | {"log", "query", "objects"}))
def test_every_word_of_a_request_is_explained(word: str) -> None:
    assert f"request.{word}" in PAGE


@pytest.mark.parametrize("word", sorted(vars(FunctionResponse())))
def test_every_word_of_a_response_is_explained(word: str) -> None:
    assert f"`{word}`" in PAGE
