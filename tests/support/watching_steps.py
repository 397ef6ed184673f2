"""A step that follows another and watches what it did, over the lamps of the fake gateway."""

from collections.abc import Sequence
from datetime import timedelta

from bot.calls import Cmdlet
from bot.facts import Reader, ReadFailure
from bot.i18n import LocalizedText, say
from bot.ledger import runs
from bot.step import Change, Finding, Fine, Obstacle, Plan, Reason, Unclear, step
from bot.views import RunView
from tests.support.fake_gateway import Lamp, LampNames
from tests.support.run_harness import RunHarness

HURRY = 1_000_000  # of the office's clock


DAY = 86400 / HURRY


@step(
    say("Watch lamps"),
    phrases=("watch",),
    ordering="independent",
    monitors=True,
    verify_timeout=timedelta(days=30),
)
async def watch(which: LampNames, read: Reader) -> Plan:
    """A lamp that is on gets cold by itself ("cold"); one that flickers must be switched on again."""
    for name, lamp in (await read.by_key(Lamp, which.people.split())).items():
        if lamp is None:
            yield Obstacle(name, (Reason(say("there is no such lamp"), say("check the name")),), unknown=True)
            continue
        state = "" if isinstance(lamp, ReadFailure) else lamp.state
        if state == "flickers":
            yield Change(name, say("again"), (Cmdlet("mover", "Set-Lamp", {"Name": name, "State": "on"}),), no_undo=say("it is only light"))
        elif state == "cold":
            yield Fine(name, say("is cold"))
        else:
            yield Unclear(name, say("is warm"), recheck_after=1800)


@watch.reminder(20, 27)
def still_warm(found: Sequence[Finding]) -> LocalizedText | None:
    """What the channel is told while some lamp is not cold."""
    warm = [finding.subject for finding in found if isinstance(finding, Unclear)]
    return say("still warm: {names}", names=", ".join(warm)) if warm else None


async def follower(office: RunHarness, run: int, n: int = 0) -> RunView:
    found = await office.ledger(runs.followers, run)
    return await office.settle(found[n].id)
