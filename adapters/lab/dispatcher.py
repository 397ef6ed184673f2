"""The pretend machines behind the wire: runs pipelines of cmdlets for each place, as PowerShell would, over one estate.

Which faults a cmdlet asks for: "refuse" (access denied), "throttle" (try later), "slow" (answers later), for reads "unread" (this subject
cannot be read), and in the middle of a move "half" (the user is left half moved). Cutting connections is the wire's business.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import Any

from adapters.lab.cmdlets.registry import CMDLETS, Call, ParsedCommand, Warned
from adapters.lab.discovery import import_modules
from adapters.lab.estate.estate import Estate
from adapters.lab.estate.move_rules import NO_RIGHTS
from adapters.lab.faults import Fault, Faults
from adapters.lab.powershell.binding import Bound, Refused, bind, find, pipeline_parameter
from adapters.lab.powershell.select_object import Selected
from adapters.lab.powershell.syntax import Syntax
from adapters.lab.powershell.values import Command, Complaint, Out

import_modules("adapters.lab.cmdlets")

GENERAL = ("Microsoft.PowerShell.Core", "Microsoft.PowerShell.Utility")
MODULES = {
    "sfb": ("SkypeForBusiness", *GENERAL),
    "mover": ("SkypeForBusiness", *GENERAL),
    "teams": ("MicrosoftTeams", *GENERAL),
    "sync": ("ADSync", "ADSyncDiagnostics", *GENERAL),
    "exchange": ("ExchangePowerShell", *GENERAL),
}
INVALID_OPERATION = 7  # ErrorCategory
ASKS_FIRST = ("Move-", "Remove-", "Disable-")  # ConfirmImpact high
UNREAD = (
    'Active Directory error "-2147016672" occurred while searching for domain controllers in domain "contoso.com": '
    '"An operations error occurred."'
)
NO_INPUT = (
    "The input object cannot be bound to any parameters for the command either because the command does not take pipeline input "
    "or the input and its properties do not match any of the parameters that take pipeline input."
)
CANNOT_ASK = (
    'Exception calling "PromptForChoice" with "4" argument(s): "A command that prompts the user failed because the host program '
    "or the command type does not support user interaction. The host was attempting to request confirmation with the following "
    'message: Performing the operation "{call}" on target "{subject}"."'
)


class PretendMachine:
    """Implements `things.Machine`."""

    def __init__(self, estate: Estate, faults: Faults | None = None) -> None:
        self.estate, self.faults = estate, faults or Faults()

    async def run(self, place: str, statements: Sequence[Sequence[Command]], piped: Sequence[Any], out: Out) -> None:
        """With several statements an error that ends one of them is reported and the next one is run, as PowerShell does."""
        for statement in statements:
            try:
                await self._pipeline(place, statement, piped, out)
            except Refused as refused:
                alone = len(statements) == 1
                complaint = refused.complaint
                await out.complain(complaint if alone else _going_on(complaint))

    async def _pipeline(self, place: str, commands: Sequence[Command], piped: Sequence[Any], out: Out) -> None:
        first, *rest = commands
        stages = [(find(command.name, MODULES[place]), command) for command in rest]
        for syntax, command in reversed(stages):
            out = self._stage(place, syntax, command, out)
        syntax = find(first.name, MODULES[place])
        feeding = Feeding(self, place, syntax, first, out, has_input=bool(piped))
        if not piped:
            await feeding.call()
        for item in piped:
            await feeding.write(item)
        await feeding.end()

    def _stage(self, place: str, syntax: Syntax, command: Command, out: Out) -> Out:
        if syntax.name == "Select-Object":
            return Selected(bind(syntax, command), out)
        return Feeding(self, place, syntax, command, out, has_input=True)

    async def call(self, call: Call, out: Out) -> None:
        """One call with all its parameters: asks for faults and for the confirmation, then lets the cmdlet speak."""
        subject = _subject(call)
        if complaint := await self._fault(call, subject):
            await out.complain(complaint)
            return
        if call.bound.syntax.kind == "write":
            _confirm(call)
            if call.bound.get("WhatIf"):
                return
        function = CMDLETS.get((call.name, call.bound.syntax.module))
        if function is None:
            raise call.stop(f"The lab does not know how {call.name} works.", "NotImplemented")
        answers = function(call)
        if isinstance(answers, AsyncIterator):
            async for said in answers:
                await _say(said, out)
        else:
            await _say_all(answers, out)

    async def _fault(self, call: Call, subject: str) -> Complaint | None:
        is_move = call.name == "Move-CsUser"  # its own time limit holds for a slow one
        fault = call.strike("refuse", "throttle", *(() if is_move else ("slow",)), subject=subject)
        if fault and fault.what == "slow":
            await asyncio.sleep(fault.seconds)
        elif fault and fault.what == "refuse":
            raise _denied(call, fault)
        elif fault:
            raise call.stop(f"Too many requests have been sent. Retry after {fault.seconds:g} seconds.", "TooManyRequests")
        if call.bound.syntax.kind == "read" and call.strike("unread", subject=subject):
            return call.refused(UNREAD, "ActiveDirectoryError", str(call.identity or subject) or None)
        return None


def _denied(call: Call, fault: Fault) -> Refused:
    """Access denied, as AD says it to the servers and as the Teams module does; elsewhere the words are made up.

    https://github.com/mozziemozz/TeamsPhoneAutomation/issues/5
    """
    if call.place == "teams" and not fault.words:
        return call.stop("Access Denied.", fault.code or "Forbidden", INVALID_OPERATION)
    words = NO_RIGHTS if call.place in ("sfb", "mover") else "Access is denied."
    return call.stop(fault.words or words, fault.code or "AccessDenied", fault.category)


class Feeding:
    """A cmdlet in a pipeline: each object that arrives becomes one call."""

    def __init__(self, machine: PretendMachine, place: str, syntax: Syntax, command: Command, out: Out, has_input: bool) -> None:
        self._machine, self._out = machine, out
        by_name = [name for name, _ in command.parameters if name]
        parameter = pipeline_parameter(syntax, by_name) if has_input else None
        if has_input and parameter is None:
            binding = "System.Management.Automation.ParameterBindingException"
            raise Refused(Complaint(NO_INPUT, f"InputObjectNotBound,{syntax.fq}", 5, binding, terminating=True))
        self._parameter = parameter.name if parameter else ""
        self._bound: Bound = bind(syntax, command, self._parameter or None)
        self._call = Call(machine.estate, machine.faults, place, self._bound)

    async def call(self) -> None:
        await self._machine.call(self._call, self._out)

    async def write(self, thing: Any) -> None:
        await self._machine.call(self._call.of(_identity_of(thing), self._parameter), self._out)

    async def complain(self, complaint: Complaint) -> None:
        await self._out.complain(complaint)

    async def warn(self, text: str) -> None:
        await self._out.warn(text)

    async def end(self) -> None:
        """Nothing is held back."""


async def _say_all(answers: Iterator[ParsedCommand], out: Out) -> None:
    for said in answers:
        await _say(said, out)


async def _say(said: ParsedCommand, out: Out) -> None:
    match said:
        case Complaint():
            await out.complain(said)
        case Warned(text=text):
            await out.warn(text)
        case _:
            await out.write(said)


def _confirm(call: Call) -> None:
    """There is nobody at a remote session who could answer."""
    bound, asks = call.bound, call.name.startswith(ASKS_FIRST) and call.bound.syntax.confirm
    wanted = bound.get("Confirm", asks and not bound.get("Force", False) and not bound.get("WhatIf", False))
    if wanted:
        raise call.stop(CANNOT_ASK.format(call=call.name, subject=_subject(call)), "InvalidOperation")


def _subject(call: Call) -> str:
    for name in ("Identity", "User", "UserSipAddress", "ReplicaFqdn", "TelephoneNumber"):
        if name in call.bound.values:
            return str(getattr(call.bound[name], "text", None) or call.bound[name]).lower().removeprefix("sip:")
    return ""


def _identity_of(item: Any) -> Any:
    """An object from the pipeline stands for its identity, as pipeline binding by property name would have it."""
    properties = getattr(item, "properties", None)
    return item if properties is None else getattr(properties.get("Identity"), "text", None) or properties.get("Identity") or item


def _going_on(complaint: Complaint) -> Complaint:
    return replace(complaint, terminating=False)
