"""One pipeline as it runs: the pretend machine writes, the messages wait in its stream."""

import asyncio
import logging
import struct
from collections.abc import Iterator
from typing import Any, Literal
from uuid import UUID

from psrpcore.types import PSRPMessageType

from adapters.lab.powershell.values import ErrorRecord, PipelineRunner, PSCommand
from adapters.lab.remoting import clixml
from adapters.lab.remoting.message_queue import MessageQueue

log = logging.getLogger(__name__)

NO_SCRIPTS = ErrorRecord(
    "The syntax is not supported by this runspace. This can occur if the runspace is in no-language mode.",
    "ScriptsNotAllowed",
    17,
    "System.Management.Automation.ParentContainsErrorRecordException",
    terminating=True,
)
STOPPED = ErrorRecord("The pipeline has been stopped.", "PipelineStopped", 14, "System.Management.Automation.PipelineStoppedException")
_BROKEN = ErrorRecord("The pretend machine broke; see the lab's log.", "InternalError", terminating=True)
_STATES = {"stopped": 3, "completed": 4, "failed": 5}


class Pipeline:
    """One command of a shell. Its task goes on whatever becomes of the client's connection."""

    def __init__(self, identity: UUID, shell: UUID, endpoint: str, machine: PipelineRunner, numbers: Iterator[int]) -> None:
        self.id, self.shell, self.endpoint, self.stream = identity, shell, endpoint, MessageQueue()
        self.statements: list[list[PSCommand]] = []
        self.piped: list[Any] = []
        self._is_script = self._is_complete = self._may_run = False
        self.task: asyncio.Task[None] | None = None
        self._machine, self._numbers = machine, numbers
        self._failed: ErrorRecord | None = None
        self._written = 0

    @property
    def activity(self) -> str:
        return self.statements[0][0].name if self.statements and self.statements[0] else ""

    def set_statements(self, statements: list[list[PSCommand]], no_input: bool, is_script: bool) -> None:
        """What is to be run, once it may and unless pipeline input follows."""
        self.statements, self._is_script, self._is_complete = statements, is_script, no_input
        self._start()

    def allow_start(self) -> None:
        """It may run from now on."""
        self._may_run = True
        self._start()

    def end_input(self) -> None:
        self._is_complete = True
        self._start()

    async def stop(self) -> None:
        """Cancels what runs and waits until it has ended."""
        if self.task and not self.task.done():
            self.task.cancel()
            await asyncio.wait([self.task])
        if not self.stream.ended:  # it was cancelled before its first line
            self._end("stopped", STOPPED)

    async def write(self, thing: Any) -> None:
        if not self._failed:
            self._put(PSRPMessageType.PipelineOutput, clixml.serialize_output(thing))
            await self._yield_to_others()

    async def write_error(self, record: ErrorRecord) -> None:
        if self._failed:
            return
        if record.terminating:
            self._failed = record
        else:
            self._put(PSRPMessageType.ErrorRecord, clixml.serialize_error(record, self.activity))
            await self._yield_to_others()

    async def write_warning(self, text: str) -> None:
        self._put(PSRPMessageType.WarningRecord, clixml.serialize_warning(text))

    def _start(self) -> None:
        if self._may_run and self._is_complete and not self.task:
            self.task = asyncio.create_task(self._run(), name=f"{self.endpoint} {self.activity}")

    async def _run(self) -> None:
        try:
            if self._is_script:
                await self.write_error(NO_SCRIPTS)
            else:
                await self._machine.run(self.endpoint, self.statements, self.piped, self)
        except asyncio.CancelledError:
            self._end("stopped", STOPPED)
        except Exception:
            log.exception("%s broke", self.activity)
            self._end("failed", _BROKEN)
        else:
            self._end("failed" if self._failed else "completed", self._failed)

    def _end(self, state: Literal["stopped", "completed", "failed"], why: ErrorRecord | None) -> None:
        self._put(PSRPMessageType.PipelineState, clixml.serialize_state(_STATES[state], why, self.activity))
        self.stream.end()

    def _put(self, kind: PSRPMessageType, text: str) -> None:
        header = struct.pack("<II", 1, kind.value) + self.shell.bytes_le + self.id.bytes_le
        self.stream.put(next(self._numbers), header + text.encode())

    async def _yield_to_others(self) -> None:
        """Lets others on now and then, and waits for a reader who is slow."""
        self._written += 1
        if self._written % 200 == 0:
            await asyncio.sleep(0)
        await self.stream.wait_for_room()
