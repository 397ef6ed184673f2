"""The wall clock is set by hours while something waits: nothing hangs, nothing old counts, and nothing is sent early."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.graph.tokens import TokenCache
from bot.clock import Clock
from bot.ledger import audit, runs
from bot.runs.agreement import AGREED_FOR
from bot.timekeeping import Timekeeping
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.run_harness import ANNA, BEN, ManualTime, RunHarness, call_states
from tests.support.watching_steps import watch

HOUR = 3600.0
SETS = (-30 * HOUR, 5 * HOUR)
TURNS = 12


Trace = list[tuple[str, float | None, Mapping[str, int]]]  # state, seconds until the next turn, and what was sent so far


class Life:
    """A harness whose clock somebody sets."""

    def __init__(self, records: Path, lamps: FakeGateway, time: ManualTime | None = None) -> None:
        steps = {**STEPS, "light": replace(STEPS["light"], follow_up="watch"), "watch": watch}
        self.lamps, self.time = lamps, time or ManualTime()
        self.office = RunHarness(records, lamps, steps, time_factor=1, time=self.time)
        self.timekeeping = Timekeeping(self.office.ledger, self.office.clock)

    async def trace(self, run: int) -> Trace:
        """What the next turns come to when each is taken at its time."""
        seen: Trace = []
        for _ in range(TURNS):
            wait = await self.office.driver.advance(run)
            seen.append(((await self.office.view(run)).state, wait and round(wait, 3), dict(self.lamps.executed)))
            if wait is None:
                break
            self.time.now += wait
        return seen


async def drafted(life: Life) -> int:
    return await life.office.request_run("light", "a b")


async def awaiting(life: Life) -> int:
    run = await drafted(life)
    await life.office.act_and_settle(run, ("start", ANNA))
    return run


async def agreed(life: Life, step: str = "light") -> int:
    run = await life.office.request_run(step, "a b")
    await life.office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    return run


async def put_off(life: Life) -> int:
    life.lamps.faults["a"] = ["not yet"] * 3
    return await agreed(life)


async def put_off_in_order(life: Life) -> int:
    life.lamps.faults["a"] = ["not yet"] * 2
    return await agreed(life, "chain")


async def waiting_for_a_person(life: Life) -> int:
    life.lamps.lamps["a"] = "empty"
    return await agreed(life, "chain")


async def under_way(life: Life) -> int:
    life.lamps.faults["a"], life.lamps.calls_have_finished = ["lost before"], False
    return await agreed(life)


async def paused(life: Life) -> int:
    run = await put_off(life)
    await life.office.act_and_settle(run, ("pause", ANNA))
    return run


async def settling(life: Life) -> int:
    life.lamps.faults["a"] = ["nothing happens"]
    return await agreed(life)


async def watching(life: Life) -> int:
    """What follows a verified run."""
    run = await agreed(life)
    (follower,) = await life.office.ledger(runs.followers, run)
    await life.office.settle(follower.id)
    return follower.id


async def watching_with_an_offer(life: Life) -> int:
    run = await watching(life)
    life.lamps.lamps["a"] = "flickers"
    life.time.now += 1801
    assert (await life.office.settle(run)).state == "planned"
    return run


async def watching_after_it_has_done_something(life: Life) -> int:
    run = await watching_with_an_offer(life)
    life.lamps.faults["a"] = ["nothing happens"]
    await life.office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    return run


Begins = Callable[[Life], Awaitable[int]]
WAITS: tuple[Begins, ...] = (
    drafted,
    awaiting,
    put_off,
    put_off_in_order,
    waiting_for_a_person,
    under_way,
    paused,
    settling,
    watching,
    watching_with_an_offer,
    watching_after_it_has_done_something,
)


async def lived(records: Path, begins: Begins, by: float, noticed: bool) -> Trace:
    life = Life(records, FakeGateway(a="off", b="off"))
    await life.timekeeping.begin()
    run = await begins(life)
    life.time.set_by += by
    if noticed:
        await life.timekeeping.check_clock()
    trace = await life.trace(run)
    assert not await life.office.ledger(lambda db: list(audit.find_broken(db)))
    life.office.close()
    return trace


@pytest.mark.parametrize("begins", WAITS)
async def test_a_clock_that_is_set_changes_nothing_of_what_happens_and_when(tmp_path: Path, begins: Begins) -> None:
    even = await lived(tmp_path / "even.sqlite", begins, 0, noticed=True)
    for by in SETS:
        for noticed in (True, False):
            assert await lived(tmp_path / f"{by}-{noticed}.sqlite", begins, by, noticed) == even


@pytest.mark.parametrize("begins", WAITS)
async def test_after_a_restart_with_the_clock_set_back_nothing_hangs_and_nothing_is_sent_early(tmp_path: Path, begins: Begins) -> None:
    even = await lived(tmp_path / "even.sqlite", begins, 0, noticed=True)
    first = Life(tmp_path / "r.sqlite", FakeGateway(a="off", b="off"))
    await first.timekeeping.begin()
    run = await begins(first)
    await first.timekeeping.check_clock()
    first.office.close()
    first.time.now += 10
    first.time.set_by -= 3 * HOUR
    second = Life(tmp_path / "r.sqlite", first.lamps, first.time)
    await second.timekeeping.begin()
    trace, sent = await second.trace(run), dict(even[0][2])
    assert max(wait or 0 for _, wait, _ in trace) <= 24 * HOUR
    if even[0][1] and trace[0][0] == even[0][0]:
        assert trace[0][1] is not None and trace[0][1] <= even[0][1] + 0.001
    assert trace[0][2] == sent and all(sum(acts.values()) <= sum(even[-1][2].values()) for _, _, acts in trace)
    second.office.close()


async def test_what_was_agreed_before_a_restart_with_the_clock_set_back_is_agreed_anew(tmp_path: Path) -> None:
    """Nobody knows for how long the bot was down."""
    first = Life(tmp_path / "r.sqlite", FakeGateway(a="off", b="off"))
    run = await put_off(first)
    first.office.close()
    first.time.set_by -= HOUR
    second = Life(tmp_path / "r.sqlite", first.lamps, first.time)
    await second.timekeeping.begin()
    first.time.now += 901
    view = await second.office.settle(run)
    assert view.state == "paused" and "older than 24 hours" in str(view.why) and call_states(view)["a"] == "pending"
    second.office.close()


@pytest.mark.parametrize(("by", "goes_on"), [(0.0, True), (-10 * HOUR, False)])
async def test_an_agreement_is_as_old_as_it_really_is(tmp_path: Path, by: float, goes_on: bool) -> None:
    life = Life(tmp_path / "r.sqlite", FakeGateway(a="off", b="off"))
    life.lamps.faults["a"] = ["refused"]
    run = await agreed(life)
    life.time.now += AGREED_FOR - 3 * HOUR
    life.time.set_by += by
    await life.timekeeping.check_clock()
    life.time.now += HOUR if goes_on else 4 * HOUR
    await life.office.act_and_settle(run, ("retry", ANNA))
    assert (await life.office.view(run)).state == ("verified" if goes_on else "planned")
    life.office.close()


async def test_a_clock_whose_dates_could_not_be_brought_along_is_not_followed(tmp_path: Path) -> None:
    life = Life(tmp_path / "r.sqlite", FakeGateway(a="off", b="off"))
    await life.office.ledger(lambda db: db.execute("create trigger no before insert on audit begin select raise(abort, 'full'); end"))
    life.time.set_by += HOUR
    with pytest.raises(Exception, match="full"):
        await life.timekeeping.check_clock()
    assert life.office.clock.now() == life.time.now
    await life.office.ledger(lambda db: db.execute("drop trigger no"))
    await life.timekeeping.check_clock()
    assert life.office.clock.now() == life.time()
    life.office.close()


@pytest.mark.parametrize("by", SETS)
async def test_a_token_is_used_until_it_has_really_ended(by: float) -> None:
    time, asked = ManualTime(), list[float]()

    def ask(claims: str | None, anew: bool) -> Mapping[str, object]:
        asked.append(time.now)
        return {"access_token": f"token {len(asked)}", "expires_in": 3600}

    tokens = TokenCache(ask, Clock(time, monotonic=time.passed))
    assert await tokens.token() == "token 1"
    time.set_by += by
    assert await tokens.token() == "token 1"
    time.now += 3600
    assert await tokens.token() == "token 2"
