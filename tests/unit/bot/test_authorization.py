"""Rights that hang on a group: read when somebody presses, believed for five minutes, and no when nobody can say."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from botbuilder.schema import Activity, ChannelAccount

from bot.authorization import FRESH, Authorizer
from bot.ledger import runs, waiting_actions
from bot.runs.deferred_actions import DeferredActions
from bot.supervision import Supervisor
from bot.timekeeping import Timekeeping
from dialogs.turn import person_of
from tests.support.fake_directory import ADMINS, FakeDirectory
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.faulty_disk import FAULTS
from tests.support.run_harness import ANNA, BEN, HERE, STRANGER, RunHarness
from tests.support.supervised_work import InstantWaits, ObservedWork


class Groups:
    """A harness whose rights are those of one group, and what reads it."""

    def __init__(self, records: Path) -> None:
        group = [f"group:{ADMINS}"]
        self.office = RunHarness(records, FakeGateway(a="off"), STEPS, rights={"ask": group, "approve": group})
        self.directory = FakeDirectory(ANNA.id, BEN.id)
        self.deciding = DeferredActions(self.office.ledger, self.directory, self.office.policy, self.office.clock, self.office.wake)

    async def drafted(self) -> int:
        assert (await self.office.service.begin_turn(ANNA, HERE)).ask is None
        await self.deciding.work_off()
        return await self.office.request_run("light", "a")


@pytest.fixture
async def groups(tmp_path: Path) -> AsyncIterator[Groups]:
    groups = Groups(tmp_path / "records.sqlite")
    yield groups
    groups.office.close()


async def test_a_press_counts_once_the_group_is_read(groups: Groups) -> None:
    run, office = await groups.drafted(), groups.office
    assert (await office.act(run, "start", ANNA)).ok
    assert str((await office.act(run, "approve", BEN)).words) == "Checking whether you may…"
    assert (await groups.office.view(run)).state == "awaiting_approval"
    await groups.deciding.work_off()
    view = await groups.office.view(run)
    assert view.state == "running" and view.agreed_by and view.agreed_by.id == BEN.id


@pytest.mark.parametrize("disk", ["locked", "full"])
async def test_a_disk_that_fails_for_a_while_ends_nothing_and_loses_no_press(groups: Groups, disk: str) -> None:
    """As when a backup holds the database while a group is read."""
    run, office = await groups.drafted(), groups.office
    await office.act(run, "start", ANNA)
    fault = FAULTS[disk](office.ledger)
    waits, wanted, work = InstantWaits(office.time), asyncio.Event(), ObservedWork(groups.deciding.work_off)
    supervisor = Supervisor(office.clock, waits)
    supervisor.keep_going("deciding about rights", work, wanted)
    await office.act(run, "approve", BEN)
    fault.begin()
    waits.first = [lambda: None, fault.end]
    wanted.set()
    await asyncio.wait_for(work.went_well.wait(), 20)
    assert (await office.view(run)).state == "running"
    assert len(waits.seconds) == 2
    await supervisor.close()


async def test_whose_right_to_ask_is_not_known_yet_has_asked_for_nothing(groups: Groups) -> None:
    asked = await groups.office.service.create_run("light", {"people": "a"}, ANNA, HERE)
    assert not asked.ok and "Checking whether you may" in str(asked.words) and not await groups.office.service.recent()
    await groups.deciding.work_off()
    assert (await groups.office.service.create_run("light", {"people": "a"}, ANNA, HERE)).ok


async def test_a_press_by_somebody_outside_the_group_never_counts(groups: Groups) -> None:
    run = await groups.drafted()
    await groups.office.act(run, "start", STRANGER)
    await groups.deciding.work_off()
    assert (await groups.office.view(run)).state == "planned"
    assert (await groups.office.service.begin_turn(STRANGER, HERE)).look is False


@pytest.mark.parametrize("noticed", [True, False])
@pytest.mark.parametrize("by", [-3 * 3600.0, 5 * 3600.0])
async def test_who_has_left_the_group_may_nothing_though_the_clock_is_set(groups: Groups, by: float, noticed: bool) -> None:
    run, office = await groups.drafted(), groups.office
    groups.directory.admins.remove(ANNA.id)
    office.time.set_by += by
    if noticed:
        await Timekeeping(office.ledger, office.clock).check_clock()
    office.time.now += FRESH + 1
    await office.act(run, "start", ANNA)
    await groups.deciding.work_off()
    assert (await office.view(run)).state == "planned"


@pytest.mark.parametrize("noticed", [True, False])
async def test_a_press_that_waits_counts_as_long_as_it_really_may_though_the_clock_is_set_back(groups: Groups, noticed: bool) -> None:
    run, office = await groups.drafted(), groups.office
    for passed, state in ((FRESH + 1, "planned"), (FRESH - 1, "awaiting_approval")):
        office.time.now += FRESH + 1  # the groups are read anew
        await office.act(run, "start", ANNA)
        office.time.set_by -= 3 * 3600
        if noticed:
            await Timekeeping(office.ledger, office.clock).check_clock()
        office.time.now += passed
        await groups.deciding.work_off()
        assert (await office.view(run)).state == state


async def test_who_has_left_the_group_may_nothing_five_minutes_later(groups: Groups) -> None:
    run = await groups.drafted()
    groups.directory.admins.remove(ANNA.id)
    groups.office.time.now += FRESH + 1
    await groups.office.act(run, "start", ANNA)
    await groups.deciding.work_off()
    assert (await groups.office.view(run)).state == "planned"


@pytest.mark.parametrize("down", [False, True])
async def test_whoever_asks_again_and_again_is_looked_up_once(groups: Groups, down: bool) -> None:
    groups.directory.down = down
    for _ in range(3):
        await groups.office.service.begin_turn(STRANGER, HERE)
    await groups.deciding.work_off()
    assert groups.directory.asked == 1


async def test_a_directory_that_does_not_answer_gives_nobody_a_right(groups: Groups) -> None:
    run = await groups.drafted()
    groups.directory.down = True
    groups.office.time.now += FRESH + 1
    await groups.office.act(run, "start", ANNA)
    await groups.deciding.work_off()
    groups.directory.down = False
    await groups.deciding.work_off()
    assert (await groups.office.view(run)).state == "planned"


async def test_a_press_of_a_while_ago_does_not_count_after_the_next_start(groups: Groups) -> None:
    run = await groups.drafted()
    await groups.office.act(run, "start", BEN)
    groups.office.time.now += FRESH + 1  # the bot was down
    await groups.deciding.work_off()
    assert (await groups.office.view(run)).state == "planned"


async def test_nobody_agrees_to_their_own_wish_by_way_of_the_group(groups: Groups) -> None:
    run = await groups.drafted()
    await groups.office.act(run, "start", ANNA)
    groups.office.time.now += FRESH + 1
    await groups.office.act(run, "approve", ANNA)
    await groups.deciding.work_off()
    assert (await groups.office.view(run)).state == "awaiting_approval"


async def test_a_typed_verb_that_had_to_wait_means_the_plan_of_when_it_was_typed(groups: Groups) -> None:
    run, office = await groups.drafted(), groups.office
    await office.act(run, "start", BEN)
    await office.ledger(runs.update, run, digest="of another plan")
    await groups.deciding.work_off()
    assert (await office.view(run)).state == "planned"


def test_somebody_is_the_same_person_however_their_id_is_written() -> None:
    sender = ChannelAccount(id="29:x", name="Anna", aad_object_id=ADMINS.replace("0000", "ABCD").upper())
    found = person_of(Activity(from_property=sender))
    assert found and found.id == ADMINS.replace("0000", "abcd")


async def test_a_group_gives_its_own_right_and_no_other(groups: Groups) -> None:
    groups.directory.groups["viewers"] = {STRANGER.id}
    access, now = Authorizer({"look": ["group:viewers"], "ask": [f"group:{ADMINS}"]}), groups.office.time.now
    await access.read_groups(groups.directory, STRANGER.id, now)
    assert [access.check(STRANGER, right, now) for right in ("look", "ask")] == [True, False]


async def test_more_groups_than_one_question_may_hold_are_asked_about_in_several(groups: Groups) -> None:
    access, now = Authorizer({"ask": [*(f"group:-{n}" for n in range(40)), f"group:{ADMINS}"]}), groups.office.time.now
    await access.read_groups(groups.directory, ANNA.id, now)
    assert access.check(ANNA, "ask", now) and groups.directory.asked == 3


async def test_a_waiting_press_that_nobody_has_pressed_does_not_count(groups: Groups) -> None:
    """Whoever can write the database can write one, by somebody who may."""
    run, office = await groups.drafted(), groups.office
    await office.act(run, "start", ANNA)
    digest = (await office.view(run)).digest
    for line in (0, 1, 3):
        await office.ledger(waiting_actions.add, run, "approve", digest, BEN.id, office.time.now, line)
    await groups.deciding.work_off()
    assert (await office.view(run)).state == "awaiting_approval" and not await office.ledger(waiting_actions.all_waiting)


@pytest.mark.parametrize("column", ["person = 'x'", "action = 'refuse'", "digest = 'x'", "line = 2"])
async def test_a_waiting_press_that_is_changed_does_not_count(groups: Groups, column: str) -> None:
    run, office = await groups.drafted(), groups.office
    await office.act(run, "start", ANNA)
    await office.act(run, "approve", BEN)
    groups.directory.admins.add("x")
    await office.ledger(lambda db: db.execute(f"update waiting_actions set {column} where action = 'approve'"))
    await groups.deciding.work_off()
    assert (await office.view(run)).state == "awaiting_approval"


async def test_what_groups_somebody_is_in_is_asked_anew_after_a_restart(groups: Groups) -> None:
    """It is kept nowhere that somebody could write to."""
    await groups.drafted()
    assert (await groups.office.service.begin_turn(ANNA, HERE)).ask
    again = Authorizer(groups.office.policy.authorizer.rights)
    assert again.check(ANNA, "ask", groups.office.time.now) is None
