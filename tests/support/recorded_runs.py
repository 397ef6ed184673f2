"""Runs over lamps whose records are compared with their audit."""

from dataclasses import replace
from pathlib import Path

from bot.facts import Reader
from bot.ledger import audit, open_read_only
from bot.ledger.comparison import find_faults
from bot.step import Identity, Plan
from tests.support.fake_gateway import STEPS, FakeGateway, LampNames, light
from tests.support.run_harness import ANNA, BEN, RunHarness
from tests.support.watching_steps import watch

AGREED = ("start", ANNA), ("approve", BEN)


async def plan_people(which: LampNames, read: Reader) -> Plan:
    """Each lamp is somebody."""
    async for finding in light.plan(which, read):
        yield replace(finding, identity=Identity(f"id-{finding.subject}", finding.subject))


LIGHT = replace(light, follow_up="watch", plan=plan_people)


class RecordedRuns:
    """A harness, its lamps, and its records as somebody sees them who checks."""

    def __init__(self, records: Path, brake: int = 3) -> None:
        self.records, self.lamps = records, FakeGateway(a="off", b="off", c="off")
        steps = {**STEPS, "light": LIGHT, "watch": watch}
        self.office = RunHarness(records, self.lamps, steps, max_consecutive_failures=brake, call_is_over_after=900)

    async def light_lamps(self, people: str = "a b", **trouble: list[str]) -> int:
        self.lamps.faults = trouble
        run = await self.office.request_run("light", people)
        await self.office.act_and_settle(run, *AGREED)
        return run

    async def events(self, run: int) -> list[str]:
        return [line["event"] for line in await self.office.ledger(audit.lines, run, 100)]

    def faults(self) -> list[str]:
        records = open_read_only(self.records)
        try:
            return list(find_faults(records))
        finally:
            records.close()


async def lose_a_call(house: RecordedRuns, **trouble: list[str]) -> int:
    """An ended run of which nobody knows whether a was lit."""
    house.lamps.faults = {"a": ["lost before"], **trouble}
    run = await house.office.request_run("light", "a b")

    async def breaks() -> None:
        house.lamps.lamps["a"] = "broken"

    house.lamps.during_call = breaks
    await house.office.act_and_settle(run, *AGREED)
    for _ in range(3):
        house.office.time.now += 1800
        view = await house.office.settle(run)
    assert view.state == "incomplete"
    return run
