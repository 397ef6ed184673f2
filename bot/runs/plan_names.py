"""Which plan a press is for: whoever starts or approves names it, and it was shown to them before."""

from datetime import UTC, datetime

from bot.i18n import LocalizedText, say
from bot.ledger import Database, shown_plans
from bot.ledger.runs import RunRecord
from bot.runs.plan_diff import describe_difference, matches_digest
from bot.views import FINGERPRINT, Action, Person

AGREEING: frozenset[Action] = frozenset({"start", "approve"})  # verbs by which somebody agrees to a plan


def find_wrong_plan(db: Database, run: RunRecord, verb: Action, who: Person, name: str | None, conversation: str) -> LocalizedText | None:
    """Why the press is not for the plan as it stands, or for one that this person was not shown; None where it is.

    `name` is the digest that a button carried, or the fingerprint that was typed; `conversation` is where they speak.
    """
    if name is None:
        return _ask_for_plan(run, verb)
    if not matches_digest(run.digest, name):
        return _describe_other_plan(db, run, name)
    if verb in AGREEING and not shown_plans.was_shown_to(db, run.id, run.digest, who.id, conversation):
        return say("That plan was not shown to you before, so nothing was done. This is it; press or type it again when you have read it.")
    return None


def _ask_for_plan(run: RunRecord, verb: Action) -> LocalizedText | None:
    plan = run.digest[:FINGERPRINT]
    match verb:
        case "start":
            return say("Nothing was started: this is the plan. Press Start on it, or type “start run {run} {plan}”.", run=run.id, plan=plan)
        case "approve":
            return say(
                "Nothing was approved: this is the plan. Press Approve on it, or type “approve run {run} {plan}”.", run=run.id, plan=plan
            )
    return None


def _describe_other_plan(db: Database, run: RunRecord, name: str) -> LocalizedText:
    """What is said of a plan that another one has taken the place of."""
    before, now = shown_plans.find(db, run.id, name), shown_plans.find(db, run.id, run.digest)
    if before is None and len(name) == len(run.digest):
        return say("The plan has changed since that card was made. Look at the new one and press again.")
    if before is None:
        return say("Run {run} has no plan “{plan}”, so nothing was done. This is its plan.", run=run.id, plan=name)
    return say(
        "That was the plan of {time}; it has changed, so nothing was done. {difference}. This is the plan now.",
        time=f"{datetime.fromtimestamp(before.at, UTC):%Y-%m-%d %H:%M} UTC",
        difference=describe_difference(before.hashes, now.hashes if now else {}),
    )
