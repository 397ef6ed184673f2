"""The end of a run: what was said to be done counts when it is seen, and what was in doubt is told by looking."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from bot.i18n import LocalizedText, comma_list, first_few, line_list, say
from bot.ledger import Database, audit, calls, identities, runs
from bot.ledger.calls import CallRecord
from bot.ledger.runs import RunRecord
from bot.runs.lifecycle import Event, transition
from bot.step import Change, Finding, Fine, Obstacle, Unclear
from bot.views import CallState, RunState

TOLD = 3  # different answers that are told of those who were put off
LOOK_AGAIN = 30.0  # seconds, where a finding names no time of its own
LONGEST = 900.0  # seconds between two looks at what takes its time
MOST_REASONS = 3  # different ones that are told of what cannot be seen


def unverified_subjects(db: Database, run: int) -> set[str]:
    """Subjects whose change has not been seen yet."""
    done = {row.subject for row in calls.of_run(db, run, CallState.DONE) if not row.verified}
    return done | {row.subject for row in calls.of_run(db, run, CallState.UNKNOWN)}


def state_between_reads(db: Database, run: int) -> RunState:
    """The state of a run that has no call left to send and keeps looking."""
    return RunState.VERIFYING if unverified_subjects(db, run) else RunState.MONITORING


def look_delays(found: Sequence[Finding]) -> dict[str, float]:
    """Seconds until each subject wants to be looked at again, where its finding names a time."""
    return {finding.subject: finding.recheck_after for finding in found if isinstance(finding, Unclear) and finding.recheck_after}


def seconds_until_look(wanted: Mapping[str, float], subjects: set[str], otherwise: float = LOOK_AGAIN) -> float:
    """Seconds until the first of these subjects wants to be looked at again."""
    return min((wanted[subject] for subject in subjects & wanted.keys()), default=otherwise)


def back_off(wait: float, waited: float, longest: float) -> float:
    """Seconds until the next look, after so many of waiting: an eighth of that, unless the look wants to be later anyway."""
    return max(wait, min(waited / 8, longest))


def verify(db: Database, run: RunRecord, found: Sequence[Finding], wait: float, gives_up: float, now: float) -> float:
    """Records what this look has shown. Returns the seconds until the next one, or 0 when the run's state has changed."""
    by_subject = {finding.subject: finding for finding in found}
    confirm_visible(db, run, found, now)
    in_plan = {change.subject for change in runs.plan(db, run.id) if isinstance(change, Change)}
    if runs.requested_stop(db, run.id) == "cancel":
        skip_not_done(db, run, found, say("seen not to have happened, and cancelled"), now)
    else:
        skip_not_done(db, run, found, say("seen not to have happened, and no longer in the plan"), now, besides=in_plan)
    unseen = sorted(unverified_subjects(db, run.id))
    if any(isinstance(by_subject.get(row.subject), Change) for row in calls.of_run(db, run.id, CallState.UNKNOWN)):
        transition(db, run.id, Event.CALL_LOST, RunState.RUNNING)  # seen not to have happened: it is worked off once more
        return 0
    broken_off = {
        row.subject for row in calls.of_run(db, run.id, CallState.FAILED, CallState.SKIPPED)
    }  # time alone will not complete these
    expected = [subject for subject in unseen if subject not in broken_off]
    end = (run.verifying_since or 0) + gives_up
    if expected and now < end:
        wait = min(wait, end - now)
        runs.update(db, run.id, again_at=now + wait, gives_up_at=end, why=describe_unseen(expected, found))
        return wait
    _end(db, run, unseen, found, now)
    return 0


def confirm_visible(db: Database, run: RunRecord, found: Sequence[Finding], now: float) -> set[str]:
    """What this look shows as wanted is verified. Returns the subjects that are still to be seen."""
    open_still = unverified_subjects(db, run.id)
    who = {row.subject: row.identity for row in calls.of_run(db, run.id, CallState.DONE, CallState.UNKNOWN)}
    seen = {
        finding.subject
        for finding in found
        if isinstance(finding, Fine) and finding.subject in open_still and _is_same_person(finding, who)
    }
    for row in calls.of_run(db, run.id, CallState.UNKNOWN):
        if row.subject in seen:
            calls.finish(db, run.id, row.n, CallState.DONE, now, say("found done after an interruption"))
            audit.write(db, now, "found done", run.id, row.audit_people, part=row.part, ours=True)
    calls.mark_verified(db, run.id, sorted(seen))
    return open_still - seen


def skip_not_done(
    db: Database, run: RunRecord, found: Sequence[Finding], why: LocalizedText, now: float, besides: Collection[str] = ()
) -> None:
    """Calls in doubt that surely are over, and that this look shows not to have happened, are left out."""
    wanted = {finding.subject for finding in found if isinstance(finding, Change)} - set(besides)
    for row in calls.of_run(db, run.id, CallState.UNKNOWN):
        if row.subject in wanted:
            calls.finish(db, run.id, row.n, CallState.SKIPPED, now, why)
            audit.write(db, now, "found not done", run.id, row.audit_people, part=row.part)


def _is_same_person(finding: Finding, who: Mapping[str, str]) -> bool:
    """Whether it is about the person for whom it was done, as far as that is known."""
    meant = identities.object_guid(who.get(finding.subject, ""))
    return not meant or (finding.identity is not None and finding.identity.id == meant)


def unseen_predecessors(
    db: Database, run: RunRecord, found: Sequence[Finding], turns: Iterable[CallRecord], now: float
) -> dict[str, set[str]]:
    """By lane, the subjects that must be seen before the turn of this row of it comes.

    All earlier ones, also where a call may still be under way; its own earlier calls; and itself where it is unclear.
    """
    open_still, every = confirm_visible(db, run, found, now), calls.of_run(db, run.id)
    open_still |= {row.subject for row in every if row.state == CallState.SENT}
    lanes = defaultdict[str, set[str]](set)
    for row in every:
        lanes[row.order_key].add(row.subject)
    clear = _subjects_as_agreed(found, [row for row in every if row.state == CallState.PENDING])
    return {row.order_key: lanes[row.order_key] & open_still - {row.subject} | {row.subject} - clear for row in turns}


def _subjects_as_agreed(found: Sequence[Finding], waiting: Sequence[CallRecord]) -> set[str]:
    """The subjects of which nothing else is wanted than what waits: every earlier call of theirs is seen."""
    left = Counter(row.subject for row in waiting)
    return {finding.subject for finding in found if isinstance(finding, Change) and len(finding.do) <= left[finding.subject]}


def due_calls(waiting: Sequence[CallRecord], now: float) -> list[CallRecord]:
    """The rows of everybody whose turn it is: who was put off holds up nobody else."""
    later = {row.subject for row in waiting if (row.due_at or 0) > now}
    return [row for row in waiting if row.subject not in later]


def choose_calls(db: Database, run: RunRecord, found: Sequence[Finding], real: Callable[[float], float], now: float) -> list[CallRecord]:
    """The rows whose turn it is. Who has begun is put off while nothing clear is said and, one by one, until the last call is seen."""
    waiting, by_subject = due_calls(calls.of_run(db, run.id, CallState.PENDING), now), {finding.subject: finding for finding in found}
    begun, first = {row.subject for row in calls.of_run(db, run.id, CallState.DONE)}, {row.subject: row for row in reversed(waiting)}
    held, clear = dict[str, tuple[float, LocalizedText]](), _subjects_as_agreed(found, waiting)
    for subject in begun & first.keys():
        match by_subject.get(subject):
            case Change(verify_each_call=True) if subject not in clear:
                held[subject] = LOOK_AGAIN, say("what was done is not visible everywhere yet")
            case Unclear(why=why, recheck_after=again):
                held[subject] = again or LOOK_AGAIN, why
            case None:
                held[subject] = LOOK_AGAIN, say("the second look says nothing about it")
    for subject, (wait, why) in held.items():
        calls.postpone(db, run.id, first[subject].n, now + real(wait), why, None)
    lost = {
        row.subject for row in calls.of_run(db, run.id, CallState.SENT, CallState.UNKNOWN)
    }  # an earlier call of theirs may be under way
    return [row for row in waiting if row.subject not in held and row.subject not in lost]


def wait_for_postponed(db: Database, run: RunRecord, waiting: Sequence[CallRecord], now: float) -> float | None:
    """Seconds until the first of these is tried again; None when there are none, or when it is somebody's turn."""
    later = [row for row in waiting if (row.due_at or 0) > now]
    if not later or due_calls(waiting, now):
        return None
    first = min(row.due_at or 0 for row in later)
    runs.update(db, run.id, again_at=first, why=describe_postponed(later))
    return first - now


def describe_postponed(later: Sequence[CallRecord]) -> LocalizedText:
    """What is told of those who were put off: of each what was said to them, those of whom the same was said together."""
    alike: dict[str, list[CallRecord]] = defaultdict(list)
    for row in later:
        alike[str(row.why or "")].append(row)
    words = [say("not yet: {who}: {why}", who=first_few([row.subject for row in some]), why=some[0].why or "") for some in alike.values()]
    more = [say("and {n} more", n=len(words) - TOLD)] if len(words) > TOLD else []
    return words[0] if len(words) == 1 else line_list([*words[:TOLD], *more])


def describe_unseen(unseen: Sequence[str], found: Sequence[Finding]) -> LocalizedText:
    """What is told of what was done and cannot be seen, and what the newest look says of it."""
    return say("done, not visible everywhere yet: {who}", who=_with_reasons(unseen, found))


def _with_reasons(subjects: Sequence[str], found: Sequence[Finding]) -> LocalizedText:
    """These subjects, those together of whom the same is said; not more than a few different things are told."""
    why = {finding.subject: finding.why for finding in found if isinstance(finding, Unclear)}
    why |= {finding.subject: finding.reasons[0].why for finding in found if isinstance(finding, Obstacle)}
    told = defaultdict[str, list[str]](list)
    for subject in subjects:
        told[str(why.get(subject, ""))].append(subject)
    groups = [
        say("{who} ({why})", who=first_few(who), why=why[who[0]]) if text else say("{who}", who=first_few(who))
        for text, who in told.items()
    ]
    left = [subject for who in list(told.values())[MOST_REASONS:] for subject in who]
    return comma_list([*groups[:MOST_REASONS], *([say("{who}", who=first_few(left))] if left else [])])


def resume_sending(db: Database, run: RunRecord) -> None:
    """Nothing is waited for any more."""
    transition(db, run.id, Event.CALLS_CHOSEN, RunState.RUNNING, verifying_since=None, again_at=None, gives_up_at=None, why=None)


def _end(db: Database, run: RunRecord, unseen: list[str], found: Sequence[Finding], now: float) -> None:
    failed = calls.of_run(db, run.id, CallState.FAILED, CallState.UNKNOWN)
    left = sorted({row.subject for row in calls.of_run(db, run.id, CallState.SKIPPED) if not row.verified})
    unexplained = set(unseen) - set(left)  # nothing of it was left out, and still it does not show
    if runs.requested_stop(db, run.id) == "cancel" and not unexplained and not failed:
        state = RunState.CANCELLED
        why = say("begun, and broken off: {who}", who=first_few(unseen)) if unseen else None
    else:
        state = RunState.INCOMPLETE if unseen or failed or left else RunState.VERIFIED
        why = _describe_rest(unseen, left, found)
    transition(db, run.id, Event.ENDED, state, why=why, ended_at=now, again_at=None, gives_up_at=None)
    audit.write(db, now, "ended", run.id, {}, state=state, failed=len(failed), unconfirmed=len(unseen), **totals(db, run.id))


def totals(db: Database, run: int) -> dict[str, Any]:
    """How the calls of a run stand, for the audit: how many in each state, and how many were verified."""
    every = calls.of_run(db, run)
    return {"calls": dict(Counter(row.state for row in every)), "verified": sum(row.verified for row in every)}


def _describe_rest(unseen: list[str], left: list[str], found: Sequence[Finding]) -> LocalizedText | None:
    if unseen:
        return say("not confirmed by looking: {who}", who=_with_reasons(unseen, found))
    return say("agreed, and not carried out: {who}", who=first_few(left)) if left else None
