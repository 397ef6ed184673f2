"""Binds a command's parameters as PowerShell does, against the syntax in cmdlets.json, and says no with PowerShell's own errors.

Rules: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_parameter_sets
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from uuid import UUID

from adapters.lab.things import Command, Complaint, Credential

INVALID_ARGUMENT, NOT_FOUND = 5, 13  # ErrorCategory
BINDING = "System.Management.Automation.ParameterBindingException"
COMMON = {
    **dict.fromkeys(("verbose", "debug"), "SwitchParameter"),
    **dict.fromkeys(("erroraction", "warningaction", "informationaction"), "String"),
    **dict.fromkeys(("errorvariable", "warningvariable", "informationvariable", "outvariable", "pipelinevariable"), "String"),
    "outbuffer": "Int32",
}
WHOLE = {"Int32", "UInt32", "UInt64", "Integer", "int"}


@dataclass(frozen=True)
class Parameter:
    name: str
    type: str
    aliases: tuple[str, ...] = ()
    pipeline: Literal["both", "value", "name", ""] = ""
    values: tuple[str, ...] = ()
    position: int | None = None


@dataclass(frozen=True)
class Set:
    name: str
    mandatory: frozenset[str]
    takes: frozenset[str]
    default: bool = False


@dataclass(frozen=True)
class Syntax:
    """One cmdlet of one module."""

    name: str
    module: str
    kind: Literal["read", "write"]
    confirm: bool
    parameters: Mapping[str, Parameter]  # by name and alias in lower case
    sets: tuple[Set, ...]

    @property
    def fq(self) -> str:
        """The tail of its FullyQualifiedErrorIds: the .NET class. Only that of Move-CsUser is documented."""
        verb, _, noun = self.name.partition("-")
        if self.module == "SkypeForBusiness" and noun == "CsUser":
            return f"Microsoft.Rtc.Management.AD.Cmdlets.{verb}OcsUserCmdlet"
        return f"Microsoft.{self.module}.{verb}{noun}Cmdlet"


@dataclass(frozen=True)
class Bound:
    """A command whose parameters fit: values by the parameters' real names, the common ones aside."""

    syntax: Syntax
    values: Mapping[str, Any]
    set: str
    common: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)


class Refused(Exception):
    """PowerShell does not run this command: the error that ends the pipeline."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(complaint.text)
        self.complaint = complaint


@cache
def known() -> Mapping[tuple[str, str], Syntax]:
    """All cmdlets by lower-case name and module."""
    data = json.loads((files("adapters.lab") / "cmdlets.json").read_text())
    return {(entry["name"].lower(), entry["module"]): _syntax(entry) for entry in (*data["cmdlets"], *data["added"])}


def find(name: str, modules: Iterable[str]) -> Syntax:
    """The cmdlet as these modules give it; `Module\\Name` picks the module. The first module wins. Raises `Refused`."""
    module, _, bare = name.rpartition("\\")
    for candidate in [module] if module else modules:
        if syntax := known().get((bare.lower(), candidate)):
            return syntax
    text = (
        f"The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable program. "
        "Check the spelling of the name, or if a path was included, verify that the path is correct and try again."
    )
    raise Refused(
        Complaint(
            text, "CommandNotFoundException", NOT_FOUND, "System.Management.Automation.CommandNotFoundException", name, terminating=True
        )
    )


def bind(syntax: Syntax, command: Command, piped: str | None = None) -> Bound:
    """Raises `Refused`. `piped` names the parameter that gets its value from the pipeline."""
    values: dict[str, Any] = {}
    common: dict[str, Any] = {}
    for name, value in command.parameters:
        if name is not None and name.lower() in COMMON:
            common[name.lower()] = value
            continue
        parameter = _named(syntax, name) if name is not None else _next_positional(syntax, values, value)
        if parameter.name in values:
            raise _no(
                syntax, "ParameterAlreadyBound", f"Cannot bind parameter because parameter '{parameter.name}' is specified more than once."
            )
        values[parameter.name] = _fit(syntax, parameter, value)
    return Bound(syntax, values, _resolve(syntax, {*values, *([piped] if piped else [])}).name, common)


def pipeline_parameter(syntax: Syntax, given: Iterable[str] = ()) -> Parameter | None:
    """The parameter that takes pipeline input by value."""
    taken = {name.lower() for name in given}
    return next(
        (p for p in dict.fromkeys(syntax.parameters.values()) if p.pipeline in ("both", "value") and p.name.lower() not in taken), None
    )


def _syntax(entry: Mapping[str, Any]) -> Syntax:
    parameters: dict[str, Parameter] = {}
    for name, about in entry["parameters"].items():
        parameter = Parameter(
            name,
            about["type"],
            tuple(about.get("aliases", ())),
            about.get("pipeline", ""),
            tuple(about.get("values", ())),
            about.get("position"),
        )
        for known_as in (name, *parameter.aliases):
            parameters[known_as.lower()] = parameter
    for switch, wanted in (("Confirm", entry["confirm"]), ("WhatIf", entry["whatif"])):
        if wanted:
            parameters.setdefault(switch.lower(), Parameter(switch, "SwitchParameter"))
    sets = tuple(
        Set(one["name"], frozenset(one["mandatory"]), frozenset((*one["mandatory"], *one["optional"])), one.get("default", False))
        for one in entry["sets"]
    )
    return Syntax(entry["name"], entry["module"], entry["kind"], entry["confirm"], parameters, sets)


def _named(syntax: Syntax, name: str) -> Parameter:
    """By name, alias or unambiguous beginning."""
    if found := syntax.parameters.get(name.lower()):
        return found
    begun = {p.name: p for key, p in syntax.parameters.items() if key.startswith(name.lower())}
    if len(begun) == 1:
        return next(iter(begun.values()))
    if begun:
        matches = " ".join(f"-{one}" for one in begun)
        text = f"Parameter cannot be processed because the parameter name '{name}' is ambiguous. Possible matches include: {matches}."
        raise _no(syntax, "AmbiguousParameter", text)
    raise _no(syntax, "NamedParameterNotFound", f"A parameter cannot be found that matches parameter name '{name}'.")


def _next_positional(syntax: Syntax, values: Mapping[str, Any], value: Any) -> Parameter:
    free = [p for p in dict.fromkeys(syntax.parameters.values()) if p.position is not None and p.name not in values]
    if not free:
        raise _no(syntax, "PositionalParameterNotFound", f"A positional parameter cannot be found that accepts argument '{value}'.")
    return min(free, key=lambda parameter: parameter.position or 0)


def _fit(syntax: Syntax, parameter: Parameter, value: Any) -> Any:
    """The value as the parameter's type wants it. A switch that is there with null is on ([MS-PSRP], seen with real servers)."""
    if value is None and parameter.type == "SwitchParameter":
        return True
    if value is None and parameter.type != "Boolean" and parameter.type not in WHOLE:
        return None
    if parameter.values:
        return _one_of(syntax, parameter, value)
    try:
        return CONVERTERS.get(parameter.type, _anything)(value)
    except (TypeError, ValueError):
        raise _no(syntax, *_misfit(parameter, value)) from None


def _truth(value: Any) -> bool:
    if isinstance(value, bool | int):
        return bool(value)
    raise TypeError


def _credential(value: Any) -> Credential:
    if isinstance(value, Credential):
        return value
    raise TypeError


def _text(value: Any) -> Any:
    if isinstance(value, list | tuple | dict | Credential):
        raise TypeError
    return value


def _guid(value: Any) -> Any:
    UUID(str(value))
    return value


def _anything(value: Any) -> Any:
    return value


CONVERTERS: Mapping[str, Callable[[Any], Any]] = {
    **{"SwitchParameter": _truth, "Boolean": _truth, "PSCredential": _credential, "Guid": _guid, "guid": _guid},
    **dict.fromkeys(("Int32", "UInt32", "UInt64", "Integer", "int"), int),
    **dict.fromkeys(("String", "string", "Fqdn", "Uri", "UserIdParameter", "XdsIdentity", "SmtpAddress"), _text),
}


def _misfit(parameter: Parameter, value: Any) -> tuple[str, str]:
    """The error id and the text for a value of the wrong type."""
    shown = "" if value is None else f"{value}"
    if parameter.type == "Boolean":
        words = f'Cannot convert value "{shown}" to type "System.Boolean". Boolean parameters accept only Boolean values and numbers'
        text = f"Cannot process argument transformation on parameter '{parameter.name}'. {words}, such as $True, $False, 1 or 0 instead."
        return "ParameterArgumentTransformationError", text
    text = f'Cannot bind parameter \'{parameter.name}\'. Cannot convert value "{shown}" to type "{parameter.type}".'
    return "CannotConvertArgumentNoMessage", text


def _one_of(syntax: Syntax, parameter: Parameter, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_one_of(syntax, parameter, one) for one in value]
    for allowed in parameter.values:
        if str(value).lower() == allowed.lower():
            return allowed
    text = (
        f'Cannot bind parameter \'{parameter.name}\'. Cannot convert value "{value}" to type "{parameter.type}". Error: '
        f'"Unable to match the identifier name {value} to a valid enumerator name. Specify one of the following enumerator names '
        f'and try again: {", ".join(parameter.values)}"'
    )
    raise _no(syntax, "CannotConvertArgumentNoMessage", text)


def _resolve(syntax: Syntax, given: set[str]) -> Set:
    """The one parameter set that these names fit. Switches for confirmation belong to all of them."""
    names = given - {"Confirm", "WhatIf"}
    fitting = [one for one in syntax.sets if names <= one.takes]
    if not fitting:
        raise _no(syntax, "AmbiguousParameterSet", "Parameter set cannot be resolved using the specified named parameters.")
    complete = [one for one in fitting if one.mandatory <= names]
    if not complete:
        best = next((one for one in fitting if one.default), fitting[0])
        switches = all(syntax.parameters[name.lower()].type == "SwitchParameter" for name in best.mandatory - names)
        if switches or (len(fitting) > 1 and not best.default):
            raise _no(syntax, "AmbiguousParameterSet", "Parameter set cannot be resolved using the specified named parameters.")
        missing = " ".join(sorted(best.mandatory - names))
        text = f"Cannot process command because of one or more missing mandatory parameters: {missing}."
        raise _no(syntax, "MissingMandatoryParameter", text)
    return next((one for one in complete if one.default), complete[0])  # the pages name no default for many: the first printed counts


def _no(syntax: Syntax, fq: str, text: str) -> Refused:
    return Refused(Complaint(text, f"{fq},{syntax.fq}", INVALID_ARGUMENT, BINDING, terminating=True))
