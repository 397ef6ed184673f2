"""One large run to which everything happens: kills and presses at random moments, and records that are put back once."""

import asyncio
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from aiohttp import ClientError, ClientSession

from adapters.lab.process.settings import AUDIT_CHANNEL
from bot.ledger import open_read_only
from bot.views import Action, Person
from dialogs.terminal.wire import personal_conversation
from tests.support.invariants import audit_faults, unapproved, workflow_faults
from tests.support.lab_client import ALEX, ISAIAH, MEGAN, ChatClient, RunningLab, count_done
from tests.support.lab_process import run_command
from tests.support.run_states import RecordsReader, RunRow

PEOPLE, REFUSED = 200, 3  # who are moved; who are refused once, so that the run ends incomplete before it ends well
LIFE = 5.0  # seconds; a kill comes at any moment of this span after a start. A run's moves alone take 4 s
PATIENCE = 60.0  # seconds within which a run must have ended when only good presses come
UNDER_WAY = 1.0  # seconds within which a move that was sent has surely ended
HELD = 2.0  # seconds in which people try everything on records that were put back
ENDS = {"done", "found done"}
TOLD = (
    """select event from audit where json_extract(names, '$.subject') = :subject and event in ('sent', 'done', 'found done') order by n"""
)
# What is pressed in each state, and by whom; Megan and Isaiah may approve, and nothing else.
GOOD: dict[str, list[tuple[Person, Action]]] = {
    "planned": [(ALEX, "start")],
    "awaiting_approval": [(MEGAN, "approve"), (ISAIAH, "approve")],
    "paused": [(ALEX, "resume")],
    "incomplete": [(ALEX, "retry")],
}
PRESSES: dict[str, list[tuple[Person, Action]]] = {
    "planning": [(ALEX, "look"), (ALEX, "start")],
    "planned": [*GOOD["planned"] * 3, (MEGAN, "start"), (ALEX, "look")],
    "awaiting_approval": [*GOOD["awaiting_approval"], (ALEX, "approve"), (MEGAN, "start"), (ALEX, "start")],
    "running": [(ALEX, "pause"), (ALEX, "look"), (ALEX, "done"), (ALEX, "retry"), (MEGAN, "start"), (ALEX, "start"), (MEGAN, "approve")],
    "paused": [*GOOD["paused"] * 3, (MEGAN, "resume"), (ALEX, "retry")],
    "verifying": [(ALEX, "retry"), (ALEX, "retry"), (ALEX, "look"), (ALEX, "done")],
    "incomplete": [*GOOD["incomplete"] * 3, (MEGAN, "retry"), (ALEX, "look")],
    "verified": [(ALEX, "retry"), (ALEX, "resume"), (MEGAN, "approve")],
}


class CampaignFailure(Exception):
    """Something that no count tells: the run did not end, it got another card, or records that were put back were not noticed."""


class Campaign:
    """One run of one bot. `go` ends when the run is verified."""

    def __init__(self, lab: RunningLab, people: ChatClient, scratch: Path, chance: random.Random) -> None:
        self.lab, self.people, self.chance = lab, people, chance
        self.records, self.backup, self.put_away = Path(lab.lab_json["records"]), scratch / "backup.sqlite", scratch / "put-away.sqlite"
        self.kills = self.presses = self.restores = 0
        self.who: set[str] = set()
        self.run = 0

    async def go(self, kills: int) -> None:
        self.who = set(await self.lab.movable(PEOPLE))
        for subject in self.chance.sample(sorted(self.who), REFUSED):
            await self.lab.perform_manual_action("fault", what="refuse", call="Move-CsUser", subject=subject)
        card = await self.people.start(f"move pilot users {', '.join(sorted(self.who))}")
        self.run = next(iter(card.buttons.values()))["run"]
        self.card = card.id
        put_back = self.chance.randint(1, min(kills, 4))  # at which kill
        backed_up = self.chance.randint(1, put_back)  # in which life
        for life in range(1, kills + 1):
            moment = self.chance.uniform(0, LIFE)
            early = moment * self.chance.random()
            await self._live(early)
            if life == backed_up:
                _copy(self.records, self.backup)
            await self._live(moment - early)
            await self._kill(moment)
            if life == put_back:
                await self._put_back()
            await self.lab.start()
            if life >= put_back and self._state() == "verified":
                break
        await self._end()

    async def _live(self, seconds: float) -> None:
        """So long a part of a life, in which people press; around the end of the run in every few milliseconds."""
        until = time.monotonic() + seconds
        with suppress(TimeoutError, ClientError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(self._press(until) for _ in range(2)))
        await asyncio.sleep(max(0.0, until - time.monotonic()))

    async def _press(self, until: float) -> None:
        with closing(RecordsReader(self.records)) as reading:
            while time.monotonic() < until:
                run = reading.runs()[self.run]
                if run.state in PRESSES:
                    await self._pressed(run, *self.chance.choice(PRESSES[run.state]))
                await asyncio.sleep(self.chance.uniform(0, 0.02 if run.state == "verifying" else 0.5))

    async def _pressed(self, run: RunRow, who: Person, verb: Action) -> None:
        """As the card shows it that stands there, in the chat of one's own or in the channel."""
        card = self.people.messages[self.card]
        line = max((data.get("line", 0) for data in card.buttons.values()), default=0)
        data = {"verb": verb, "run": run.id, "digest": run.digest, "line": line}
        where = self.chance.choice((personal_conversation(who), AUDIT_CHANNEL))
        for _ in range(2 if verb in ("start", "approve") else 1):  # the first one may be answered with a plan that was not shown before
            self.presses += 1
            await self.people.invoke(who, where, data)

    async def _kill(self, moment: float) -> None:
        done = sum((await self.moved()).values())
        state = self._state()
        await self.lab.kill()
        self.kills += 1
        print(f"kill {self.kills}: {moment:.1f} s into a life, {state}, {done} of {len(self.who)} moved", flush=True)

    async def _put_back(self) -> None:
        """The backup takes the place of the records; the bot must notice, say so and send nothing. Then somebody accepts them."""
        _copy(self.records, self.put_away)
        for end in ("", "-wal", "-shm"):
            self.records.with_name(self.records.name + end).unlink(missing_ok=True)
        shutil.copy(self.backup, self.records)
        self.restores += 1
        await asyncio.sleep(UNDER_WAY)  # the estate goes on with what the bot had sent
        before, state = await self.lab.read_lines("effects"), self._state()
        known = set(self.people.messages)
        await self.lab.start()
        await self._live(HELD)
        with closing(RecordsReader(self.records)) as reading:
            for verb in ("start", "approve", "resume", "retry"):
                await self._pressed(reading.runs()[self.run], ALEX if verb != "approve" else MEGAN, verb)
        await self._is_told(known)
        sent = len(await self.lab.read_lines("effects")) - len(before)
        if sent:
            raise CampaignFailure(f"{sent} calls were sent from records that were put back")
        await self.lab.kill()
        accepted = run_command("accept-records", str(self.records))
        if accepted.returncode:
            raise CampaignFailure(f"accept-records: {accepted.stderr}")
        print(f"records of a run {state} were put back: noticed, and accepted", flush=True)

    async def _is_told(self, known: set[str]) -> None:
        async with (
            ClientSession(trust_env=False) as http,
            http.get(self.lab.lab_json["bot"].replace("/api/messages", "/healthz")) as answer,
        ):
            told = await answer.json()
            if answer.status != 503 or not any(one["part"] == "the records" for one in told["unwell"]):
                raise CampaignFailure(f"/healthz does not say that the records were put back: {told}")
        until = time.monotonic() + PATIENCE
        while not any("the records are not as" in text for text in self._said(known)):
            if time.monotonic() > until:
                raise CampaignFailure(f"nobody is told that the records were put back: {self._said(known)}")
            await asyncio.sleep(0.1)

    def _said(self, known: set[str]) -> list[str]:
        return [seen.text for name, seen in self.people.messages.items() if name not in known or name == self.card]

    def _state(self) -> str:
        with closing(RecordsReader(self.records)) as reading:
            return reading.runs()[self.run].state

    async def _end(self) -> None:
        """Only good presses from now on: the run must end well, on its one card, with nothing left over in the engine."""
        began = time.monotonic()
        with closing(RecordsReader(self.records)) as reading:
            while (run := reading.runs()[self.run]).state != "verified":
                if time.monotonic() - began > PATIENCE:
                    raise CampaignFailure(
                        f"the run did not end: {run}, {self.people.messages[self.card].text[:1000]}\n{self.lab.complaints}"
                    )
                if run.state in GOOD:
                    await self._pressed(run, *self.chance.choice(GOOD[run.state]))
                await asyncio.sleep(0.2)
        print(f"verified {time.monotonic() - began:.1f} s after the last start", flush=True)
        await self.people.wait_for_message(f"run {self.run} ", "verified", where=personal_conversation(ALEX), within=PATIENCE)
        shown = [seen.id for seen in self.people.messages.values() if seen.card and f"run {self.run} ·" in seen.text]
        if [name for name in shown if self.people.messages[name].conversation == personal_conversation(ALEX)] != [self.card]:
            raise CampaignFailure("the run has another card than the one that it began with")
        while left := workflow_faults(self.records):
            if time.monotonic() - began > PATIENCE:
                raise CampaignFailure(f"workflows are left over: {left}")
            await asyncio.sleep(0.2)

    async def moved(self) -> dict[str, int]:
        """How often each of them was moved."""
        return count_done(await self.lab.read_lines("effects"), self.who)

    async def lost(self) -> list[str]:
        """Who is not in Teams."""
        home = {person["sip"]: person["home"] for person in await self.lab.read_lines("estate")}
        return [sip for sip in self.who if home[sip] != "teams"]

    def unapproved(self) -> list[str]:
        """Calls that the records, or those that were put away, do not say to have been agreed to."""
        return [fault for path in self._ledgers() for fault in unapproved(path)]

    def audit_faults(self) -> list[str]:
        """What does not fit in the records, or in those that were put away; and people of whom they do not tell in order."""
        return [*(fault for path in self._ledgers() for fault in audit_faults(path)), *self._not_in_order()]

    def _ledgers(self) -> list[Path]:
        return [self.records, *([self.put_away] if self.restores else [])]

    def _not_in_order(self) -> Iterator[str]:
        """For everybody an intent comes first and one good end last. Who was moved in the part that was lost is found done, or is fine."""
        db = open_read_only(self.records)
        try:
            query = "select subject from findings where run = :run and kind = 'fine'"
            fine = {row["subject"] for row in db.query(query, {"run": self.run})}
            for sip in sorted(self.who):
                events = [line["event"] for line in db.query(TOLD, {"subject": sip})]
                *before, last = events or [""]
                begins = before[:1] == ["sent"] or (self.restores and last == "found done")
                if not (begins and last in ENDS and not ENDS & set(before)) and not (self.restores and not events and sip in fine):
                    yield f"{sip}: {', '.join(events) or 'nothing'}"
        finally:
            db.close()


def _copy(records: Path, to: Path) -> None:
    """A backup as the manual tells to make it."""
    with closing(sqlite3.connect(records)) as here, closing(sqlite3.connect(to)) as there:
        here.backup(there)
