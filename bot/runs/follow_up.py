"""What comes after a run by itself: for the people whom it has verified, a new run of the step that follows.

It begins on every way to verified: at the end of the run, when somebody looks again, when a run is ended by a press, and when a later
run of the same step sees what an earlier one could not confirm.
"""

from collections.abc import Sequence

from bot.ledger import Database, audit, calls, runs
from bot.ledger.runs import RunRecord
from bot.runs import verifier
from bot.step import Finding, Fine, Step
from bot.steps.shared.people_input.parser import as_exact_list
from bot.views import CallState

SEEN_LATE = 31 * 86400.0  # seconds after which what an earlier run did is nobody's news any more


def begin(db: Database, number: int, step: Step, now: float) -> None:
    """Adds that run, in the transaction that verifies somebody. Nobody is followed twice, also after a retry."""
    run = runs.require(db, number)
    seen = [row for row in calls.of_run(db, number, CallState.DONE) if row.verified]
    if not seen:
        return
    others = [*runs.followers(db, number), *runs.followers_since(db, step.name, min(row.ended_at or 0 for row in seen))]
    people = sorted({row.subject for row in seen} - {name.removeprefix("sip:") for other in others for name in _people(other)})
    if not people:
        return
    asker = runs.person(db, run.asked_by)
    assert asker is not None
    given = {name: text for name, text in run.answers.items() if name in step.form.model_fields}
    answers = {**given, "people": as_exact_list(people)}
    new = runs.add(db, step.name, answers, asker, run.conversation, now, follows=number)
    audit.write(db, now, "asked", new, {"for": run.asked_by}, step=step.name, follows=number, answers=runs.answers_hash(answers))


def _people(run: RunRecord) -> list[str]:
    return run.answers["people"].splitlines()


def confirm_earlier(db: Database, number: int, found: Sequence[Finding], step: Step, now: float) -> None:
    """What other runs of the same step did not long ago and could not see, and this look shows, is verified there and followed."""
    run, seen = runs.require(db, number), {finding.subject for finding in found if isinstance(finding, Fine)}
    for earlier in calls.runs_with_unverified(db, run.step, now - SEEN_LATE, besides=number):
        if verifier.unverified_subjects(db, earlier) & seen:
            verifier.confirm_visible(db, runs.require(db, earlier), found, now)
            audit.write(db, now, "seen late", earlier, {}, **verifier.totals(db, earlier))
            begin(db, earlier, step, now)
