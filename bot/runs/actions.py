"""The actions of people on runs, each in one transaction: is it allowed, does it fit the plan, then the lifecycle."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.authorization import Authorizer
from bot.errors import SubjectLocked
from bot.i18n import LocalizedText, say
from bot.ledger import Database, audit, calls, runs, shown_plans, snapshots, waiting_actions
from bot.ledger.runs import RunRecord
from bot.runs import follow_up
from bot.runs.agreement import find_objection, needs_second_person
from bot.runs.lifecycle import Event, refusal, required_permission, transition
from bot.runs.plan_diff import changes
from bot.runs.plan_names import AGREEING, find_wrong_plan
from bot.runs.undo import UNDO, undo_answers
from bot.step import LOSE, Step, losses
from bot.steps.shared.people_input.parser import as_exact_list
from bot.views import ENDED, FINGERPRINT, Action, ActionResult, CallState, ConversationRef, Person, RunState

SENDING: tuple[Action, ...] = ("start", "approve", "resume", "retry", "undo")  # what may have something sent


@dataclass(frozen=True)
class RunPolicy:
    """What the configuration says about pressing."""

    authorizer: Authorizer
    steps: dict[str, Step]
    approval_above: int = 0


@dataclass(frozen=True)
class ActionRequest:
    """One press: which run as the records have it, by whom, when, the plan that is meant, and the policy for runs."""

    policy: RunPolicy
    run: RunRecord
    action: Action
    person: Person
    at: float
    digest: str | None  # as the button carried it, or the fingerprint that was typed
    conversation: str = ""  # where it was pressed
    confirmation: str = ""  # the word that agrees to a loss


def perform(
    db: Database,
    rules: RunPolicy,
    run: int,
    verb: Action,
    who: Person,
    digest: str | None,
    at: float,
    typed: str = "",
    conversation: str = "",
) -> ActionResult:
    """Does what was pressed, or says why not. Nothing is done half."""
    record = runs.get(db, run)
    if record is None:
        return ActionResult(False, say("There is no run {run}.", run=run))
    one = ActionRequest(rules, record, verb, who, at, digest, conversation, typed)
    why_not = refusal(record.id, record.state, verb) or _is_being_cancelled(db, one)
    if verb in SENDING:
        why_not = why_not or find_hold(db)
    if why_not := why_not or _find_missing_permission(db, one):
        return ActionResult(False, why_not, run)
    if other := find_wrong_plan(db, record, verb, who, digest, conversation):
        return ActionResult(False, other, run, shows_plan=True)
    if why_not := _find_missing_confirmation(db, one) or _defer(db, one):
        return ActionResult(False, why_not, run)
    runs.remember_person(db, who)
    try:
        with db.all_or_nothing():
            done = HANDLERS[verb](db, one)
    except SubjectLocked as claimed:
        words = say(
            "{subject} is in run {other} at the moment; wait for it or cancel it first.", subject=claimed.subject, other=claimed.run
        )
        return ActionResult(False, words, run)
    if done.ok and verb != "commands":
        plan = {"plan": runs.plan_hash(db, run), "snapshots": snapshots.snapshots_hash(db, run)} if verb == "start" else {}
        audit.write(db, at, verb, run, {"who": who.id, "name": who.name}, digest=record.digest, state=runs.require(db, run).state, **plan)
    if done.ok and verb in ("refuse", "cancel"):
        _follow(db, one)
    return done


def _follow(db: Database, one: ActionRequest) -> None:
    """What a run did before it was planned anew and ended by a press stays done, and is followed."""
    follower = one.policy.steps.get(one.policy.steps[one.run.step].follow_up or "")
    if follower and runs.require(db, one.run.id).state in ENDED:
        follow_up.begin(db, one.run.id, follower, one.at)


def _find_missing_confirmation(db: Database, one: ActionRequest) -> LocalizedText | None:
    if one.action != "start" or one.confirmation.strip().upper() == LOSE:
        return None
    lost = losses(one.policy.steps[one.run.step], runs.plan(db, one.run.id))
    if lost is None:
        return None
    return say(
        "{lost}. Type {word} beside Start, or “start run {run} {plan} {word}”, to agree to that.",
        lost=lost,
        word=LOSE,
        run=one.run.id,
        plan=one.run.digest[:FINGERPRINT],
    )


def find_hold(db: Database) -> LocalizedText | None:
    """Nothing is begun, agreed to or let go on in records that are not as this bot left them."""
    if db.hold is None:
        return None
    return say("Nothing is sent at the moment: the records are not as I left them ({why}). The manual says what to do.", why=db.hold)


def _is_being_cancelled(db: Database, one: ActionRequest) -> LocalizedText | None:
    """A cancel cannot be taken back: until the run has ended, nothing lets it go on."""
    if one.action not in ("pause", "resume", "done", "cancel") or runs.requested_stop(db, one.run.id) != "cancel":
        return None
    return say("Run {run} is being cancelled: what is under way is finished, and nothing new begins.", run=one.run.id)


def _find_missing_permission(db: Database, one: ActionRequest) -> LocalizedText | None:
    may = one.policy.authorizer.check(one.person, required_permission(one.action), one.at)
    if may is False:
        return say(
            "You may not do that here. An admin can give you the right “{right}” in the configuration.",
            right=required_permission(one.action),
        )
    if one.action == "approve" and one.person.id in (one.run.asked_by, one.run.started_by):
        return say("Somebody else has to approve what you asked for.")
    return None


def _defer(db: Database, one: ActionRequest) -> LocalizedText | None:
    """Whoever's groups are still being read has pressed for the plan that they have seen, and for no other."""
    if one.policy.authorizer.check(one.person, required_permission(one.action), one.at) is not None:
        return None
    digest = None if one.digest is None else one.run.digest
    if one.action in AGREEING:
        shown_plans.mark_shown(db, one.run.id, one.run.digest, ConversationRef(one.conversation, ""), one.person.id, one.at)
    audit.write(db, one.at, "pressed", one.run.id, {"who": one.person.id}, action=one.action, digest=digest)
    waiting_actions.add(db, one.run.id, one.action, digest, one.person.id, one.at, db.head.n)
    runs.remember_person(db, one.person)
    return say("Checking whether you may…")


def _start(db: Database, one: ActionRequest) -> ActionResult:
    planned = changes(runs.plan(db, one.run.id))
    snapshots.save(db, one.run.id, planned, one.at)
    calls.add(db, one.run.id, planned)
    is_alone = not needs_second_person(one.policy.steps, one.run, planned, one.policy.approval_above)
    to = RunState.RUNNING if is_alone else RunState.AWAITING_APPROVAL
    transition(db, one.run.id, Event.START, to, started_by=one.person.id, agreed_digest=None, agreed_by=None, agreed_at=None, why=None)
    if is_alone:
        runs.update(db, one.run.id, agreed_digest=one.run.digest, agreed_at=one.at)
    runs.record_request(db, one.run.id, "resume", one.person, one.at)  # what stopped an earlier plan of this run does not stop this one
    return ActionResult(True, run=one.run.id)


def _approve(db: Database, one: ActionRequest) -> ActionResult:
    transition(db, one.run.id, Event.APPROVE, RunState.RUNNING, agreed_digest=one.run.digest, agreed_by=one.person.id, agreed_at=one.at)
    return ActionResult(True, run=one.run.id)


def _end(words: LocalizedText) -> Callable[[Database, ActionRequest], ActionResult]:
    def end(db: Database, one: ActionRequest) -> ActionResult:
        calls.skip_pending(db, one.run.id, one.at, words)
        transition(db, one.run.id, Event(one.action), RunState.CANCELLED, why=words, ended_at=one.at)
        return ActionResult(True, run=one.run.id)

    return end


def _cancel(db: Database, one: ActionRequest) -> ActionResult:
    if one.run.state in (RunState.RUNNING, RunState.PAUSED, RunState.WAITING_FOR_ADMIN):
        runs.record_request(db, one.run.id, "cancel", one.person, one.at)
        why = say("stopping: what is under way is finished, nothing new begins")
        transition(db, one.run.id, Event.CANCEL, RunState.RUNNING, why=why)
        return ActionResult(True, run=one.run.id)
    if one.run.state == RunState.MONITORING:
        if calls.of_run(db, one.run.id):
            return ActionResult(False, say("Everything is done already; I only look whether it shows."), one.run.id)
        return _end(say("not watched any more"))(db, one)
    return _end(say("cancelled before anything was done"))(db, one)


def _pause(db: Database, one: ActionRequest) -> ActionResult:
    runs.record_request(db, one.run.id, "pause", one.person, one.at)
    transition(db, one.run.id, Event.PAUSE, RunState.RUNNING, why=say("pausing: what is under way is finished first"))
    return ActionResult(True, run=one.run.id)


def _resume(db: Database, one: ActionRequest) -> ActionResult:
    """The run goes on, or is planned anew where what was agreed to does not hold any more."""
    objection = _objection(db, one)
    if objection is None:
        runs.record_request(db, one.run.id, "resume", one.person, one.at)
        transition(db, one.run.id, Event.RESUME, RunState.RUNNING, why=None)
        return ActionResult(True, run=one.run.id)
    calls.skip_pending(db, one.run.id, one.at, say("planned anew"))
    transition(db, one.run.id, Event.RESUME, RunState.PLANNING, why=None)
    return ActionResult(True, say("Run {run} is planned anew, because {why}.", run=one.run.id, why=objection), one.run.id)


def _objection(db: Database, one: ActionRequest) -> LocalizedText | None:
    """Why nothing of the run may be sent, besides that it does not go on yet."""
    why, _ = find_objection(db, one.policy.steps, one.run.id, one.policy.approval_above, one.at, besides="is_not_stopped")
    return why


def _confirm_manual_action(db: Database, one: ActionRequest) -> ActionResult:
    """What a person has done is looked for. While the run looks anyway there is nothing to do, and nobody's pause is ended."""
    if one.run.state != RunState.WAITING_FOR_ADMIN:
        return ActionResult(True, say("I am looking already."), one.run.id)
    transition(db, one.run.id, Event.DONE, RunState.RUNNING, why=None)
    return ActionResult(True, run=one.run.id)


def _look(db: Database, one: ActionRequest) -> ActionResult:
    if one.run.state in (RunState.VERIFYING, RunState.MONITORING):
        transition(db, one.run.id, Event.LOOK, one.run.state, again_at=one.at)
        return ActionResult(True, run=one.run.id)
    generation = one.run.generation + (one.run.state == RunState.INCOMPLETE)
    transition(db, one.run.id, Event(one.action), RunState.PLANNING, why=None, ended_at=None, generation=generation)
    return ActionResult(True, run=one.run.id)


def _retry(db: Database, one: ActionRequest) -> ActionResult:
    """What failed begins again: under the old approval while that is fresh, else with a new plan."""
    again = calls.of_run(db, one.run.id, CallState.FAILED, CallState.SKIPPED, CallState.UNKNOWN)
    if not again or _objection(db, one) is not None:
        return _look(db, one)
    calls.retry_all(db, one.run.id)
    runs.record_request(db, one.run.id, "resume", one.person, one.at)
    generation = one.run.generation + 1
    transition(db, one.run.id, Event.RETRY, RunState.RUNNING, why=None, verifying_since=None, ended_at=None, generation=generation)
    return ActionResult(True, run=one.run.id)


def _undo(db: Database, one: ActionRequest) -> ActionResult:
    """A new run, planned now: the step that takes this one back, or each change's own way back."""
    done = sorted({row.subject for row in calls.of_run(db, one.run.id, CallState.DONE)})
    if not done:
        return ActionResult(False, say("There is nothing in run {run} that could be undone.", run=one.run.id), one.run.id)
    if one.run.state == RunState.MONITORING:
        transition(db, one.run.id, Event.UNDO, RunState.VERIFIED, why=say("not watched any more"), again_at=None, ended_at=one.at)
    back = one.policy.steps[one.run.step].undone_by
    if back is None:
        planned = [change for change in snapshots.planned_changes(db, one.run.id) if change.subject in done]
        step, answers = UNDO, undo_answers(one.run.step, one.run.resolved_answers or one.run.answers, planned)
    else:
        step, answers = back, {"people": as_exact_list(done)}
    new = runs.add(db, step, answers, one.person, one.run.conversation, one.at, undo_of=one.run.id)
    audit.write(db, one.at, "asked", new, {"who": one.person.id}, step=step, undo_of=one.run.id, answers=runs.answers_hash(answers))
    return ActionResult(True, run=new)


def _change(db: Database, one: ActionRequest) -> ActionResult:
    """The new answers are asked for as a run of their own; this one ends where it has not ended yet."""
    give_way = _end(say("asked anew with other answers")) if one.run.state == RunState.PLANNED else _keep_state
    return give_way(db, one)


def _keep_state(db: Database, one: ActionRequest) -> ActionResult:
    return ActionResult(True, run=one.run.id)


HANDLERS: dict[Action, Callable[[Database, ActionRequest], ActionResult]] = {
    "start": _start,
    "approve": _approve,
    "refuse": _end(say("refused; nothing was done")),
    "change": _change,
    "commands": _keep_state,
    "cancel": _cancel,
    "pause": _pause,
    "resume": _resume,
    "done": _confirm_manual_action,
    "look": _look,
    "retry": _retry,
    "undo": _undo,
}
