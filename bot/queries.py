"""A run as people see it, put together from the records."""

import json
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot import progress
from bot.audit_text import describe_event
from bot.calls import ManualAction
from bot.facts.journey import Journey
from bot.i18n import LocalizedText
from bot.known_errors import is_warning
from bot.ledger import Database, audit, calls, reminders, runs, snapshots
from bot.ledger.calls import CallRecord
from bot.ledger.journey import journey
from bot.ledger.runs import RunRecord
from bot.ledger.status import latest_statuses
from bot.runs.lifecycle import actions_in
from bot.step import Change, Finding, Step, losses
from bot.steps.shared.people_input.list_summary import describe_list
from bot.steps.shared.people_input.question import PEOPLE_FIELD, PeopleForm
from bot.views import ENDED, Action, AuditLine, Board, BoardEntry, CallState, ChangeView, Person, RunState, RunView

WORST_FIRST = (CallState.SENT, CallState.UNKNOWN, CallState.FAILED, CallState.SKIPPED, CallState.PENDING, CallState.DONE)


def run_view(db: Database, steps: dict[str, Step], run: RunRecord, whole: bool = True) -> RunView:
    """Everything about one run; without its rows and findings when `whole` is False (for lists)."""
    plan = runs.plan(db, run.id) if whole else []
    records = calls.of_run(db, run.id) if whole else []
    step = steps[run.step]
    return RunView(
        id=run.id,
        step=run.step,
        title=step.title,
        state=run.state,
        digest=run.digest,
        asked_by=_person(db, run.asked_by),
        asked_at=datetime.fromtimestamp(run.asked_at, UTC),
        answers=run.answers,
        changes=_change_views([*plan, *_changes_done_before(db, run, plan, records)], records),
        other_findings=tuple(finding for finding in plan if not isinstance(finding, Change)),
        started_by=runs.person(db, run.started_by),
        agreed_by=runs.person(db, run.agreed_by),
        why=run.why,
        problems=run.problems,
        people_list=_people_list(run, step) if whole else None,
        next_look_at=datetime.fromtimestamp(run.again_at, UTC) if run.again_at else None,
        gives_up_at=datetime.fromtimestamp(run.gives_up_at, UTC) if run.gives_up_at else None,
        seconds_left=_seconds_left(records),
        actions=_available_actions(run, records, step, runs.requested_stop(db, run.id) == "cancel"),
        undo_of=run.undo_of,
        follows=run.follows,
        audit_line=audit.newest_line_of(db, run.id),
        loses=losses(step, plan) if run.state == RunState.PLANNED else None,
        reminders=reminders.of_run(db, run.id) if whole else (),
        manual_actions=tuple(record.why for record in records if record.why and _waits_for_person(record)),
        next_step=progress.next_step(_board_entries(db, steps), run.step, _journey(db, steps).phase)
        if whole and _may_lead_on(run, records, step)
        else None,
    )


def _people_list(run: RunRecord, step: Step) -> LocalizedText | None:
    """Lists that runs make for each other are no news to anybody."""
    text = (run.resolved_answers or run.answers).get(PEOPLE_FIELD, "") if PEOPLE_FIELD in step.form.model_fields else ""
    return describe_list(text) if text and not run.follows and not run.undo_of else None


def _may_lead_on(run: RunRecord, records: list[CallRecord], step: Step) -> bool:
    """Whether what comes next is another step: all is verified, or nothing could be started and other answers would not change that."""
    stopped = run.state == RunState.INCOMPLETE and not records and not step.form.model_fields
    return not run.undo_of and (run.state == RunState.VERIFIED or stopped)


def board_view(db: Database, steps: dict[str, Step]) -> Board:
    """Every step with its last run and what the newest look says."""
    lines, now = _board_entries(db, steps), _journey(db, steps)
    shown = (_without_old_status(line, now.off_at) if now.phase == "after" else line for line in lines)
    return Board(tuple(shown), next_step=progress.next_step(lines, phase=now.phase), journey=now, hold=db.hold)


def _without_old_status(line: BoardEntry, off_at: datetime | None) -> BoardEntry:
    """What was seen before hybrid was switched off says nothing any more."""
    return replace(line, status=None) if off_at and line.status and line.status.at < off_at else line


def _journey(db: Database, steps: dict[str, Step]) -> Journey:
    return journey(db, [step.name for step in steps.values() if "after" not in step.phases])


def _board_entries(db: Database, steps: dict[str, Step]) -> list[BoardEntry]:
    known, last, unfinished = latest_statuses(db), runs.last_of_each_step(db), defaultdict[str, list[int]](list)
    for run in runs.open_runs(db):
        unfinished[run.step].append(run.id)
    lines = ((step, _board_entry(db, step, last.get(step.name))) for step in progress.steps_on_board(steps))
    return [
        replace(
            line,
            open_runs=tuple(unfinished[step.name]),
            status=known.get(step.name),
            optional=step.optional,
            phases=step.phases,
            is_for_some_people=issubclass(step.form, PeopleForm),
        )
        for step, line in lines
    ]


def _board_entry(db: Database, step: Step, run: RunRecord | None) -> BoardEntry:
    if run is None:
        return BoardEntry(step.name, step.title, None, None, None, None)
    at = datetime.fromtimestamp(run.ended_at or run.asked_at, UTC)
    return BoardEntry(step.name, step.title, run.state, run.id, at, _person(db, run.asked_by))


def audit_line(db: Database, line: dict[str, Any], steps: dict[str, Step]) -> AuditLine:
    """One line of the audit in words."""
    names, facts = json.loads(line["names"]), json.loads(line["hashed"])["facts"]
    who = _person(db, names["who"]).name if "who" in names else "Switchover"
    return AuditLine(
        line["n"],
        datetime.fromtimestamp(line["at"], UTC),
        line["run"],
        who,
        describe_event(line["event"], names, facts, steps),
        line["hash"],
    )


def _changes_done_before(db: Database, run: RunRecord, plan: list[Finding], records: list[CallRecord]) -> list[Change]:
    """What a run that watches has changed: its newest look has no change of that any more."""
    if not records or run.state not in (RunState.VERIFYING, RunState.MONITORING, *ENDED):
        return []
    gone = {record.subject for record in records} - {finding.subject for finding in plan if isinstance(finding, Change)}
    return [change for change in snapshots.planned_changes(db, run.id) if change.subject in gone] if gone else []


def _change_views(plan: list[Finding], records: list[CallRecord]) -> tuple[ChangeView, ...]:
    by_subject: dict[str, list[CallRecord]] = defaultdict(list)
    for record in records:
        by_subject[record.subject].append(record)
    return tuple(_change_view(finding, by_subject[finding.subject]) for finding in plan if isinstance(finding, Change))


def _change_view(change: Change, records: list[CallRecord]) -> ChangeView:
    if not records:
        return ChangeView(change.subject, change)
    worst = min(records, key=lambda record: WORST_FIRST.index(record.state))
    why = None if _waits_for_person(worst) else worst.why  # that is told apart
    if worst.state == CallState.DONE:  # whatever one of its calls said may be why nothing shows
        why = next((record.why for record in records if is_warning(record.why)), why)
    return ChangeView(change.subject, change, worst.state, why, worst.remedy)


def _waits_for_person(record: CallRecord) -> bool:
    """Whether the run waits here for what a person must do."""
    return record.state == CallState.PENDING and record.why is not None and isinstance(record.call, ManualAction)


def _seconds_left(records: list[CallRecord]) -> int | None:
    """From the pace so far: calls ended since the first began. None before one has ended, when all have, and where people have a part."""
    ended = [record for record in records if record.ended_at and record.sent_at and record.state in (CallState.DONE, CallState.FAILED)]
    left = sum(record.state in (CallState.PENDING, CallState.SENT) for record in records)
    if not ended or not left or any(map(_waits_for_person, records)):
        return None
    span = max(record.ended_at or 0 for record in ended) - min(record.sent_at or 0 for record in ended)
    return round(span / len(ended) * left)


def _available_actions(run: RunRecord, records: list[CallRecord], step: Step, is_cancelled: bool) -> tuple[Action, ...]:
    """The verbs that the table allows, less those that would find nothing to do. While it is cancelled there are none."""
    if is_cancelled and run.state in (RunState.RUNNING, RunState.WAITING_FOR_ADMIN, RunState.PAUSED):
        return ()
    done = any(record.state == CallState.DONE for record in records)
    again = any(record.state in (CallState.FAILED, CallState.SKIPPED, CallState.UNKNOWN) for record in records)
    idle: dict[Action, bool] = {
        "done": run.state != RunState.WAITING_FOR_ADMIN,
        "undo": not done,
        "cancel": run.state == RunState.MONITORING and bool(records),  # what is done is done; only watching can be ended
        "retry": not again,
        "commands": run.state in ENDED and not records,
        "look": run.state == RunState.INCOMPLETE and again,
        "change": not step.user_startable or not step.form.model_fields,
    }
    return tuple(verb for verb in actions_in(run.state) if not idle.get(verb, False))


def _person(db: Database, who: str) -> Person:
    return runs.person(db, who) or Person(who, who)
