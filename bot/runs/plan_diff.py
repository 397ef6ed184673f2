"""The plan you saw is the plan that runs: its digest, and what a second look leaves of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.calls import ManualAction, WriteCall
from bot.i18n import LocalizedText, comma_list, first_few, say
from bot.ledger import Database, runs, shown_plans
from bot.ledger.audit import canonical
from bot.ledger.serialization import dump_call
from bot.step import Change, Finding, Fine, Obstacle, Unclear
from bot.steps.shared.people_input.parser import list_problems
from bot.views import FINGERPRINT, RunState


def changes(found: Sequence[Finding]) -> list[Change]:
    """The findings that would change something."""
    return [finding for finding in found if isinstance(finding, Change)]


def digest(found: Sequence[Finding]) -> str:
    """SHA-256 over what would be done and taken back: no times, and none of the other findings' words."""
    return hashlib.sha256(canonical(sorted(map(_digest_content, changes(found)), key=canonical)).encode()).hexdigest()


def save_plan(db: Database, run: int, found: Sequence[Finding], at: float) -> str:
    """The findings are the run's plan from now on. Returns its digest."""
    runs.save_plan(db, run, found)
    plan = digest(found)
    if changes(found) and not shown_plans.is_known(db, run, plan):
        shown_plans.save(db, run, shown_plans.PastPlan(plan, at, subject_hashes(found)))
    return plan


def subject_hashes(found: Sequence[Finding]) -> dict[str, str]:
    """What the plan holds for each subject, as a short hash."""
    return {change.subject: hashlib.sha256(canonical(_digest_content(change)).encode()).hexdigest()[:8] for change in changes(found)}


def _digest_content(change: Change) -> dict[str, Any]:
    return {
        "subject": change.subject,
        "effect": str(change.effect),
        "do": [dump_call(call) for call in change.do],
        "undo": [dump_call(call) for call in change.undo],
        "undo_loses": sorted(str(words) for words in change.undo_loses),
        **({"loses": sorted(str(words) for words in change.loses)} if change.loses else {}),
        **({"who": change.identity.id} if change.identity else {}),
    }


def matches_digest(digest: str, name: str) -> bool:
    """Whether the plan of this digest is meant by the whole digest, as buttons carry it, or by its fingerprint, as people type it."""
    return name in (digest, digest[:FINGERPRINT])


def describe_difference(before: Mapping[str, str], now: Mapping[str, str]) -> LocalizedText:
    """What another plan of the same run holds that the one before did not, by the marks of both."""
    groups = (
        ([subject for subject in now if subject not in before], say("new in it: {names}", names="")),
        ([subject for subject in before if subject not in now], say("no longer in it: {names}", names="")),
        ([subject for subject in now if before.get(subject, now[subject]) != now[subject]], say("to be done otherwise: {names}", names="")),
    )
    return comma_list([LocalizedText(words.text, {"names": first_few(subjects)}) for subjects, words in groups if subjects])


def initial_state(
    found: Sequence[Finding], typed: bool = True, apart: bool = False
) -> tuple[RunState, LocalizedText | None, dict[str, LocalizedText]]:
    """The state that a plan leads to, why where the state does not say it, and words beside the fields of the form.

    Only who was `typed` just now can be misspelt: whoever was there before is gone, and keeps nothing from the others.
    Where people stand `apart`, who is unknown keeps nothing from the others either, unless there are no others.
    """
    unknown = [finding for finding in found if typed and isinstance(finding, Obstacle) and finding.unknown]
    if unknown and not (apart and len(unknown) < len(found)):
        words = [say("{name}: {why}", name=finding.subject, why=finding.reasons[0].why) for finding in unknown]
        return RunState.CANCELLED, say("not carried out: somebody on the list was not found"), {"people": list_problems(words)}
    if changes(found):
        return RunState.PLANNED, None, {}
    if all(isinstance(finding, Fine) for finding in found):
        return RunState.VERIFIED, None, {}
    return RunState.INCOMPLETE, None, {}


def count_kinds(found: Sequence[Finding]) -> dict[str, int]:
    """How many findings there are of each kind."""
    return {kind: sum(finding.kind == kind for finding in found) for kind in ("change", "obstacle", "fine", "unclear")}


@dataclass(frozen=True)
class PlanDiff:
    """What a second look leaves of an agreed plan."""

    remaining: dict[str, int]  # subject -> how many calls of its sequence are already behind it
    already_done: frozenset[str]  # as wanted by now
    dropped: dict[str, LocalizedText]  # no longer possible or no longer clear, and why
    differs: bool  # it would now do something that nobody agreed to


def diff(agreed: Sequence[Change], now: Sequence[Finding], strictly: bool = True) -> PlanDiff:
    """What is left to do must be a part of what was agreed: by subject and calls, or a tail of an agreed sequence.

    A change of a subject that nobody agreed to makes another plan; not `strictly` (independent people) it is left out.
    """
    plan = {change.subject: change for change in agreed}
    go: dict[str, int] = {}
    already, dropped, differs = [], {}, False
    for finding in now:
        if finding.subject in plan and (why := _find_other_person(plan[finding.subject], finding)):
            dropped[finding.subject] = why
            continue
        match finding:
            case Change(subject=subject) if subject in plan:
                differs |= plan[subject].identity is None and finding.identity is not None  # agreed by the address alone
                behind = len(plan[subject].do) - len(finding.do)
                unsaid = set(map(str, finding.loses)) - set(map(str, plan[subject].loses))
                if unsaid or behind < 0 or not all(map(_is_same_call, plan[subject].do[behind:], finding.do)):
                    differs = True
                go[subject] = behind
            case Change():
                differs |= strictly
            case Fine(subject=subject) if subject in plan:
                already.append(subject)
            case Obstacle(subject=subject, reasons=reasons) if subject in plan:
                dropped[subject] = reasons[0].why
            case Unclear(subject=subject, why=why) if subject in plan:
                dropped[subject] = why
    for subject in plan.keys() - go.keys() - set(already) - dropped.keys():
        dropped[subject] = say("the second look says nothing about it")
    return PlanDiff(go, frozenset(already), dropped, differs)


def _find_other_person(agreed: Change, now: Finding) -> LocalizedText | None:
    """Why what was agreed is not about the person whom the second look has found."""
    if agreed.identity is None or isinstance(now, Obstacle | Unclear):
        return None
    if now.identity is None:
        return say("whether this is still the same person could not be read")
    return None if now.identity.id == agreed.identity.id else say("this address belonged to somebody else when it was agreed")


def _is_same_call(agreed: WriteCall, now: WriteCall) -> bool:
    """What a person does is the same while the same fact shows it; its words may name values that were not known before."""
    if isinstance(agreed, ManualAction) and isinstance(now, ManualAction):
        return agreed.shown_by == now.shown_by
    return agreed == now
