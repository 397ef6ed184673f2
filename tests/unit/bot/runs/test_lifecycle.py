"""The lifecycle is executed: what the table does not allow is refused, by the product and by the pretend service of the tests."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any, TypeVar, get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from bot.ledger import Database, open_database, runs
from bot.runs.lifecycle import TRANSITIONS, Event, NoSuchTransition, actions_in, is_action, transition
from bot.step import LOSE
from bot.views import ENDED, Action, RunState
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.fake_run_service import FakeRunService
from tests.support.run_harness import ANNA, BEN, HERE, STRANGER, RunHarness
from tests.support.sample_steps import PLAN

T = TypeVar("T")
ACTIONS = st.sampled_from(get_args(Action))
WHO = st.sampled_from((ANNA, ANNA, BEN, STRANGER))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(tmp_path / "records.sqlite")) as db:
        runs.add(db, "light", {}, ANNA, HERE, 0)
        yield db


def test_only_what_the_table_allows_is_written(db: Database) -> None:
    for state, event, to in product(RunState, Event, RunState):
        db.execute("update runs set state = :state, why = null", {"state": state})
        if to in TRANSITIONS.get((state, event), ()):
            transition(db, 1, event, to, digest="new")
            assert runs.require(db, 1).state == to
        else:
            with pytest.raises(NoSuchTransition):
                transition(db, 1, event, to, digest="new")
            assert runs.require(db, 1).state == state


def test_the_state_is_no_column_like_others(db: Database) -> None:
    with pytest.raises(ValueError, match="transition"):
        runs.update(db, 1, state=RunState.VERIFIED)


def test_every_state_is_reached_and_led_out_of() -> None:
    assert {to for targets in TRANSITIONS.values() for to in targets} == set(RunState)
    left = {state for (state, event), targets in TRANSITIONS.items() if targets - {state} and not is_action(event)}
    acted = {state for (state, event), targets in TRANSITIONS.items() if targets - {state} and is_action(event)}
    assert left | acted == set(RunState) - {RunState.VERIFIED, RunState.CANCELLED}
    assert not left & set(ENDED), "only a person begins anew what has ended"


def by_driver(state: RunState) -> set[RunState]:
    """The states that the driver alone may lead to, in any number of steps."""
    found, before = {state}, set[RunState]()
    while found != before:
        before = set(found)
        found |= {to for (of, event), targets in TRANSITIONS.items() if of in before and not is_action(event) for to in targets}
    return found


class Walk(RuleBasedStateMachine):
    """People do anything to a run, in any order; what becomes of it is what the table says."""

    state: RunState

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()

    def teardown(self) -> None:
        self.runner.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def check_action(self, before: RunState, action: Action, ok: bool, now: RunState, drives: bool) -> None:
        """`drives`: the driver has had its turn as well."""
        if not ok:
            assert now == before
            return
        assert action in actions_in(before)
        targets = TRANSITIONS[before, Event(action)]
        assert now in (targets if not drives else {state for target in targets for state in by_driver(target)})


class ProductWalk(Walk):
    """The real service, driver and ledger over lamps that misbehave."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.lamps = FakeGateway(a="off", b="off", c="on", d="empty")
        self.office = RunHarness(Path(self.folder.name) / "records.sqlite", self.lamps, STEPS)
        self.newest = 0

    def teardown(self) -> None:
        self.office.close()
        self.folder.cleanup()
        super().teardown()

    def now(self) -> RunState:
        return self.run(self.office.view(self.newest)).state

    @rule(step=st.sampled_from(("light", "chain")), people=st.sampled_from(("a", "a b", "c", "a d b", "nobody")))
    @precondition(lambda self: not self.newest or self.now() in ENDED)
    def ask(self, step: str, people: str) -> None:
        self.newest = self.run(self.office.service.create_run(step, {"people": people}, ANNA, HERE)).run or 0
        assert self.now() == RunState.PLANNING

    @rule(action=ACTIONS, who=WHO)
    @precondition(lambda self: self.newest)
    def act(self, action: Action, who: Any) -> None:
        before = self.now()
        done = self.run(self.office.act(self.newest, action, who, LOSE))
        self.check_action(before, action, done.ok, self.now(), drives=False)
        self.newest = done.run or self.newest  # an undo is a run of its own

    @rule()
    @precondition(lambda self: self.newest)
    def turn(self) -> None:
        before = self.now()
        self.run(self.office.driver.advance(self.newest))
        assert self.now() in by_driver(before)

    @rule(lamp=st.sampled_from("abcd"), what=st.sampled_from(("refused", "lost before", "lost after", "nothing happens", "not yet")))
    def trouble(self, lamp: str, what: str) -> None:
        self.lamps.faults.setdefault(lamp, []).append(what)

    @rule(lamp=st.sampled_from("abcd"), state=st.sampled_from(("on", "off", "broken")))
    def by_hand(self, lamp: str, state: str) -> None:
        self.lamps.lamps[lamp] = state

    @rule(unreachable=st.booleans())
    def network(self, unreachable: bool) -> None:
        self.lamps.unreachable = unreachable

    @rule(seconds=st.sampled_from((1, 1000, 90_000)))
    def time_passes(self, seconds: float) -> None:
        self.office.time.now += seconds


class FakeWalk(Walk):
    """The pretend service that conversations are tested with."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = FakeRunService({"ask": [ANNA], "approve": [ANNA, BEN]})
        self.newest = 0

    def now(self) -> RunState:
        return self.desk.runs[self.newest].state

    @rule(people=st.sampled_from((*PLAN, "nobody@contoso.com")))
    @precondition(lambda self: not self.newest or self.now() in ENDED)
    def ask(self, people: str) -> None:
        self.newest = self.run(self.desk.create_run("move_users", {"people": people}, ANNA, HERE)).run or 0
        assert self.now() == RunState.PLANNING

    @rule(action=ACTIONS, who=WHO)
    @precondition(lambda self: self.newest)
    def act(self, action: Action, who: Any) -> None:
        before = self.now()
        done = self.run(self.desk.act(self.newest, action, who, self.desk.runs[self.newest].digest))
        self.check_action(before, action, done.ok, self.now(), drives=True)
        self.newest = done.run or self.newest

    @rule(words=st.sampled_from(("all is moved and verified", "not all is visible yet", "the run ends incomplete")))
    @precondition(lambda self: self.newest)
    def direct(self, words: str) -> None:
        before = self.now()
        if before == RunState.PLANNING:
            words = "the look is done"
        try:
            self.desk.direct(words)
        except NoSuchTransition:
            assert before not in (RunState.PLANNING, RunState.RUNNING), "the driver may do this"
            assert self.now() == before
        assert self.now() in by_driver(before)


@pytest.mark.parametrize("walk", [ProductWalk, FakeWalk])
def test_whatever_people_do_the_lifecycle_is_kept(walk: Callable[[], Walk]) -> None:
    walking = walk.TestCase  # type: ignore[attr-defined]
    walking.settings = settings(max_examples=15, stateful_step_count=40, deadline=None)
    walking().runTest()
