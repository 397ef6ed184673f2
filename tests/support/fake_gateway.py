"""A toy estate for tests of the heart: lamps that a step switches on, behind a written `EstateGateway` that can misbehave."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import BaseModel

from bot.calls import Cmdlet, Destination, GraphCall, ManualAction, ReadCall
from bot.errors import InDoubt, Refused, Unreachable
from bot.facts import Fact, Reader, ReadFailure
from bot.gateway import BeforeSend, CallId, ReadResult, RemoteError
from bot.i18n import say
from bot.runs.undo import UNDO, make_undo_step
from bot.step import Change, Fine, Obstacle, Plan, Reason, Unclear, step


class Lamp(Fact):
    """One lamp: on, off, or broken."""

    match_on: ClassVar[tuple[str, ...]] = ("Name",)
    name: str
    state: str

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [Cmdlet("sfb", "Get-Lamp", each=tuple(keys))]


class LampNames(BaseModel):
    """Which lamps, separated by spaces."""

    people: str


async def _lamps(which: LampNames, read: Reader, wanted: str) -> Plan:
    names = which.people.split()
    for name, lamp in (await read.by_key(Lamp, names)).items():
        if isinstance(lamp, ReadFailure):
            yield Unclear(name, say("could not be read: {why}", why=lamp.why), recheck_after=1)
        elif lamp is None:
            yield Obstacle(name, (Reason(say("there is no such lamp"), say("check the name")),), unknown=True)
        elif lamp.state == "broken":
            yield Obstacle(name, (Reason(say("is broken"), say("mend it")),))
        elif lamp.state == wanted:
            yield Fine(name, say("already {wanted}", wanted=wanted))
        else:
            do = Cmdlet("mover", "Set-Lamp", {"Name": name, "State": wanted})
            yield Change(
                name,
                say("{old} → {new}", old=lamp.state, new=wanted),
                (do,),
                (Cmdlet("mover", "Set-Lamp", {"Name": name, "State": lamp.state}),),
            )


@step(say("Light lamps"), phrases=("light",), ordering="independent", undone_by="dark", concerns_everybody=False)
async def light(which: LampNames, read: Reader) -> Plan:
    """Switches lamps on."""
    async for finding in _lamps(which, read, "on"):
        yield finding


@step(say("Darken lamps"), phrases=("dark",), ordering="independent", undone_by="light", concerns_everybody=False)
async def dark(which: LampNames, read: Reader) -> Plan:
    """Switches lamps off."""
    async for finding in _lamps(which, read, "off"):
        yield finding


@step(say("Light a chain"), phrases=("chain",), concerns_everybody=False)
async def chain(which: LampNames, read: Reader) -> Plan:
    """Lights lamps one after another; a lamp without a fuse (state "empty") waits for a person to put one in."""
    async for finding in _lamps(which, read, "on"):
        if isinstance(finding, Change) and str(finding.effect).startswith("empty"):
            fuse = ManualAction(say("put a fuse into {name}", name=finding.subject), "Lamp")
            finding = replace(finding, do=(fuse, *finding.do))
        yield finding


@step(say("Light strings"), phrases=("strings",), concerns_everybody=False)
async def strings(which: LampNames, read: Reader) -> Plan:
    """Lights strings of lamps side by side, each from its beginning: a1 and a2 are lamps of string a."""
    async for finding in chain.plan(which, read):
        yield replace(finding, order_key=finding.subject[0]) if isinstance(finding, Change) else finding


STEPS = {light.name: light, dark.name: dark, chain.name: chain, strings.name: strings}
STEPS[UNDO] = make_undo_step(STEPS)


class FakeGateway:
    """The far end. `faults` maps a lamp to what happens when it is acted on; `hidden` ones cannot be read."""

    def __init__(self, **lamps: str) -> None:
        self.lamps = dict(lamps)
        self.faults: dict[str, list[str]] = {}
        self.hidden: set[str] = set()
        self.unreachable = False
        self.executed: Counter[str] = Counter()
        self.running = self.most_running = 0
        self.barrier: asyncio.Barrier | None = None  # after the first act, acts go only in such company
        self.during_call: Callable[[], Awaitable[object]] | None = None  # happens once, while a call is under way
        self.during_read: Callable[[], Awaitable[object]] | None = None  # happens once, while the lamps are read
        self.calls_have_finished: bool | None = True

    async def read(self, call: ReadCall) -> AsyncIterator[ReadResult]:
        assert isinstance(call, Cmdlet)
        if self.during_read:
            happens, self.during_read = self.during_read, None
            await happens()
        if self.unreachable:
            raise Unreachable("the server does not answer")
        seen = [{"Name": name, "State": self.lamps[name]} for name in call.each if name in self.lamps and name not in self.hidden]
        unread = [RemoteError("Time out", "TimeOut", name) for name in call.each if name in self.hidden]
        absent = [RemoteError("not found", "NotFound", name, absent=True) for name in call.each if name not in self.lamps]
        yield ReadResult(tuple(seen), (*unread, *absent))

    async def read_batch(self, calls: Sequence[GraphCall]) -> Sequence[ReadResult | Exception]:
        raise AssertionError("lamps are not in Graph")

    async def execute(self, call: Cmdlet | GraphCall, intent: BeforeSend) -> ReadResult:
        assert isinstance(call, Cmdlet)
        name = str(call.parameters["Name"])
        trouble = self.faults.get(name, [])
        what = trouble.pop(0) if trouble else ""
        if what == "unreachable":
            raise Unreachable("no route to the server", retry_after=0.001)
        await intent(CallId("session", f"call-{name}"))
        if self.during_call:
            happens, self.during_call = self.during_call, None
            await happens()
        if what == "never arrived":
            raise Unreachable("no route to the server any more", retry_after=0.001)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            return await self._act(name, str(call.parameters["State"]), what)
        finally:
            self.running -= 1

    async def _act(self, name: str, state: str, what: str) -> ReadResult:
        if self.barrier and self.executed:
            await self.barrier.wait()
        if what == "refused":
            raise Refused("the fuse has blown", "Fuse")
        if what == "not yet":
            raise Refused("DNS verification record was not found", to=Destination("graph", "POST /domains/lamps.example/verify"))
        if what == "licence too new":
            raise Refused("HostedMigration fault: Error=(507)", to=Destination("mover", "Move-CsUser"))
        if what != "lost before":
            self.executed[name] += 1
            self.lamps[name] = state if what != "nothing happens" else self.lamps[name]
        if what.startswith("lost"):
            raise InDoubt("the connection was lost")
        return ReadResult()

    async def has_finished(self, call: Cmdlet | GraphCall, ticket: CallId) -> bool | None:
        return self.calls_have_finished
