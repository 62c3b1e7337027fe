"""Names of options: which there are, which stand inside which, which one was meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from parsonage.options.option import Standing
from parsonage.options.own import OWN_OPTIONS
from parsonage.options.parse_server import GROUPS_OF_ANY_KEYS, PARSE_SERVER_OPTIONS

OPTIONS = {option.name: option for option in (*PARSE_SERVER_OPTIONS, *OWN_OPTIONS)}
"""Every option by its name in a file."""

BY_VARIABLE = {option.variable: option for option in OPTIONS.values()}
"""Every option by its environment variable."""

GROUPS = {
    name.rpartition(".")[0] for name, option in OPTIONS.items() if "." in name and not option.in_list
} | GROUPS_OF_ANY_KEYS
"""Names that stand for an object with options inside."""

_SET_BY_ORCHESTRATORS = re.compile(r"PARSE_SERVER_(SERVICE_.*|PORT(_.*)?)")
"""Variables that Kubernetes and Docker make for a neighbour that is called parse-server."""


def is_known(name: str) -> bool:
    """Whether there is such an option."""
    return name in OPTIONS or in_group_of_any_keys(name)


def in_group_of_any_keys(name: str) -> bool:
    """Whether the option stands in a group whose keys the operator chooses: ``auth.facebook``."""
    return name.partition(".")[0] in GROUPS_OF_ANY_KEYS


def is_among(name: str, names: Iterable[str]) -> bool:
    """Whether an option is among ``names``, by itself or by one of its groups."""
    return any(name == named or name.startswith(f"{named}.") for named in names)


def refused_name(name: str) -> str:
    """The name under which an option that is not built is refused: its group's, unless some of that is built."""
    group = name.partition(".")[0]
    if group in GROUPS_OF_ANY_KEYS:
        return ".".join(name.split(".")[:2])
    inside = [option for option in OPTIONS.values() if option.group == group]
    return name if any(option.standing is Standing.BUILT for option in inside) else group


def not_built() -> list[str]:
    """Names of the options of Parse Server that are refused, groups by their own name."""
    return list(
        dict.fromkeys(refused_name(name) for name, option in OPTIONS.items() if option.standing is not Standing.BUILT)
    )


def is_misspelt_variable(variable: str) -> bool:
    """Whether an environment variable of no option can only be meant for us."""
    return variable.startswith("PARSE_SERVER_") and not _SET_BY_ORCHESTRATORS.fullmatch(variable)


def variable_meant(variable: str) -> str:
    """The end of a sentence on an unknown variable, with the nearest one that exists; empty if none is near."""
    near = difflib.get_close_matches(variable, BY_VARIABLE, n=1, cutoff=0.8)
    return f": did you mean {near[0]}?" if near else ""


def option_meant(name: str, group: str) -> str:
    """The end of a sentence on an unknown option of a group, with the nearest name; empty if none is near.

    ``group`` is empty for the options that stand in none.
    """
    siblings = {last.lower(): option for option in OPTIONS for at, _, last in [option.rpartition(".")] if at == group}
    near = [siblings[word] for word in difflib.get_close_matches(name.lower(), siblings, n=1)]
    in_other_groups = [option for option in OPTIONS if option.rpartition(".")[2] == name]
    best = near or in_other_groups
    return f': did you mean "{best[0]}"?' if best else ""


def flag(name: str) -> str:
    """The word on the command line for an option: that for ``databaseURI`` is ``database-uri``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
