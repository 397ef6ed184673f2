"""What the audit proves of a run's agreement: that what is still to be sent is what somebody else has agreed to, and not long ago.

The columns of a run say the same for people to read; anybody who can write the database can write them. The audit is a chain
whose end is known outside the records, so this is read from the chain alone. `CONDITIONS` are all that must hold.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.calls import ManualAction
from bot.clock import is_fresh
from bot.errors import BrokenChain
from bot.i18n import LocalizedText, say
from bot.ledger import Database, audit, calls, runs
from bot.ledger.audit import Line
from bot.ledger.calls import CallRecord
from bot.ledger.runs import RunRecord
from bot.ledger.serialization import dump_call
from bot.runs.plan_diff import changes, digest
from bot.runs.undo import UNDO
from bot.step import Change, Finding, Step
from bot.views import CallState, RunState

AGREED_FOR = 24 * 3600.0  # seconds for which an agreement covers what is sent after a start, a resume or a retry
NEW_PLAN = ("asked", "planned", "plan changed", "refuse")  # after these a plan must be agreed to anew


@dataclass
class History:
    """What a run's lines say, one after another."""

    asked: Line | None = None
    started: Line | None = None
    approved: Line | None = None
    is_stopped: bool = False  # paused, or over
    is_cancelled: bool = False
    set_back: float = 0.0  # seconds by which the clock was set back since the agreement; infinite where nobody knows
    done: set[tuple[str, int]] = field(default_factory=set)  # hash of the subject and part of each call that went well

    def read(self, line: Line) -> None:
        if line.facts.get("state") == RunState.PLANNING or line.event in NEW_PLAN:  # it is planned anew
            self.asked = line if line.event == "asked" else self.asked
            self.started = self.approved = None
            return
        match line.event:
            case "start":
                self.started, self.approved, self.is_stopped, self.is_cancelled = line, None, False, False
                self.set_back = 0.0
                self.done.clear()
            case "approve":
                self.approved, self.set_back = line, 0.0
            case "clock set":
                by = line.facts["by"]
                self.set_back += math.inf if by is None else max(-by, 0.0)
            case "pause" | "paused" | "ended":
                self.is_stopped = True
            case "resume" | "retry":
                self.is_stopped = False
            case "cancel":
                self.is_cancelled = True
            case "done" | "found done" if "part" in line.facts and line.facts.get("ours", True):
                self.done.add((line.people.get("subject", ""), line.facts["part"]))
            case "accepted":
                self.started = self.approved = None


@dataclass(frozen=True)
class Evidence:
    """All that is looked at to say whether a run's calls may be sent."""

    run: RunRecord
    plan: Sequence[Finding]
    plan_hash: str
    waiting: Sequence[CallRecord]
    history: History | None  # None: the chain of the audit is broken
    needs_two: bool
    pseudonym: Callable[[str], str]  # a person or subject as the audit's lines have it
    now: float

    @property
    def agreement(self) -> Line | None:
        """The line by which the plan was agreed to."""
        if self.history is None or self.history.started is None:
            return None
        started = self.history.started
        alone = started if not self.needs_two and started.facts.get("state") == RunState.RUNNING else None
        return self.history.approved or alone

    @property
    def calls(self) -> dict[tuple[str, int], str]:
        """The agreed calls, by subject and part."""
        return {(change.subject, part): dump_call(call) for change in changes(self.plan) for part, call in enumerate(change.do)}


def _chain_is_whole(one: Evidence) -> LocalizedText | None:
    return say("the audit was changed: “switchover check-audit” names the line") if one.history is None else None


def _is_not_cancelled(one: Evidence) -> LocalizedText | None:
    return say("it was cancelled") if one.history and one.history.is_cancelled else None


def _is_not_stopped(one: Evidence) -> LocalizedText | None:
    return say("it was paused or had ended, and nobody let it go on") if one.history and one.history.is_stopped else None


def _is_agreed(one: Evidence) -> LocalizedText | None:
    return say("the audit has no approval of this plan") if one.history and one.agreement is None else None


def _is_the_agreed_plan(one: Evidence) -> LocalizedText | None:
    started = one.history.started if one.history else None
    if started is None or one.agreement is None:
        return None
    of_plan = {digest(one.plan), one.run.digest, one.run.agreed_digest, started.facts.get("digest"), one.agreement.facts.get("digest")}
    is_same = len(of_plan) == 1 and started.facts.get("plan") == one.plan_hash
    return None if is_same else say("the plan is not the one that was agreed to")


def _calls_are_planned(one: Evidence) -> LocalizedText | None:
    planned = {change.subject: change for change in changes(one.plan)}
    calls = one.calls
    for row in one.waiting:
        change = planned.get(row.subject)
        is_planned = change is not None and calls.get((row.subject, row.part)) == row.text and row.order_key == change.order_key
        if not is_planned:
            return say("a call for {subject} is not in the plan that was agreed to", subject=row.subject)
    return None


def _calls_are_not_done(one: Evidence) -> LocalizedText | None:
    done = one.history.done if one.history else set()
    again = next((row for row in one.waiting if (one.pseudonym(row.subject), row.part) in done), None)
    return say("a call for {subject} waits that the audit says was done", subject=again.subject) if again else None


def _people_are_those_of_the_audit(one: Evidence) -> LocalizedText | None:
    """Who asked, started and agreed according to the records is who did according to the audit."""
    if one.history is None or one.agreement is None:
        return None
    asked, started, approved = one.history.asked, one.history.started, one.history.approved
    for who, line in ((one.run.asked_by, asked), (one.run.started_by, started), (one.run.agreed_by, approved)):
        proven = line.people.get("who") or line.people.get("for") if line else None
        if proven != (one.pseudonym(who) if who else None):
            return say("who asked, started or agreed is not who did according to the audit")
    return None


def _somebody_else_agreed(one: Evidence) -> LocalizedText | None:
    if not one.needs_two or one.history is None or one.agreement is None:
        return None
    own = {line.people.get(role) for line in (one.history.asked, one.history.started) if line for role in ("who", "for")}
    return say("nobody but who asked or started has agreed") if one.agreement.people.get("who") in own | {None} else None


def _agreement_is_fresh(one: Evidence) -> LocalizedText | None:
    if one.history is None or one.agreement is None or is_fresh(one.agreement.at - one.history.set_back, one.now, AGREED_FOR):
        return None
    return say("the approval is older than {hours} hours", hours=round(AGREED_FOR / 3600))


Condition = Callable[[Evidence], LocalizedText | None]
CONDITIONS: Mapping[str, Condition] = {
    condition.__name__.lstrip("_"): condition
    for condition in (
        _chain_is_whole,
        _is_not_cancelled,
        _is_not_stopped,
        _is_agreed,
        _is_the_agreed_plan,
        _calls_are_planned,
        _calls_are_not_done,
        _people_are_those_of_the_audit,
        _somebody_else_agreed,
        _agreement_is_fresh,
    )
}


def find_objection(
    db: Database, steps: Mapping[str, Step], number: int, approval_above: int, now: float, besides: str = ""
) -> tuple[LocalizedText | None, Evidence]:
    """Why nothing of this run may be sent, or None, and what was looked at. One condition may be left out."""
    run, plan = runs.require(db, number), runs.plan(db, number)
    evidence = Evidence(
        run=run,
        plan=plan,
        plan_hash=runs.plan_hash(db, number),
        waiting=[row for row in calls.of_run(db, number, CallState.PENDING) if not isinstance(row.call, ManualAction)],
        history=_history(db, number),
        needs_two=needs_second_person(steps, run, changes(plan), approval_above),
        pseudonym=audit.pseudonymizer(db),
        now=now,
    )
    holding = (condition for name, condition in CONDITIONS.items() if name != besides)
    return next((why for condition in holding if (why := condition(evidence))), None), evidence


def needs_second_person(steps: Mapping[str, Step], run: RunRecord, planned: Sequence[Change], approval_above: int) -> bool:
    """Whether somebody else must approve: always where everybody is concerned or something is lost, else above the configured number."""
    step = steps[run.answers["step"] if run.step == UNDO else run.step]
    is_lost = step.loses is not None or any(change.loses for change in planned)
    return len(planned) > approval_above or step.concerns_everybody or is_lost


def _history(db: Database, run: int) -> History | None:
    history = History()
    try:
        for line in audit.read_proven(db, run):
            history.read(line)
    except BrokenChain:
        return None
    return history
