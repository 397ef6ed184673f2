"""The cmdlets that the pretend machines know: names, parameters and parameter sets, read from cmdlets.json."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Parameter:
    name: str
    type: str
    aliases: tuple[str, ...] = ()
    pipeline: Literal["both", "value", "name", ""] = ""
    values: tuple[str, ...] = ()
    position: int | None = None


@dataclass(frozen=True)
class ParameterSet:
    name: str
    mandatory: frozenset[str]
    takes: frozenset[str]
    default: bool = False


@dataclass(frozen=True, kw_only=True)
class CmdletSyntax:
    """One cmdlet of one module."""

    name: str
    module: str
    kind: Literal["read", "write"]
    confirm: bool
    #: By name and alias in lower case
    parameters: Mapping[str, Parameter]
    sets: tuple[ParameterSet, ...]

    @property
    def error_id_suffix(self) -> str:
        """The tail of its FullyQualifiedErrorIds: the .NET class. Only that of Move-CsUser is documented."""
        verb, _, noun = self.name.partition("-")
        if self.module == "SkypeForBusiness" and noun == "CsUser":
            return f"Microsoft.Rtc.Management.AD.Cmdlets.{verb}OcsUserCmdlet"
        return f"Microsoft.{self.module}.{verb}{noun}Cmdlet"


@cache
def known_cmdlets() -> Mapping[tuple[str, str], CmdletSyntax]:
    """All cmdlets by lower-case name and module."""
    data = json.loads((files("adapters.lab.powershell") / "cmdlets.json").read_text())
    return {(entry["name"].lower(), entry["module"]): _parse_entry(entry) for entry in (*data["cmdlets"], *data["added"])}


def _parse_entry(entry: Mapping[str, Any]) -> CmdletSyntax:
    parameters: dict[str, Parameter] = {}
    for name, about in entry["parameters"].items():
        parameter = Parameter(
            name=name,
            type=about["type"],
            aliases=tuple(about.get("aliases", ())),
            pipeline=about.get("pipeline", ""),
            values=tuple(about.get("values", ())),
            position=about.get("position"),
        )
        for known_as in (name, *parameter.aliases):
            parameters[known_as.lower()] = parameter
    for switch, wanted in (("Confirm", entry["confirm"]), ("WhatIf", entry["whatif"])):
        if wanted:
            parameters.setdefault(switch.lower(), Parameter(name=switch, type="SwitchParameter"))
    sets = tuple(
        ParameterSet(one["name"], frozenset(one["mandatory"]), frozenset((*one["mandatory"], *one["optional"])), one.get("default", False))
        for one in entry["sets"]
    )
    return CmdletSyntax(
        name=entry["name"], module=entry["module"], kind=entry["kind"], confirm=entry["confirm"], parameters=parameters, sets=sets
    )
