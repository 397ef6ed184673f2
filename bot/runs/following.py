"""What comes after a run by itself: for the people whom it has verified, one new run of the step that follows."""

from bot.ledger import Records, audit, rows, runs
from bot.people.pasted import exactly
from bot.step import Step
from bot.view import ENDED


def begin(db: Records, number: int, step: Step, now: float) -> None:
    """Adds that run, in the transaction that ends the first one. Nobody is followed twice, also after a retry."""
    run = runs.of(db, number)
    if run.state not in ENDED:
        return
    followed = {name.removeprefix("sip:") for other in runs.followers(db, number) for name in other.answers["people"].splitlines()}
    people = sorted({row.subject for row in rows.all_of(db, number, "done") if row.verified} - followed)
    if not people:
        return
    asker = runs.person(db, run.asked_by)
    assert asker is not None
    given = {name: text for name, text in run.answers.items() if name in step.form.model_fields}
    new = runs.add(db, step.name, {**given, "people": exactly(people)}, asker, run.spot, now, follows=number)
    audit.write(db, now, "asked", new, {"for": run.asked_by}, step=step.name, follows=number)  # by nobody
