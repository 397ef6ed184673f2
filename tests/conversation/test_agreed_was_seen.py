"""Over random ways of three people through plan, new plan, start, approve and refuse: what somebody agreed to was shown to them before.

The witness is the channel itself: it knows which plan was on which card in which conversation, and asks no record of ours.
`make test ARGS="tests/conversation/test_agreed_was_seen.py --interleavings 10000"` goes more of them, some ten minutes long.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from botbuilder.schema import Activity

from bot.authorization import FRESH
from bot.errors import Refused
from bot.ledger import Database, audit
from bot.runs.deferred_actions import DeferredActions
from bot.views import FINGERPRINT, ConversationRef, Person
from tests.support.conversation import AUDIT, Conversation, FakeClients, Message
from tests.support.fake_directory import ADMINS, FakeDirectory
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.run_harness import ANNA, BEN, RunHarness

CAROL = Person("c", "Carol")
PEOPLE = (ANNA, BEN, CAROL)
GROUP = "group-1"
STEPS_OF_A_WAY = 16
WAYS_TOGETHER = 40  # before the office is a new one
PLAN = re.compile(r"run (\d+) · .*\n.* · plan ([0-9a-f]{6})\n")  # two runs can have the same
HAPPENS = {"types": 9, "presses": 9, "turn": 5, "lamp": 3, "shows": 2, "forgets": 0.5, "decides": 2, "down": 1, "dies": 0.2}
VERBS = ("start", "approve", "refuse", "look", "pause", "resume", "retry")


Button = tuple[Message, dict[str, Any]]  # where it stands, and its data


class Witness(FakeClients):
    """Remembers every plan that has stood in a conversation, and every button; says no while it is down."""

    def __init__(self) -> None:
        super().__init__()
        self.down = False
        self.seen = defaultdict[str, set[str]](set)
        self.buttons: list[Button] = []

    async def edit(self, spot: ConversationRef, message: str, activity: Activity) -> None:
        self._answers()
        await super().edit(spot, message, activity)

    async def post_to_channel(self, channel: ConversationRef, activity: Activity, *, again: bool = False) -> tuple[ConversationRef, str]:
        self._answers()
        return await super().post_to_channel(channel, activity, again=again)

    def _answers(self) -> None:
        if self.down:
            raise Refused("the channel is away")

    def _send(self, activity: Activity, conversation: str) -> Any:
        sent = super()._send(activity, conversation)
        if sent.id:
            self._witness(self.messages[sent.id])
        return sent

    def _show(self, message: Message, card: dict[str, Any] | None, text: str) -> None:
        super()._show(message, card, text)
        self._witness(message)

    def _witness(self, message: Message) -> None:
        actions = (message.card or {}).get("actions", ())
        self.buttons += [(message, action["data"]) for action in actions]
        if any(action["title"] == "Whole plan" for action in actions):
            self.seen[message.conversation] |= {f"{run} {plan}" for run, plan in PLAN.findall(message.as_shown)}


class Way:
    """One harness, through which many ways are gone one after another, each with a run of its own."""

    def __init__(self, records: Path) -> None:
        group = [f"group:{ADMINS}"]
        self.lamps, self.directory = FakeGateway(), FakeDirectory(*(person.id for person in PEOPLE))
        self.office = RunHarness(records, self.lamps, STEPS, rights={"ask": group, "approve": group})
        self.deciding = DeferredActions(self.office.ledger, self.directory, self.office.policy, self.office.clock, self.office.wake)
        self.stage = Conversation(self.office.service, STEPS, self._nothing, self.office.ledger, Witness())
        self.witness: Witness = self.stage.clients  # type: ignore[assignment]
        self.run, self.known, self.agreed = 0, 0, Counter[str]()
        self.names = defaultdict[str, list[str]](list)  # of plans, that each of them has given, newest last
        self.spoke = defaultdict[str, set[str]](set)  # where each of them has said or pressed something

    async def _nothing(self, words: str) -> None:
        """Nothing is directed here."""

    async def goes(self, random: Random) -> None:
        self.lamps.lamps = {name: random.choice(("on", "off", "off")) for name in "abc"}
        self.witness.buttons.clear()
        self.witness.seen.clear()
        self.witness.down = False
        await self._knows_everybody()
        self.run = (
            await self.office.service.create_run("light", {"people": "a b c"}, ANNA, ConversationRef("personal-a", "http://127.0.0.1:1/"))
        ).run or 0
        await self.stage.type_text(random.choice(PEOPLE), f"run {self.run}", random.choice(("", "", AUDIT, GROUP)))
        await self._turn()
        self.names.clear()
        self.spoke.clear()
        for _ in range(STEPS_OF_A_WAY):
            before = {place: set(plans) for place, plans in self.witness.seen.items()}
            who, where = random.choice(PEOPLE), random.choice(("", "", AUDIT, GROUP))
            happens = random.choices(*zip(*HAPPENS.items(), strict=True))[0]
            await self._steps(happens, random, who, where)
            for line in await self.office.ledger(_agreements, self.known):
                self.known = line["n"]
                self._was_seen(line, before, since=0 if happens == "decides" else -1)
        await self._ends()

    def _was_seen(self, line: dict[str, Any], before: dict[str, set[str]], since: int) -> None:
        """`since` is from which of their names on one must have been this plan's: what waited was named before."""
        who, plan = line["who"], f"{line['run']} {line['digest'][:FINGERPRINT]}"
        places = {f"personal-{who}", AUDIT, *self.spoke[who]}
        seen = {each for place in places for each in before.get(place, ())}
        self.agreed[line["event"]] += 1
        assert any(name in (line["digest"], line["digest"][:FINGERPRINT]) for name in self.names[who][since:]), f"{who} named another plan"
        assert plan in seen, f"{who} agreed ({line['event']}) to the plan of run {plan}, and was shown {sorted(seen)}"

    async def _steps(self, happens: str, random: Random, who: Person, where: str) -> None:
        match happens:
            case "types":
                self.spoke[who.id].add(where)
                verb, plan, more = await self._line(random)
                self.names[who.id].append(plan)
                await self.stage.type_text(who, f"{verb} run {self.run} {plan} {more}", where)
            case "presses" if self.witness.buttons:
                message, data = random.choice([*self.witness.buttons[-20:], *_agreeing(self.witness.buttons)])
                if message.conversation not in (AUDIT, GROUP, f"personal-{who.id}"):  # a button that is not theirs, sent all the same
                    message = Message("nothing", f"personal-{who.id}", "", None)
                self.spoke[who.id].add(message.conversation)
                self.names[who.id].append(str(data.get("digest")))
                await self.stage.send_action(who, message, data)
            case "lamp":
                lamp = random.choice("abc")
                self.lamps.lamps[lamp] = "off" if self.lamps.lamps[lamp] == "on" else "on"
            case "shows":
                await self.stage.type_text(who, f"run {self.run}", where)
            case "forgets":
                self.office.time.now += FRESH + 1
            case "decides":
                await self._knows_everybody() if random.random() < 0.3 else await self.deciding.work_off()
                await self._told()
            case "down":
                self.witness.down = not self.witness.down
            case "dies":
                await self.stage.restart()
            case _:
                await self._turn()

    async def _line(self, random: Random) -> tuple[str, str, str]:
        """A verb, mostly the one that is due, and a plan's fingerprint, or what somebody takes for it."""
        view = await self.office.view(self.run)
        due = {"planned": "start", "awaiting_approval": "approve"}.get(view.state, "look")
        old = [each.split()[1] for plans in self.witness.seen.values() for each in plans]
        plan = random.choice(
            ("", view.fingerprint, view.fingerprint, view.fingerprint, view.digest, *old[:2], f"{random.randrange(16**6):06x}")
        )
        return random.choice((due, due, *VERBS)), plan, random.choice(("", "", "LOSE"))

    async def _turn(self) -> None:
        await self.office.driver.advance(self.run)
        await self._told()

    async def _told(self) -> None:
        self.stage.card_updater.run_changed(self.run)
        await self.stage.card_updater.wait_until_shown()

    async def _knows_everybody(self) -> None:
        for person in PEOPLE:
            await self.office.policy.authorizer.read_groups(self.directory, person.id, self.office.clock.now())

    async def _ends(self) -> None:
        """So that the lamps are free for the next one."""
        await self._knows_everybody()
        await self.office.service.act(self.run, "cancel", ANNA)
        await self.office.settle(self.run)


def _agreeing(buttons: Sequence[Button]) -> list[Button]:
    """The newest buttons by which somebody agrees, the older ones of older plans among them."""
    return [button for button in buttons if button[1].get("verb") in ("start", "approve")][-8:]


def _agreements(db: Database, since: int) -> Sequence[dict[str, Any]]:
    """The newest lines of the audit by which somebody has started or approved something."""
    found = [line for line in audit.lines(db, None, 100) if line["n"] > since and line["event"] in ("start", "approve")]
    return [{**line, "who": _of(line, "names")["who"], "digest": _of(line, "hashed")["facts"]["digest"]} for line in found]


def _of(line: dict[str, Any], column: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(line[column])
    return told


async def test_every_agreed_plan_was_shown_to_whoever_agreed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    agreed, whole = Counter[str](), request.config.getoption("--interleavings")
    for first in range(0, whole, WAYS_TOGETHER):
        way = Way(tmp_path / f"{first}.sqlite")
        for seed in range(first, min(first + WAYS_TOGETHER, whole)):
            try:
                await way.goes(Random(seed))
            except AssertionError as error:
                raise AssertionError(f"way {seed}: {error}") from error
        way.office.close()
        agreed += way.agreed
    assert agreed["start"] > whole / 3 and agreed["approve"] > whole / 20, agreed
