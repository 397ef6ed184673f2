"""Nothing leaves but what a permit names, whoever asks for it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.gateway import CallId
from bot.ledger import calls
from bot.runs.write_gate import NotAgreed, Permit, WriteGate
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.run_harness import ANNA, RunHarness


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[RunHarness]:
    office = RunHarness(tmp_path / "records.sqlite", FakeGateway(a="off", b="off"), STEPS)
    yield office
    office.close()


async def test_a_call_leaves_only_as_its_permit_names_it(office: RunHarness) -> None:
    lamps, begun = FakeGateway(a="off", b="off"), list[CallId]()
    run = await office.request_run("light", "a b")
    assert (await office.act(run, "start", ANNA)).ok
    gate = WriteGate(office.ledger, lamps, STEPS, office.clock, 0)
    first, second = await office.ledger(calls.of_run, run)
    permit = Permit(run, 1, 1, {(first.subject, first.part): first.text})

    async def note(call: CallId) -> None:
        begun.append(call)

    for call in (second, replace(first, text=second.text), replace(first, part=1), replace(first, run=run + 1)):
        with pytest.raises(NotAgreed):
            await gate.send(call, permit, note)
    assert not begun and not lamps.executed
    await gate.send(first, permit, note)
    assert len(begun) == 1 and list(lamps.executed) == ["a"]
