"""Shells: PSRP messages in (read by psrpcore), what it answers by itself, and the shell's pipelines."""

import struct
import time
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import ParseError

import psrpcore
from psrpcore.types import PSCredential, PSSecureString, RunspacePoolState

from adapters.lab.powershell.values import Credential, PipelineRunner, PSCommand
from adapters.lab.remoting.message_queue import MessageQueue
from adapters.lab.remoting.pipeline import Pipeline
from adapters.lab.remoting.soap import SoapFault

UNKNOWN = SoapFault(2150858843, "w:InvalidSelectors", "The request contained invalid selectors: there is no such shell or command.")
MALFORMED = SoapFault(2150858767, "w:SchemaValidationError", "The request is not valid.")
CROWDED = SoapFault(None, "w:InternalError", "The maximum number of concurrent commands per shell has been exceeded.")


class Shell:
    """One runspace pool of one user."""

    def __init__(self, endpoint: str, owner: str, name: str, idle: float, machine: PipelineRunner) -> None:
        self.endpoint, self.owner, self.name, self.idle, self.machine = endpoint, owner, name, idle, machine
        self.stream, self.pipelines = MessageQueue(), dict[UUID, Pipeline]()
        self.connected, self.touched = True, time.monotonic()
        self._pool = psrpcore.ServerRunspacePool()
        self._numbers = count(2**32)  # of messages: far from psrpcore's own

    @property
    def id(self) -> UUID:
        return UUID(int=self._pool.runspace_pool_id.int)

    def begin_pipeline(self, identity: UUID, first: bytes, most: int) -> Pipeline:
        """Takes the first fragment of a new pipeline; psrpcore must know the pipeline before it is fed."""
        if len(self.pipelines) >= most:
            raise CROWDED
        psrpcore.ServerPipeline(self._pool, identity)
        pipeline = self.pipelines[identity] = Pipeline(identity, self.id, self.endpoint, self.machine, self._numbers)
        self.feed(first)
        return pipeline

    def feed(self, data: bytes) -> None:
        """Fragments from the client, for the pool or for a pipeline: they say themselves which."""
        self._receive(data)
        if said := self._own_messages():
            self.stream.put_fragments(said)

    async def end(self, identity: UUID) -> None:
        """Stops a command and forgets it."""
        pipeline = self.pipelines.pop(identity, None)
        if pipeline:
            await pipeline.stop()
        self._pool.pipeline_table.pop(identity, None)

    async def close(self) -> None:
        for identity in list(self.pipelines):
            await self.end(identity)
        self.stream.end()

    def attach(self, data: bytes) -> bytes:
        """A new client takes over a disconnected shell. Capability and counts go inline; private data and state wait to be received."""
        self._pool.state = RunspacePoolState.Disconnected
        self._pool.connect()
        self._pool.prepare_message(self._pool.our_capability)  # psrpcore leaves this one to us
        self._receive(data)
        said = self._own_messages()
        second = _first_fragment_end(said)
        third = second + _first_fragment_end(said[second:])
        self.stream.put_fragments(said[third:])
        return said[:third]

    def _own_messages(self) -> bytes:
        """What psrpcore answers by itself: negotiation, keys, runspace counts. All of it is small and about the pool."""
        parts = iter(lambda: self._pool.data_to_send(32_768), None)
        return b"".join(part.data for part in parts)

    def _receive(self, data: bytes) -> None:
        try:
            self._pool.receive_data(psrpcore.PSRPPayload(data, psrpcore.StreamType.default, None))
            while event := self._pool.next_event():
                self._handle_event(event)
        except (psrpcore.PSRPCoreError, ParseError, struct.error, ValueError, KeyError) as broken:
            raise MALFORMED from broken

    def _handle_event(self, event: Any) -> None:
        pipeline = self.pipelines.get(event.pipeline_id)
        match event:
            case psrpcore.CreatePipelineEvent() if pipeline:
                plan = event.pipeline
                pipeline.set_statements(_parse_statements(plan), plan.no_input, any(command.is_script for command in plan.commands))
            case psrpcore.PipelineInputEvent() if pipeline:
                pipeline.piped.append(_to_python(event.data))
            case psrpcore.EndOfPipelineInputEvent() if pipeline:
                pipeline.end_input()


def _first_fragment_end(fragments: bytes) -> int:
    """Where the first fragment ends: its header of 21 bytes closes with the length of its data."""
    return 21 + int.from_bytes(fragments[17:21])


def _parse_statements(plan: psrpcore.PowerShell) -> list[list[PSCommand]]:
    statements: list[list[PSCommand]] = [[]]
    for command in plan.commands:
        named = [(None if name is None else str(name), _to_python(value)) for name, value in command.parameters]
        statements[-1].append(PSCommand(str(command.command_text), named))
        if command.end_of_statement:
            statements.append([])
    return [statement for statement in statements if statement]


def _to_python(value: Any) -> Any:
    """A parameter as the machine sees it: Python's own types, and `Credential` for what came encrypted."""
    match value:
        case PSCredential():
            return Credential(str(value.UserName), value.Password.decrypt())
        case PSSecureString():
            return Credential("", value.decrypt())
        case None | bool():
            return value
        case str():
            return "".join(value)
        case int():
            return int(value)
        case float():
            return float(value)
        case Mapping():
            return {_to_python(key): _to_python(item) for key, item in value.items()}
        case Sequence() if not isinstance(value, bytes):
            return [_to_python(item) for item in value]
    return value
