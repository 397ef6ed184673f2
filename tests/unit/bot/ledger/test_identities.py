"""Records from before it was kept who people are: brought along where that can be proved, an obstacle where it cannot."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.lab.manual_actions.registry import perform_manual_action
from bot.facts.cloud import Cloud
from bot.ledger import Database, identities
from bot.ledger.calls import IN_ENTRA
from bot.ledger.history import moves
from bot.step import Obstacle
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.renamed_people import NEW, VICTOR, TwoPeople, describe_findings
from tests.support.run_harness import ANNA


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    async with estate_harness(tmp_path, "ready", users=18, cloud=Cloud(export_folder=r"\\files\moves")) as office:
        yield office


def as_they_were(db: Database, with_snapshot: bool = True) -> None:
    """The records as they are where the account on premises was not known: by the id in Entra, as the snapshot tells, or not at all."""
    db.execute("update calls set identity = ''")
    db.execute("delete from identities")
    for table in ("snapshots", "findings"):
        for row in list(db.query(f"select rowid, body from {table}")):
            body = {name: value for name, value in json.loads(row["body"]).items() if name != "identity"}
            db.execute(f"update {table} set body = :body where rowid = :row", {"body": json.dumps(body), "row": row["rowid"]})
    kinds = ("OnlineUser", "OnlineUserByName", "MovedUser", "UserMode")
    for row in list(db.query(f"select run, subject, body from reads where fact in {kinds}")) if with_snapshot else ():
        if isinstance(told := json.loads(row["body"]), dict) and told.get("Identity"):
            db.execute(
                "update calls set identity = :identity where run = :run and lock_label = :subject",
                {"identity": f"{IN_ENTRA}{told['Identity']}", "run": row["run"], "subject": row["subject"]},
            )
    db.execute("delete from reads where fact = 'OnPremUser'")
    if not with_snapshot:
        db.execute("delete from reads")


@pytest.mark.parametrize("history", ["moved", "renamed", "given away"])
async def test_what_the_snapshot_proves_is_brought_along(office: EstateHarness, history: str) -> None:
    scene = TwoPeople(office, history)
    run = await scene.move_victor()
    await office.ledger(as_they_were)
    scene.rename_victor()
    back = await office.undo(run)
    assert back.state == "verified" and scene.nobody_else_was_touched(), describe_findings(back)
    assert scene.is_back()


@pytest.mark.parametrize("history", ["moved", "renamed", "given away"])
@pytest.mark.parametrize("way", ["undo", "move back", "aftercare"])
async def test_where_nobody_can_tell_any_more_nothing_is_given_to_anybody(office: EstateHarness, history: str, way: str) -> None:
    scene = TwoPeople(office, history)
    run = await scene.move_victor()
    await office.ledger(as_they_were, with_snapshot=False)
    scene.rename_victor()
    already = office.effects()
    if way == "undo":
        plan = await office.undo(run)
    elif way == "move back":
        plan = await office.make_plan("move_back", people=VICTOR)
    else:
        plan = await office.make_plan("aftercare", people=VICTOR, numbers="assign", voice_routing_policy="Global")
    (finding,) = plan.other_findings
    assert isinstance(finding, Obstacle) and "by the address only" in describe_findings(plan) and not plan.changes
    assert office.effects() == already and scene.nobody_else_was_touched()


async def test_each_is_looked_up_once(office: EstateHarness) -> None:
    scene = TwoPeople(office, "renamed")
    await scene.move_victor()
    await office.ledger(as_they_were)
    scene.rename_victor()
    assert await office.ledger(identities.to_look_up)
    await office.make_plan("move_back", people=NEW)
    assert not await office.ledger(identities.to_look_up)
    assert [row["Guid"] for row in await office.ledger(moves)] == [str(scene.victor.guid)]


async def test_whose_account_is_gone_is_nobody_else(office: EstateHarness) -> None:
    """Entra still knows the user, and no account on premises is the one that it was made by."""
    scene = TwoPeople(office, "moved")
    run = await scene.move_victor()
    await office.ledger(as_they_were)
    perform_manual_action(office.estate, {"do": "give address", "who": VICTOR, "to": "carol@contoso.com"})
    scene.victor.account, already = None, office.effects()
    plan = await office.undo(run)
    (finding,) = plan.other_findings
    assert isinstance(finding, Obstacle) and office.effects() == already and scene.nobody_else_was_touched()


async def test_two_runs_never_work_on_one_person_under_two_names(office: EstateHarness) -> None:
    plan = await office.make_plan("move_users", people=VICTOR)
    await office.act_and_settle(plan.id, ("start", ANNA))
    perform_manual_action(office.estate, {"do": "rename", "who": VICTOR, "to": NEW, "synchronised": True})
    again = await office.make_plan("move_users", people=NEW)
    assert not again.changes and f"is in run {plan.id}" in describe_findings(again)


async def test_that_nobody_is_to_be_looked_up_is_known_without_reading_every_row(office: EstateHarness) -> None:
    def planned(db: Database) -> str:
        return str(list(db.query(f"explain query plan select distinct identity from calls where identity glob '{IN_ENTRA}*'")))

    assert "calls_to_look_up" in await office.ledger(planned)
