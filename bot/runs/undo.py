"""Taking back what a run has done, as a run planned now: newest first, only where the estate still reads as the run left it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import BaseModel, TypeAdapter

from bot.calls import Cmdlet, WriteCall
from bot.facts import Reader
from bot.i18n import say
from bot.step import Change, Finding, Fine, Obstacle, Plan, Reason, Step, Unclear

UNDO = "undo"
_changes: TypeAdapter[list[Change]] = TypeAdapter(list[Change])


class UndoForm(BaseModel):
    """What is to be taken back: the step, its answers as JSON, and the changes that were done, in their order, as JSON."""

    step: str
    answers: str
    changes: str


def undo_answers(step: str, answers: Mapping[str, str], done: list[Change]) -> dict[str, str]:
    """The answers of an undo run."""
    texts = TypeAdapter(dict[str, str]).dump_json(dict(answers)).decode()
    return {"step": step, "answers": texts, "changes": _changes.dump_json(done).decode()}


def make_undo_step(steps: Mapping[str, Step]) -> Step:
    """The step that takes back what others did; nobody asks for it by name."""

    async def look(back: UndoForm, read: Reader) -> Plan:
        step = steps[back.step]
        answers = step.form.model_validate_json(back.answers)
        found = [finding async for finding in step.plan(answers, read)]
        guards = await step.reasons_against_undo(read) if step.reasons_against_undo else ()
        for change in reversed(_changes.validate_json(back.changes)):
            now = _find_same_subject(change, found)
            change = _with_names_of_today(change, now)
            lane = change.order_key or (change.subject if step.ordering == "independent" else "")
            yield replace(_undo_finding(replace(change, order_key=lane), now, guards), identity=now.identity if now else change.identity)

    return Step(
        UNDO,
        say("Undo"),
        UndoForm,
        look,
        guidance="Takes back what a run has done, where that is possible.",
        user_startable=False,
    )


def with_undo(steps: Mapping[str, Step]) -> dict[str, Step]:
    """The steps, and the one that takes back what they did."""
    every = dict(steps)
    every[UNDO] = make_undo_step(every)
    return every


def _find_same_subject(change: Change, found: Sequence[Finding]) -> Finding | None:
    """What is said of the same part of the same person, whatever they are called now; of all else, what is said by the same name."""
    if change.identity is None:
        return next((one for one in found if one.subject == change.subject), None)
    part = change.subject.partition(" ")[2]
    same = (one for one in found if one.identity and one.identity.id == change.identity.id and one.subject.partition(" ")[2] == part)
    turned_away = (one for one in found if one.identity is None and one.subject in (change.subject, change.subject.partition(" ")[0]))
    return next(same, None) or next(turned_away, None)


def _with_names_of_today(change: Change, now: Finding | None) -> Change:
    """The same change with the names that commands call the person by today: those of its day may be somebody else's."""
    then, today = change.identity, now.identity if now else None
    if then is None or today is None:
        return change
    called = {then.address: today.address, f"sip:{then.address}": f"sip:{today.address}", then.sign_in: today.sign_in}
    names = {old: new for old, new in called.items() if old != new}
    subject = now.subject if now else change.subject
    holds = names.get(change.locks, change.locks)
    return replace(change, subject=subject, locks=holds, do=_rename_calls(change.do, names), undo=_rename_calls(change.undo, names))


def _rename_calls(calls: tuple[WriteCall, ...], names: Mapping[str, str]) -> tuple[WriteCall, ...]:
    return tuple(_rename_identity(call, names) for call in calls)


def _rename_identity(call: WriteCall, names: Mapping[str, str]) -> WriteCall:
    who = call.parameters.get("Identity") if isinstance(call, Cmdlet) else None
    if not isinstance(call, Cmdlet) or not isinstance(who, str) or not names.get(who.lower()):
        return call
    return replace(call, parameters={**call.parameters, "Identity": names[who.lower()]})


def _undo_finding(change: Change, now: Finding | None, guards: tuple[Reason, ...]) -> Finding:
    match now:
        case Change(do=do) if _is_undone(change, do):
            return Fine(change.subject, say("is as it was before"))
        case Change(do=do) if rest := _remaining_undo(change, do):
            return _undo_change(change, rest)
        case Fine(undo_blocked_by=held) if guards or held:
            return Obstacle(change.subject, (*guards, *held))
        case Fine() if change.undo:
            return _undo_change(change, change.undo)
        case Fine():
            why = change.no_undo or say("there is no way back")
            return Obstacle(change.subject, (Reason(why, say("it stays as it is")),))
        case Unclear():
            return replace(now, subject=change.subject)
        case Obstacle(identity=None) if change.identity:
            return replace(now, subject=change.subject)
    words = say("has changed since that run"), say("look at it and decide by hand what it should be")
    return Obstacle(change.subject, (Reason(*words),))


def _undo_change(change: Change, do: tuple[WriteCall, ...]) -> Change:
    return change.reverse(say("taken back: {effect}", effect=change.effect), do)


def _remaining_undo(change: Change, do: tuple[WriteCall, ...]) -> tuple[WriteCall, ...]:
    """What is left of a way back that takes the calls back one by one, where the last ones of them are not done (any more)."""
    done = len(change.do) - len(do)
    mirrored = change.verify_each_call and len(change.undo) == len(change.do)
    return change.undo[-done:] if mirrored and done > 0 and change.do[done:] == do else ()


def _is_undone(change: Change, do: tuple[WriteCall, ...]) -> bool:
    """The step would do the same again, or the rest of it where the way back is known to leave something behind."""
    return do == change.do or (bool(change.undo_loses) and do == change.do[-len(do) :])
