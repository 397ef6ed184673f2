"""Starting a synchronisation cycle, where one is needed."""

from bot.calls import Cmdlet
from bot.i18n import LocalizedText, say
from bot.step import Change, Finding
from bot.steps.directory_sync.checks import CYCLE, SyncStatus, check_cycle

NO_UNDO = say("a synchronisation cannot be taken back, only followed by a better one")


def plan_cycle(sync: SyncStatus, waiting: int | None) -> Finding:
    """What is said of the cycle. `waiting` is how many people wait to arrive; None = nobody could say."""
    found = check_cycle(sync, waiting)
    return _start(found, full=sync.needs_full_cycle) if isinstance(found, tuple) else found


def _start(reasons: tuple[LocalizedText, ...], full: bool) -> Change:
    call = Cmdlet("sync", "Start-ADSyncSyncCycle", {"PolicyType": "Initial" if full else "Delta"})
    effect = say("none running → a full one") if full else say("none running → one with what has changed")
    return Change(CYCLE, effect, (call,), no_undo=NO_UNDO, plan_only_notes=reasons)
