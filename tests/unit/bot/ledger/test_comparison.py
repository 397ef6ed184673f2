"""Whatever happens to a run, what is recorded fits its lines: `check-audit` names what was changed, and nothing else."""

from collections.abc import Awaitable, Callable

import pytest

from tests.support.recorded_runs import AGREED, RecordedRuns, lose_a_call
from tests.support.run_harness import ANNA
from tests.support.watching_steps import follower


async def held_by_a_run_at_work(house: RecordedRuns) -> None:
    await house.light_lamps("a b", b=["not yet"])


async def never_arrived(house: RecordedRuns) -> None:
    run = await house.light_lamps("a", a=["never arrived"])
    events = await house.events(run)
    assert events[events.index("sent") :][:4] == ["sent", "not sent", "sent", "done"]


async def no_session_was_free(house: RecordedRuns) -> None:
    assert "not sent" not in await house.events(await house.light_lamps("a", a=["unreachable"]))


async def failed_and_begun_again(house: RecordedRuns) -> None:
    run = await house.light_lamps("a b", b=["refused"])
    await house.office.act_and_settle(run, ("retry", ANNA))


async def begun_again_when_the_approval_was_old(house: RecordedRuns) -> None:
    run = await house.light_lamps("a b", b=["refused"])
    house.office.time.now += 3 * 24 * 3600
    assert (await house.office.act_and_settle(run, ("retry", ANNA))).state == "planned"


async def failed_begun_again_and_cancelled(house: RecordedRuns) -> None:
    run = await house.light_lamps("a b", b=["refused"])
    assert (await house.office.act(run, "retry", ANNA)).ok
    house.office.time.now += 5
    await house.office.act_and_settle(run, ("cancel", ANNA))


async def lost_and_no_longer_possible(house: RecordedRuns) -> None:
    assert "dropped" in await house.events(await lose_a_call(house))


async def watched(house: RecordedRuns) -> None:
    await follower(house.office, await house.light_lamps())


async def planned_anew_without_somebody(house: RecordedRuns) -> None:
    run = await house.light_lamps("a b", b=["refused"])
    house.lamps.lamps["b"] = "broken"
    house.lamps.lamps["a"] = "off"
    await house.office.act_and_settle(run, ("look", ANNA))
    await house.office.act_and_settle(run, *AGREED)


async def planned_anew_where_the_first_had_failed(house: RecordedRuns) -> None:
    """What was done keeps its number, and what failed is a call of another plan from then on."""
    run = await house.light_lamps("a b", a=["refused"])
    await house.office.act_and_settle(run, ("look", ANNA))
    await house.office.act_and_settle(run, AGREED[0])
    await house.office.act_and_settle(run, ("cancel", ANNA))


async def nobody_did_it_in_time(house: RecordedRuns) -> None:
    house.lamps.lamps["a"] = "empty"
    run = await house.office.request_run("strings", "a b")
    await house.office.act_and_settle(run, *AGREED)
    house.office.time.now += 24 * 3600
    assert (await house.office.settle(run)).state == "incomplete"
    assert "failed" in await house.events(run)


WAYS: list[Callable[[RecordedRuns], Awaitable[None]]] = [
    held_by_a_run_at_work,
    never_arrived,
    no_session_was_free,
    failed_and_begun_again,
    begun_again_when_the_approval_was_old,
    failed_begun_again_and_cancelled,
    lost_and_no_longer_possible,
    watched,
    planned_anew_without_somebody,
    planned_anew_where_the_first_had_failed,
    nobody_did_it_in_time,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_what_is_recorded_fits_its_lines(house: RecordedRuns, way: Callable[[RecordedRuns], Awaitable[None]]) -> None:
    await way(house)
    assert not house.faults()
