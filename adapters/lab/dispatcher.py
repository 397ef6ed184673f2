"""The pretend machines behind the wire: runs pipelines of cmdlets for each endpoint, as PowerShell would, over one estate.

Which faults a cmdlet asks for: "refuse" (access denied), "throttle" (try later), "slow" (answers later), for reads "unread" (this subject
cannot be read), and in the middle of a move "half" (the user is left half moved). Cutting connections is the wire's business.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import Any

from adapters.lab.cmdlets.registry import CMDLETS, CmdletCall, CmdletOutput, WarningRecord
from adapters.lab.discovery import import_modules
from adapters.lab.estate.estate import Estate
from adapters.lab.estate.move_rules import NO_RIGHTS
from adapters.lab.faults import Fault, Faults
from adapters.lab.powershell.binding import BoundParameters, TerminatingError, bind, find_cmdlet, pipeline_parameter
from adapters.lab.powershell.select_object import SelectObject
from adapters.lab.powershell.syntax import CmdletSyntax
from adapters.lab.powershell.values import ErrorRecord, OutputStream, PSCommand

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


class CmdletDispatcher:
    """Implements `values.PipelineRunner`."""

    def __init__(self, estate: Estate, faults: Faults | None = None) -> None:
        self.estate, self.faults = estate, faults or Faults()

    async def run(self, endpoint: str, statements: Sequence[Sequence[PSCommand]], piped: Sequence[Any], out: OutputStream) -> None:
        """With several statements an error that ends one of them is reported and the next one is run, as PowerShell does."""
        for statement in statements:
            try:
                await self._run_pipeline(endpoint, statement, piped, out)
            except TerminatingError as refused:
                alone = len(statements) == 1
                record = refused.record
                await out.write_error(record if alone else _as_non_terminating(record))

    async def _run_pipeline(self, endpoint: str, commands: Sequence[PSCommand], piped: Sequence[Any], out: OutputStream) -> None:
        first, *rest = commands
        stages = [(find_cmdlet(command.name, MODULES[endpoint]), command) for command in rest]
        for syntax, command in reversed(stages):
            out = self._make_stage(endpoint, syntax, command, out)
        syntax = find_cmdlet(first.name, MODULES[endpoint])
        stage = CmdletStage(self, endpoint, syntax, first, out, has_input=bool(piped))
        if not piped:
            await stage.invoke()
        for item in piped:
            await stage.write(item)
        await stage.end()

    def _make_stage(self, endpoint: str, syntax: CmdletSyntax, command: PSCommand, out: OutputStream) -> OutputStream:
        if syntax.name == "Select-Object":
            return SelectObject(bind(syntax, command), out)
        return CmdletStage(self, endpoint, syntax, command, out, has_input=True)

    async def invoke(self, call: CmdletCall, out: OutputStream) -> None:
        """One call with all its parameters: asks for faults and for the confirmation, then lets the cmdlet speak."""
        subject = _subject(call)
        if record := await self._apply_faults(call, subject):
            await out.write_error(record)
            return
        if call.bound.syntax.kind == "write":
            _check_confirmation(call)
            if call.bound.get("WhatIf"):
                return
        function = CMDLETS.get((call.name, call.bound.syntax.module))
        if function is None:
            raise call.terminating_error(f"The lab does not know how {call.name} works.", "NotImplemented")
        answers = function(call)
        if isinstance(answers, AsyncIterator):
            async for said in answers:
                await _write(said, out)
        else:
            await _write_all(answers, out)

    async def _apply_faults(self, call: CmdletCall, subject: str) -> ErrorRecord | None:
        is_move = call.name == "Move-CsUser"  # its own time limit holds for a slow one
        fault = call.take_fault("refuse", "throttle", *(() if is_move else ("slow",)), subject=subject)
        if fault and fault.what == "slow":
            await asyncio.sleep(fault.seconds)
        elif fault and fault.what == "refuse":
            raise _access_denied_error(call, fault)
        elif fault:
            raise call.terminating_error(f"Too many requests have been sent. Retry after {fault.seconds:g} seconds.", "TooManyRequests")
        if call.bound.syntax.kind == "read" and call.take_fault("unread", subject=subject):
            return call.error(UNREAD, "ActiveDirectoryError", str(call.identity or subject) or None)
        return None


def _access_denied_error(call: CmdletCall, fault: Fault) -> TerminatingError:
    """Access denied, as AD says it to the servers and as the Teams module does; elsewhere the words are made up.

    https://github.com/mozziemozz/TeamsPhoneAutomation/issues/5
    """
    if call.endpoint == "teams" and not fault.words:
        return call.terminating_error("Access Denied.", fault.code or "Forbidden", INVALID_OPERATION)
    words = NO_RIGHTS if call.endpoint in ("sfb", "mover") else "Access is denied."
    return call.terminating_error(fault.words or words, fault.code or "AccessDenied", fault.category)


class CmdletStage:
    """A cmdlet in a pipeline: each object that arrives becomes one call."""

    def __init__(
        self, machine: CmdletDispatcher, endpoint: str, syntax: CmdletSyntax, command: PSCommand, out: OutputStream, has_input: bool
    ) -> None:
        self._machine, self._out = machine, out
        by_name = [name for name, _ in command.parameters if name]
        parameter = pipeline_parameter(syntax, by_name) if has_input else None
        if has_input and parameter is None:
            binding = "System.Management.Automation.ParameterBindingException"
            raise TerminatingError(ErrorRecord(NO_INPUT, f"InputObjectNotBound,{syntax.error_id_suffix}", 5, binding, terminating=True))
        self._parameter = parameter.name if parameter else ""
        self._bound: BoundParameters = bind(syntax, command, self._parameter or None)
        self._call = CmdletCall(machine.estate, machine.faults, endpoint, self._bound)

    async def invoke(self) -> None:
        await self._machine.invoke(self._call, self._out)

    async def write(self, thing: Any) -> None:
        await self._machine.invoke(self._call.with_input(_identity_of(thing), self._parameter), self._out)

    async def write_error(self, record: ErrorRecord) -> None:
        await self._out.write_error(record)

    async def write_warning(self, text: str) -> None:
        await self._out.write_warning(text)

    async def end(self) -> None:
        """Nothing is held back."""


async def _write_all(answers: Iterator[CmdletOutput], out: OutputStream) -> None:
    for said in answers:
        await _write(said, out)


async def _write(said: CmdletOutput, out: OutputStream) -> None:
    match said:
        case ErrorRecord():
            await out.write_error(said)
        case WarningRecord(text=text):
            await out.write_warning(text)
        case _:
            await out.write(said)


def _check_confirmation(call: CmdletCall) -> None:
    """There is nobody at a remote session who could answer."""
    bound, asks = call.bound, call.name.startswith(ASKS_FIRST) and call.bound.syntax.confirm
    wanted = bound.get("Confirm", asks and not bound.get("Force", False) and not bound.get("WhatIf", False))
    if wanted:
        raise call.terminating_error(CANNOT_ASK.format(call=call.name, subject=_subject(call)), "InvalidOperation")


def _subject(call: CmdletCall) -> str:
    for name in ("Identity", "User", "UserSipAddress", "ReplicaFqdn", "TelephoneNumber"):
        if name in call.bound.values:
            return str(getattr(call.bound[name], "text", None) or call.bound[name]).lower().removeprefix("sip:")
    return ""


def _identity_of(item: Any) -> Any:
    """An object from the pipeline stands for its identity, as pipeline binding by property name would have it."""
    properties = getattr(item, "properties", None)
    return item if properties is None else getattr(properties.get("Identity"), "text", None) or properties.get("Identity") or item


def _as_non_terminating(record: ErrorRecord) -> ErrorRecord:
    return replace(record, terminating=False)
