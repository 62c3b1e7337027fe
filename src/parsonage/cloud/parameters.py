"""A typed signature → checked arguments, or a clear error 142.

The first parameter is the request; the others are the function's parameters by name, checked against
their annotations. What a client sends beyond them is left aside.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

import msgspec

from parsonage.cloud.requests import FunctionRequest, FunctionResponse
from parsonage.protocol.encoding import decode_typed, number
from parsonage.protocol.errors import ParseError, ValidationError
from parsonage.protocol.objects import ParseObject
from parsonage.protocol.values import Pointer

_NAMES = {str: "string", int: "number", float: "number", bool: "boolean", list: "array", dict: "object"}


class Parameter(msgspec.Struct, frozen=True):
    """One parameter of a Cloud function."""

    name: str
    annotation: Any
    required: bool


class Signature:
    """What a Cloud function takes, worked out once when it is registered."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Raises TypeError for a signature that no call could fit."""
        parameters = list(inspect.signature(function).parameters.values())
        if not parameters or parameters[0].kind not in (
            inspect.Parameter.POSITIONAL_ONLY,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
        ):
            raise TypeError(f"{function.__name__} must take the request as its first parameter")
        hints = get_type_hints(function, include_extras=True)
        first = hints.get(parameters[0].name, FunctionRequest)
        if not (isinstance(first, type) and issubclass(FunctionRequest, first)):
            name = function.__name__
            raise TypeError(f"{name} must take the request first, as in {name}(request: FunctionRequest, …)")
        self.response: str | None = None
        self.takes_all = False
        self.parameters: list[Parameter] = []
        for parameter in parameters[1:]:
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                self.takes_all = True
                continue
            if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.POSITIONAL_ONLY):
                raise TypeError(f"{function.__name__}: parameters of a Cloud function are passed by name")
            annotation = hints.get(parameter.name, Any)
            if annotation is FunctionResponse:
                self.response = parameter.name
                continue
            required = parameter.default is inspect.Parameter.empty
            self.parameters.append(Parameter(parameter.name, annotation, required))

    def arguments(self, params: Mapping[str, Any], bind: Callable[[Pointer], ParseObject]) -> dict[str, Any]:
        """The arguments for one call. ``bind`` makes an object of a pointer where one is asked for.

        Raises ValidationError (142) for what is missing or of another type.
        """
        arguments: dict[str, Any] = {}
        for parameter in self.parameters:
            value = params.get(parameter.name)
            if value is None and parameter.name not in params:
                if parameter.required:
                    raise ValidationError(f"Validation failed. Please specify data for {parameter.name}.")
                continue
            arguments[parameter.name] = _fitted(parameter, value, bind)
        if self.takes_all:
            arguments.update((key, decoded(value)) for key, value in params.items() if key not in arguments)
        return arguments


def decoded(json: Any) -> Any:
    """A parameter as sent → a value; a typed form that makes no sense stays the map that it is."""
    if isinstance(json, dict):
        if isinstance(json.get("__type"), str) and json["__type"] != "Object":
            try:
                return decode_typed(json["__type"], json)
            except ParseError:
                return json
        return {key: decoded(value) for key, value in json.items()}
    if isinstance(json, list):
        return [decoded(item) for item in json]
    return number(json) if isinstance(json, float) else json


def _fitted(parameter: Parameter, json: Any, bind: Callable[[Pointer], ParseObject]) -> Any:
    value = decoded(json)
    if parameter.annotation is Any:
        return value

    def hook(wanted: type, given: Any) -> Any:
        if isinstance(given, Pointer) and issubclass(wanted, ParseObject):
            return bind(given)
        if isinstance(given, wanted):
            return given
        raise TypeError(f"expected {wanted.__name__}")

    try:
        return msgspec.convert(value, parameter.annotation, dec_hook=hook)
    except (msgspec.ValidationError, TypeError) as error:
        expected = _NAMES.get(parameter.annotation)
        if expected is not None:
            text = f"Validation failed. Invalid type for {parameter.name}. Expected: {expected}"
        else:
            text = f"Validation failed. Invalid value for {parameter.name}: {error}"
        raise ValidationError(text) from None
