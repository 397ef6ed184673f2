"""The whole bot is killed in mid-run, at several moments, and started again on the same folder."""

import asyncio
import random
from pathlib import Path

from bot.ledger import Database, audit
from bot.step import LOSE
from tests.support.lab_client import chat_client, count_done, running_lab

PEOPLE, KILLS = 30, 4


async def test_a_run_goes_on_after_kill_9_with_nobody_moved_twice_and_nobody_lost(tmp_path: Path) -> None:
    chance = random.Random(9)
    async with (
        running_lab(tmp_path / "lab", users=80, move_latency=0.2, time_factor=1000) as lab,
        chat_client(lab.lab_json["bot"]) as people,
    ):
        who = set(await lab.movable(PEOPLE))
        card = await people.start(f"move pilot users {', '.join(sorted(who))}")
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.1, 1.0))  # waits for nothing: any moment must do
            await lab.kill()
            await lab.start()
        await people.wait_for_message("verified", where=card.conversation)
        assert set(count_done(await lab.read_lines("effects"), who).values()) == {1}
        assert {each["home"] for each in await lab.read_lines("estate") if each["sip"] in who} == {"teams"}
        assert [seen.id for seen in people.messages.values() if seen.card and seen.conversation == card.conversation] == [card.id]
        assert not list(audit.find_broken(Database(lab.lab_json["records"])))


async def test_a_move_back_that_is_killed_brings_everybody_home_with_what_was_saved(tmp_path: Path) -> None:
    """An import shows nowhere but in the bot's own records."""
    chance, folder = random.Random(7), r"\\files\moves"
    async with (
        running_lab(tmp_path / "lab", users=40, move_latency=0.2, time_factor=1000, export_folder=folder) as lab,
        chat_client(lab.lab_json["bot"]) as people,
    ):
        who = set(await lab.movable(10))
        card = await people.start(f"move pilot users {', '.join(sorted(who))}")
        await people.wait_for_message("verified", where=card.conversation)
        back = await people.start(f"move back {', '.join(sorted(who))}", LOSE)
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.1, 0.6))  # waits for nothing: any moment must do
            await lab.kill()
            await lab.start()
        await people.wait_for_message("Move back", "verified", where=back.conversation)
        effects = await lab.read_lines("effects")
        assert set(count_done(effects, who).values()) == {2}
        assert min(count_done(effects, who, "Import-CsUserData").values()) >= 1
        assert {each["home"] for each in await lab.read_lines("estate") if each["sip"] in who} == {"on-premises"}
