"""One pipeline on its way: prepared, then read page by page or carried out once. Everything here blocks."""

import time
from functools import partial
from typing import Any

from pypsrp.complex_objects import Command, PSInvocationState
from pypsrp.powershell import PowerShell
from pypsrp.shell import SignalCode

from adapters.powershell.errors import (
    UNKNOWN,
    is_about_everybody,
    is_lost,
    opening_error,
    refusal,
    refusal_in_output,
    remote_error,
    unreachable_error,
    was_never_sent,
    was_turned_away,
)
from adapters.powershell.parameters import Secrets, check_text, names_of_secrets, secrets_of, to_argument, to_row
from adapters.powershell.runspace import FAR, Abandoned, Runspace
from bot.calls import Cmdlet, RemoteObject
from bot.errors import GatewayError, InDoubt, Refused, Unreachable
from bot.evidence import clean_text, reason_of
from bot.gateway import ReadResult, RemoteError
from bot.i18n import say

POLL = 2  # seconds of one long poll: it returns as soon as there is data, so this costs no time
PAGE = 300  # rows


def prepare_pipeline(runspace: Runspace, secrets: Secrets, call: Cmdlet, each: tuple[str, ...]) -> "RemotePipeline":
    """Everything is resolved and nothing sent, but for the keys that are exchanged when a secret is to travel."""
    try:
        if names_of_secrets(call):
            runspace.pool.exchange_keys()
    except FAR as error:
        runspace.broken = True
        raise unreachable_error(error) from error
    try:
        pipeline, hidden = _pipeline(runspace, secrets, call, each), secrets_of(call, secrets)
    except (KeyError, OSError) as error:
        names = ", ".join(names_of_secrets(call))
        raise Refused(say("A secret of {cmdlet} cannot be read: {names}", cmdlet=call.name, names=names), "secret") from error
    except UnicodeError as error:
        raise Refused(say("A value of {cmdlet} holds characters that no text may hold", cmdlet=call.name), "text") from error
    identity = call.parameters.get("Identity")
    asked = each or ((identity,) if isinstance(identity, str) else ())
    return RemotePipeline(runspace, pipeline, asked, () if call.each_as else tuple(map(check_text, each)), hidden)


def _pipeline(runspace: Runspace, secrets: Secrets, call: Cmdlet, each: tuple[str, ...]) -> PowerShell:
    pipeline = PowerShell(runspace.pool)
    for number, more in enumerate([{call.each_as: value} for value in each] if call.each_as else [{}]):
        if number:
            pipeline.add_statement()
        pipeline.add_cmdlet(call.name)
        for name, value in {**call.parameters, **more}.items():
            pipeline.add_parameter(name, to_argument(value, runspace.pool, secrets))
        if call.pick:  # the rest of each object stays there
            pipeline.add_cmdlet("Select-Object").add_parameter("Property", list(call.pick))
    for command in pipeline.commands:  # pypsrp copies them deeply twice before it sends them; nobody changes them any more
        command.__deepcopy__ = partial(_return_itself, command)
    return pipeline


def _return_itself(command: Command, memo: object) -> Command:
    return command


class RemotePipeline:
    """`asked` are the subjects it is about, `piped` its pipeline input, `hidden` the secrets that go with it and are told to nobody."""

    def __init__(
        self, runspace: Runspace, pipeline: PowerShell, asked: tuple[str, ...], piped: tuple[str, ...], hidden: tuple[str, ...]
    ) -> None:
        self._runspace, self._pipeline, self._asked, self._piped, self._hidden = runspace, pipeline, asked, piped, hidden
        self._ends_at = 0.0
        self._known = False  # the far end has confirmed that it has the command
        self._missed = False  # an answer of the pipeline may have been lost
        self._lost_at: float | None = None  # since when there has been no connection
        self._stopping = False

    @property
    def id(self) -> str:
        return str(self._pipeline.id)

    @property
    def is_running(self) -> bool:
        return bool(self._pipeline.state == PSInvocationState.RUNNING)

    def read_page(self) -> ReadResult:
        """The next few hundred rows of a read. Raises when the whole read failed, also when an answer may have been lost on the way."""
        rows: list[RemoteObject] = []
        try:
            if self._pipeline.state == PSInvocationState.NOT_STARTED:
                self._send()
            while self.is_running and len(rows) < PAGE:
                self._poll()
                rows += self._take_output()
        except FAR as error:
            self._runspace.broken = True
            raise unreachable_error(error) from error
        if self.is_running:
            self._ends_at = time.monotonic() + self._runspace.endpoint.seconds
        else:
            self._end()
        if self._stopping:
            raise Unreachable(say("The read took too long and was stopped"), "time")
        return ReadResult(tuple(rows), self._errors(), self._warnings())

    def execute(self) -> ReadResult:
        """A write, exactly once. Raises `Unreachable`, `Refused` or `InDoubt`."""
        rows: list[RemoteObject] = []
        self._send_once()
        while self.is_running:
            self._poll_with_reconnect()
            rows += self._take_output()
        self._end()
        if self._pipeline.state == PSInvocationState.STOPPED:
            raise InDoubt(say("It took too long and was stopped"), "time")
        if records := self._pipeline.streams.error:
            raise self._refusal([*records])
        if refused := refusal_in_output(rows):
            raise refused
        return ReadResult(tuple(rows), (), self._warnings())

    def _refusal(self, records: list[Any]) -> Refused:
        """The error that counts, and behind it whatever else was said: the one that ended the pipeline, or the first."""
        main = len(records) - 1 if self._pipeline.had_errors else 0
        errors = [remote_error(record, self._asked, *self._hidden) for record in records]
        refused = errors[main].refusal()
        others = [error.text for n, error in enumerate(errors) if n != main] + [f"WARNING: {text}" for text in self._warnings()]
        refused.words = clean_text("\n".join([errors[main].text, *others]))
        return refused

    def stop(self) -> None:
        """Gives up a read that nobody wants any more."""
        try:
            self._tell_to_stop()
            while self.is_running:
                self._poll()
                self._pipeline.output.clear()
            self._end()
        except (*FAR, Abandoned, GatewayError):
            self._runspace.broken = True

    def _send(self) -> None:
        self._ends_at = time.monotonic() + self._runspace.endpoint.seconds
        piped = (list(part) for part in [self._piped]) if self._piped else None
        self._pipeline.begin_invoke(input=piped, remote_stream_options=0)
        self._known = True

    def _send_once(self) -> None:
        """When the answer to the command is lost it may have arrived: then we go on as if it had, and find out by asking for its output."""
        try:
            self._send()
        except FAR as error:
            if self.is_running:  # the command arrived, its input did not
                raise self._in_doubt(error) from error
            if was_never_sent(error) or was_turned_away(error):
                self._runspace.broken = True
                raise opening_error(error) from error
            self._runspace.reconnect()
            self._pipeline._command_id = self._pipeline.id
            self._pipeline.state = PSInvocationState.RUNNING
            self._runspace.pool.pipelines[self._pipeline.id] = self._pipeline

    def _poll_with_reconnect(self) -> None:
        """One poll that outlives a lost connection: the pipeline is not tied to it."""
        try:
            self._poll()
            self._known, self._lost_at = True, None
        except Abandoned:
            self._runspace.delete = False
            raise
        except FAR as error:
            if not is_lost(error):
                raise self._never_arrived_or_in_doubt(error) from error
            self._missed = self._missed or not was_never_sent(error)
            self._lost_at = self._lost_at or time.monotonic()
            if time.monotonic() - self._lost_at > self._runspace.endpoint.patience:
                raise self._in_doubt(error) from error
            self._runspace.reconnect()

    def _poll(self) -> None:
        if self._runspace.leaving:
            raise Abandoned
        if time.monotonic() > self._ends_at:
            if self._stopping:
                raise TimeoutError("it does not stop")
            self._tell_to_stop()
        self._pipeline.poll_invoke(timeout=POLL)

    def _tell_to_stop(self) -> None:
        if self.is_running:
            self._runspace.pool.shell.signal(SignalCode.PS_CTRL_C, self.id)
        self._stopping = True
        self._ends_at = time.monotonic() + self._runspace.endpoint.patience

    def _never_arrived_or_in_doubt(self, error: BaseException) -> GatewayError:
        """The far end does not know the command: it never did, if no answer can have been lost and the shell itself is still there."""
        doubt = self._in_doubt(error)
        if getattr(error, "code", None) != UNKNOWN:
            return doubt
        self._runspace.delete = True  # nothing of ours runs there any more
        if self._known or self._missed or not self._runspace.is_alive():
            return doubt
        return Unreachable(say("The connection was lost before the command arrived"), "lost")

    def _in_doubt(self, error: BaseException) -> InDoubt:
        self._runspace.broken, self._runspace.delete = True, False
        return InDoubt(say("It was sent, and the answer was lost: {words}", words=reason_of(error)), "lost")

    def _take_output(self) -> list[RemoteObject]:
        """Takes what has arrived and drops the rest: kept objects hold their XML."""
        rows = [to_row(value) for value in self._pipeline.output]
        self._pipeline.output.clear()
        return rows

    def _errors(self) -> tuple[RemoteError, ...]:
        """Errors that each answer for a subject, or for some of those who were asked about together and nobody can say for whom.

        Raises for one that speaks about everybody.
        """
        records = list(self._pipeline.streams.error)
        self._pipeline.streams.error.clear()
        errors = tuple(remote_error(record, self._asked, *self._hidden) for record in records)
        for record, error in zip(records, errors, strict=True):
            if not error.target and self._is_about_all(error, record.category):
                raise refusal(error, record.category)
        if self._pipeline.had_errors and not errors:
            raise Unreachable(say("The read failed"), "failed")
        if self._pipeline.had_errors and not errors[-1].absent and self._is_about_all(errors[-1], records[-1].category):
            raise refusal(errors[-1], records[-1].category)
        return errors

    def _is_about_all(self, error: RemoteError, category: int) -> bool:
        """Whether nobody is left who could be asked without the one whom this error may be about."""
        return len(self._asked) < 2 or is_about_everybody(error, category)

    def _warnings(self) -> tuple[str, ...]:
        texts = tuple(clean_text(str(record.message), *self._hidden) for record in self._pipeline.streams.warning)
        self._pipeline.streams.warning.clear()
        return texts

    def _end(self) -> None:
        """Forgets the command at the far end: it counts against the shell's quota until then."""
        try:
            self._pipeline.close()
        except FAR:
            self._runspace.broken = True
