"""People press at random moments, most of all around the ends of runs: `python -m tests.tools.presses 2000 [SEED]`.

The whole bot answers over HTTP on its real socket, on a lab whose moves are refused or cut off now and then, so that runs end
incomplete often. Afterwards the records, the engine's own file and the estate are asked whether anything was sent that must not
have been. The last line is JSON: {"presses", "done", "runs", "sent", "faults"}.
"""

import asyncio
import json
import logging
import random
import sqlite3
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from adapters.lab.process.settings import sample_people
from bot.step import LOSE
from bot.views import ENDED, Action, Person, RunState
from dialogs.cards.run import TYPED
from tests.support.bot_in_process import ErrorLog, bot_in_process
from tests.support.invariants import audit_faults, moved_too_often, workflow_faults
from tests.support.lab_client import ChatClient, RunningLab, chat_client
from tests.support.run_states import RecordsReader, RunRow

OPTIONS = {"users": 60, "move_latency": 0.02, "concurrency": 5, "time_factor": 1000}
WHOEVER = sample_people()  # all of them may ask and approve here
CROWD, TOGETHER = 12, 3  # people of the estate who are moved to and fro; how many in one run
RUNS, HANDS = 4, 6  # runs that are kept going; people who press at random
VERBS: dict[Action, int] = {"retry": 4, "look": 4, "pause": 2, "resume": 8, "done": 2, "undo": 1, "cancel": 1}  # how often each is pressed
AT_THE_END: tuple[Action, ...] = ("retry", "retry", "retry", "retry", "retry", "retry", "look", "undo", "done", "resume")
TROUBLE = ({"what": "refuse"}, {"what": "drop", "phase": "before"}, {"what": "drop", "phase": "during"}, {"what": "drop", "phase": "after"})
PLANS_ARE_PRESSED = 0.03  # of the chances to do so
LIVELY = [state for state in RunState if state not in ("verified", "cancelled")]
WATCHES = "aftercare"  # a step whose runs are left alone: they only look
QUIET = 60.0  # seconds within which everything comes to rest when nobody presses any more


@dataclass
class Score:
    """What is counted: presses, those that did something, runs, calls that were sent, and what was wrong."""

    presses: int = 0
    done: int = 0
    runs: int = 0
    sent: int = 0
    faults: list[str] = field(default_factory=list)


class Crowd:
    """People at work on one bot: some ask, start and approve as they should, others press whatever there is."""

    def __init__(self, lab: RunningLab, people: ChatClient, reading: RecordsReader, presses: int, chance: random.Random) -> None:
        self.lab, self.people, self.reading, self.chance, self.left = lab, people, reading, chance, presses
        self.score = Score()
        self._places = 0

    async def work(self) -> None:
        who = (await self.lab.movable(CROWD))[:CROWD]
        beside = [asyncio.create_task(work) for work in (self._ask(who), self._agree(), self._trouble(who), self._lie_in_wait())]
        try:
            hands = asyncio.gather(*(self._press_anything() for _ in range(HANDS)))
            await asyncio.wait((hands, *beside), return_when=asyncio.FIRST_COMPLETED)
            for task in beside:
                if task.done():
                    task.result()
            await hands
        finally:
            for task in beside:
                task.cancel()
            ended = await asyncio.gather(*beside, return_exceptions=True)
        for outcome in ended:
            if isinstance(outcome, Exception):
                raise outcome

    async def come_to_rest(self) -> list[str]:
        """Nobody presses any more. Returns the workflows that are left over, or missing."""
        await self.lab.perform_manual_action("clear faults")
        until = time.monotonic() + QUIET
        faults = ["nothing was read"]
        while time.monotonic() < until and (faults or self._is_busy()):
            await asyncio.sleep(0.1)
            faults = [] if self._is_busy() else workflow_faults(Path(self.lab.lab_json["records"]))
        return [*faults, *([f"still at work: {self._busy()}"] if self._is_busy() else [])]

    def _is_busy(self) -> bool:
        return bool(self._busy() or self.reading.under_way())

    def _busy(self) -> list[RunRow]:
        settles = (run for run in self.reading.runs().values() if run.state == "verifying" and run.step != WATCHES)
        return [*settles, *(run for run in self.reading.runs().values() if run.state in ("planning", "running"))]

    async def _ask(self, who: list[str]) -> None:
        """Keeps some runs going, to Teams or back."""
        while True:
            if len([run for run in self._newest() if run.state in LIVELY]) < RUNS:
                them = ", ".join(self.chance.sample(who, TOGETHER))
                step = self.chance.choice(("move pilot users", "move pilot users", "move back"))
                await self.people.say(self.chance.choice(WHOEVER), f"{step} {them}")
            await asyncio.sleep(0.15)

    def _newest(self) -> list[RunRow]:
        runs = [run for run in self.reading.runs().values() if run.step != WATCHES]
        return sorted(runs, key=lambda run: run.id)[-2 * RUNS :]

    async def _agree(self) -> None:
        """Plans are started and approved, each by somebody to whom the plan was shown just before."""
        while True:
            for run in list(self.reading.runs().values()):
                if run.state == "planned":
                    await self._twice(self.chance.choice(WHOEVER), "start", run)
                elif run.state == "awaiting_approval":
                    others = [person for person in WHOEVER if person.id not in (run.asked_by, run.started_by)]
                    await self._twice(self.chance.choice(others), "approve", run)
            await asyncio.sleep(0.02)

    async def _twice(self, who: Person, verb: Action, run: RunRow) -> None:
        """The first press is answered with the plan, for it was not shown to them before."""
        place = self._new_place()
        for _ in range(2):
            await self._invoke(who, place, verb, run, **{TYPED: LOSE})

    async def _trouble(self, who: list[str]) -> None:
        """Some people cannot be moved, and calls are cut off now and then: so most runs end incomplete, again and again."""
        for subject in who[::2]:
            await self.lab.perform_manual_action("fault", what="refuse", call="Move-CsUser", subject=subject, times=0)
        while True:
            fault = self.chance.choice(TROUBLE)
            await self.lab.perform_manual_action("fault", **fault, call="Move-CsUser", subject=self.chance.choice(who))
            await asyncio.sleep(0.4)

    async def _press_anything(self) -> None:
        while self.left > 0:
            newest = [run for run in self._newest() if self._is_pressed(run)]
            if newest:
                await self._press(self.chance.choices(list(VERBS), list(VERBS.values()))[0], self.chance.choice(newest))
            await asyncio.sleep(self.chance.uniform(0, 1))

    def _is_pressed(self, run: RunRow) -> bool:
        """What is not agreed to yet is mostly left alone: else nothing would ever begin."""
        return run.state not in ("planning", "planned", "awaiting_approval") or self.chance.random() < PLANS_ARE_PRESSED

    async def _lie_in_wait(self) -> None:
        """A run that is about to end is pressed again and again, so that a press comes in the very milliseconds around its end."""
        crowd = dict[tuple[int, RunState], asyncio.Task[None]]()
        while True:
            for run in self._newest():
                now = crowd.get((run.id, run.state))
                if run.state in (*ENDED, "verifying") and (now is None or (run.state == "verifying" and now.done())):
                    crowd[run.id, run.state] = asyncio.create_task(self._press_around_the_end(run))
                elif run.state not in ENDED:
                    crowd = {key: task for key, task in crowd.items() if key[0] != run.id or key[1] == run.state}
            for task in crowd.values():
                if task.done():
                    task.result()
            await asyncio.sleep(0.005)

    async def _press_around_the_end(self, run: RunRow) -> None:
        for verb in self.chance.sample(AT_THE_END, 3) if run.state in ENDED else ("retry",):
            await self._press(verb, run)
            await asyncio.sleep(self.chance.uniform(0, 0.04))

    async def _press(self, verb: Action, run: RunRow) -> None:
        if self.left <= 0:
            return
        self.left -= 1
        self.score.presses += 1
        await self._invoke(self.chance.choice(WHOEVER), self._new_place(), verb, self.reading.runs().get(run.id, run))

    async def _invoke(self, who: Person, place: str, verb: Action, run: RunRow, **answers: str) -> None:
        """The button of a card that is up to date. Everybody is in a conversation of their own, so no press waits for another."""
        await self.people.invoke(who, place, {"verb": verb, "run": run.id, "digest": run.digest, **answers})

    def _new_place(self) -> str:
        self._places += 1
        return f"19:place-{self._places}@thread.tacv2"


async def press(folder: Path, presses: int, seed: int) -> Score:
    """So many presses on a bot of its own. `faults` of the score says what was wrong."""
    complaints, root = ErrorLog(), logging.getLogger()
    root.addHandler(complaints)
    try:
        async with bot_in_process(folder, {**OPTIONS, "seed": seed % 1000}) as lab, chat_client(lab.lab_json["bot"]) as people:
            records = Path(lab.lab_json["records"])
            reading = RecordsReader(records)
            crowd = Crowd(lab, people, reading, presses, random.Random(seed))
            try:
                await crowd.work()
                crowd.score.faults += await crowd.come_to_rest()
            finally:
                reading.close()
            crowd.score.faults += [*audit_faults(records), *moved_too_often(records, await lab.read_lines("effects"))]
            crowd.score.faults += complaints.told
            _count(records, crowd.score)
            return crowd.score
    finally:
        root.removeHandler(complaints)


def _count(records: Path, score: Score) -> None:
    db = sqlite3.connect(f"file:{records}?mode=ro", uri=True)
    try:
        score.runs = db.execute("select count(*) from runs").fetchone()[0]
        score.sent = db.execute("select count(*) from audit where event = 'sent'").fetchone()[0]
        score.done = db.execute(
            f"select count(*) from audit where event in {tuple(sorted(set(VERBS)))} and names like '%\"who\"%'"
        ).fetchone()[0]
    finally:
        db.close()


def main(presses: int, seed: int) -> None:
    print(f"{presses} presses, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        score = asyncio.run(press(Path(scratch) / "lab", presses, seed))
    print(json.dumps(asdict(score)))
    sys.exit(bool(score.faults))


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(numbers[0] if numbers else 2000, numbers[1] if len(numbers) > 1 else random.randrange(1_000_000))
