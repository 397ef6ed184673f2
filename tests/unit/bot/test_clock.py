"""Time: what a wall clock that is set back or forward does to dates and to waits, which is nothing."""

import pytest

from bot.clock import Clock, is_fresh
from tests.support.run_harness import ManualTime

HOUR = 3600.0


@pytest.mark.parametrize(
    ("at", "fresh"),
    [(1000.0, True), (701.0, True), (699.0, False), (1001.0, False), (1000.0 + HOUR, False), (None, False)],
)
def test_what_is_too_old_or_of_the_future_is_not_fresh(at: float | None, fresh: bool) -> None:
    assert is_fresh(at, 1000.0, 300.0) is fresh


@pytest.mark.parametrize("by", [-3 * HOUR, 5 * HOUR])
def test_time_goes_on_evenly_while_the_wall_clock_is_set(by: float) -> None:
    wall, passed = ManualTime(), ManualTime()
    clock = Clock(wall, monotonic=passed)
    began = clock.now()
    for time in (wall, passed):
        time.now += 60
    wall.now += by
    assert (clock.now() - began, clock.was_set_by()) == (60, by)
    clock.jump(by)
    assert (clock.now(), clock.was_set_by()) == (wall.now, 0)


def test_a_real_clock_begins_with_the_time_of_the_wall() -> None:
    assert abs(Clock().was_set_by()) < 60
