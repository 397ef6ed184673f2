"""Binds a command's parameters as PowerShell does, and says no with PowerShell's own errors.

Rules: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_parameter_sets
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.lab.powershell.conversion import ConversionError, convert
from adapters.lab.powershell.syntax import CmdletSyntax, Parameter, ParameterSet, known_cmdlets
from adapters.lab.powershell.values import ErrorRecord, PSCommand

INVALID_ARGUMENT, NOT_FOUND = 5, 13  # ErrorCategory
BINDING = "System.Management.Automation.ParameterBindingException"
UNKNOWN_CMDLET = "System.Management.Automation.CommandNotFoundException"
COMMON = {
    *("verbose", "debug", "erroraction", "warningaction", "informationaction", "outbuffer"),
    *("errorvariable", "warningvariable", "informationvariable", "outvariable", "pipelinevariable"),
}
NOT_RESOLVED = "Parameter set cannot be resolved using the specified named parameters."


@dataclass(frozen=True)
class BoundParameters:
    """A command whose parameters fit: values by the parameters' real names; common ones (Verbose, ErrorAction, …) are dropped."""

    syntax: CmdletSyntax
    values: Mapping[str, Any]
    set: str

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)


class TerminatingError(Exception):
    """PowerShell does not run this command: the error that ends the pipeline."""

    def __init__(self, record: ErrorRecord) -> None:
        super().__init__(record.text)
        self.record = record


def find_cmdlet(name: str, modules: Iterable[str]) -> CmdletSyntax:
    """The cmdlet as these modules give it, the first module first; `Module\\Name` picks one. Raises `TerminatingError`."""
    module, _, bare = name.rpartition("\\")
    for candidate in modules:
        syntax = known_cmdlets().get((bare.lower(), candidate))
        if syntax and module.lower() in ("", candidate.lower()):
            return syntax
    text = (
        f"The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable program. "
        "Check the spelling of the name, or if a path was included, verify that the path is correct and try again."
    )
    raise TerminatingError(ErrorRecord(text, "CommandNotFoundException", NOT_FOUND, UNKNOWN_CMDLET, name, terminating=True))


def bind(syntax: CmdletSyntax, command: PSCommand, piped: str | None = None) -> BoundParameters:
    """Raises `TerminatingError`. `piped` names the parameter that gets its value from the pipeline."""
    values: dict[str, Any] = {}
    for name, value in command.parameters:
        if name is not None and name.lower() in COMMON:
            continue
        parameter = _find_parameter(syntax, name) if name is not None else _next_positional_parameter(syntax, values, value)
        if parameter.name in values:
            text = f"Cannot bind parameter because parameter '{parameter.name}' is specified more than once."
            raise _binding_error(syntax, "ParameterAlreadyBound", text)
        values[parameter.name] = _convert(syntax, parameter, value)
    chosen = _resolve(syntax, {*values, *([piped] if piped else [])})
    if "Identity" in chosen.mandatory and values.get("Identity", piped) in (None, ""):
        raise _binding_error(
            syntax, "ParameterArgumentValidationErrorNullNotAllowed", "Cannot bind argument to parameter 'Identity' because it is null."
        )
    return BoundParameters(syntax, values, chosen.name)


def pipeline_parameter(syntax: CmdletSyntax, given: Iterable[str] = ()) -> Parameter | None:
    """The parameter that takes pipeline input by value: of several the first positional one, as default sets have it."""
    taken = {name.lower() for name in given}
    by_value = [one for one in dict.fromkeys(syntax.parameters.values()) if one.pipeline in ("both", "value")]
    free = [one for one in by_value if one.name.lower() not in taken]
    return min(free, key=lambda one: (one.position is None, one.position or 0), default=None)


def _find_parameter(syntax: CmdletSyntax, name: str) -> Parameter:
    """By name, alias or unambiguous beginning."""
    if found := syntax.parameters.get(name.lower()):
        return found
    begun = {p.name: p for key, p in syntax.parameters.items() if key.startswith(name.lower())}
    if len(begun) == 1:
        return next(iter(begun.values()))
    if begun:
        matches = " ".join(f"-{one}" for one in begun)
        text = f"Parameter cannot be processed because the parameter name '{name}' is ambiguous. Possible matches include: {matches}."
        raise _binding_error(syntax, "AmbiguousParameter", text)
    raise _binding_error(syntax, "NamedParameterNotFound", f"A parameter cannot be found that matches parameter name '{name}'.")


def _next_positional_parameter(syntax: CmdletSyntax, values: Mapping[str, Any], value: Any) -> Parameter:
    free = [p for p in dict.fromkeys(syntax.parameters.values()) if p.position is not None and p.name not in values]
    if not free:
        raise _binding_error(
            syntax, "PositionalParameterNotFound", f"A positional parameter cannot be found that accepts argument '{value}'."
        )
    return min(free, key=lambda parameter: parameter.position or 0)


def _convert(syntax: CmdletSyntax, parameter: Parameter, value: Any) -> Any:
    try:
        return convert(parameter, value)
    except ConversionError as misfit:
        raise _binding_error(syntax, misfit.error_id, misfit.text) from None


def _resolve(syntax: CmdletSyntax, given: set[str]) -> ParameterSet:
    """The one parameter set that these names fit. Where the page names no default the first printed counts."""
    names = given - {"Confirm", "WhatIf"}  # belong to all of them
    fitting = [one for one in syntax.sets if names <= one.takes]
    complete = [one for one in fitting if one.mandatory <= names]
    if complete:
        return next((one for one in complete if one.default), complete[0])
    best = next((one for one in fitting if one.default), fitting[0] if len(fitting) == 1 else None)
    missing = sorted(best.mandatory - names) if best else []
    if all(syntax.parameters[name.lower()].type == "SwitchParameter" for name in missing):  # nobody is asked for a switch
        raise _binding_error(syntax, "AmbiguousParameterSet", NOT_RESOLVED)
    text = f"Cannot process command because of one or more missing mandatory parameters: {' '.join(missing)}."
    raise _binding_error(syntax, "MissingMandatoryParameter", text)


def _binding_error(syntax: CmdletSyntax, fq: str, text: str) -> TerminatingError:
    return TerminatingError(ErrorRecord(text, f"{fq},{syntax.error_id_suffix}", INVALID_ARGUMENT, BINDING, terminating=True))
