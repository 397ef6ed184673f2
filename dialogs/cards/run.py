"""The one card of a run, whatever its state: what is planned, what is going on, what became of it, and what one can press."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.i18n import LocalizedText, say, say_counted
from bot.step import LOSE, Change, Fine, Obstacle, Step, Unclear
from bot.views import Action, CallState, RunState, RunView
from dialogs.cards import sections
from dialogs.cards.elements import Card, Element, button, card, group, heading, text_line
from dialogs.cards.text_fallback import fit_to_channel
from dialogs.rendering import duration, render, time_text

TITLES: dict[Action, LocalizedText] = {
    "start": say("Start"),
    "approve": say("Approve"),
    "refuse": say("Refuse"),
    "done": say("I have done it"),
    "resume": say("Resume"),
    "retry": say("Start again"),
    "look": say("Look again"),
    "pause": say("Pause"),
    "change": say("Change answers"),
    "commands": say("Show commands"),
    "undo": say("Undo"),
    "cancel": say("Cancel"),
}
STATES: dict[RunState, LocalizedText] = {
    RunState.PLANNING: say("looking"),
    RunState.PLANNED: say("planned, not started"),
    RunState.AWAITING_APPROVAL: say("needs a second person"),
    RunState.RUNNING: say("running"),
    RunState.WAITING_FOR_ADMIN: say("waits for a person"),
    RunState.PAUSED: say("paused"),
    RunState.VERIFYING: say("keeps looking"),
    RunState.MONITORING: say("keeps looking"),
    RunState.INCOMPLETE: say("incomplete"),
    RunState.VERIFIED: say("verified"),
    RunState.CANCELLED: say("cancelled"),
}
TYPED: Final = "answer.typed"  # the input that agrees to a loss
STYLES: dict[Action, str] = {
    "start": "positive",
    "approve": "positive",
    "done": "positive",
    "resume": "positive",
    "retry": "positive",
    "refuse": "destructive",
}
SHOWN = (15, 8, 4, 2, 1, 0)  # lines in each group, as many as the channel takes
WAITS_UNTIL = (RunState.RUNNING, RunState.WAITING_FOR_ADMIN, RunState.VERIFYING)  # states that have an end in time
BREAKS_OFF = (RunState.RUNNING, RunState.WAITING_FOR_ADMIN, RunState.PAUSED)  # states in which Cancel ends what has begun


@dataclass(frozen=True)
class RenderContext:
    """For whom a card is made: language, the configured word on every card, the time, and the person where there is just one."""

    now: datetime
    locale: str = "en"
    banner: str = ""
    viewer: str = ""  # object id; empty where many people see it


def run_card(view: RunView, context: RenderContext, steps: Mapping[str, Step] | None = None) -> Card:
    """The card, with fewer people on it when it would become too large for the channel."""
    buttons = _buttons(view, context, steps or {})
    return fit_to_channel(lambda shown: card([*_body(view, context, shown), *_agreement(view, context)], buttons, context.banner), SHOWN)


def title(view: RunView, locale: str = "en") -> str:
    """ "run 7 · Move pilot users · 1 of 3"."""
    return f"{render(say('run {run}', run=view.id), locale)} · {render(view.title, locale)} · {status_line(view, locale)}"


def status_line(view: RunView, locale: str = "en") -> str:
    """The state in a few words, with the counts that belong to it."""
    told_by_findings = view.state == RunState.PLANNED or (view.state == RunState.INCOMPLETE and not view.changes and view.other_findings)
    return _finding_counts(view, locale) if told_by_findings else render(_status_text(view), locale)


def _status_text(view: RunView) -> LocalizedText:
    done, whole = view.count(CallState.DONE), len(view.changes)
    match view.state:
        case RunState.AWAITING_APPROVAL:
            return say("needs a second person")
        case RunState.RUNNING:
            return say("{done} of {whole} done", done=done, whole=whole)
        case RunState.WAITING_FOR_ADMIN:
            return say("waits for you; {done} of {whole} done", done=done, whole=whole) if done else say("waits for you")
        case RunState.PAUSED:
            return say("paused at {done} of {whole}", done=done, whole=whole)
        case RunState.MONITORING if not whole:
            return say("keeps watching")
        case RunState.MONITORING:
            return say("{done} of {whole} done, keeps watching", done=done, whole=whole)
        case RunState.VERIFYING:
            return say("{done} of {whole} done, not visible everywhere yet", done=done, whole=whole)
        case RunState.INCOMPLETE:
            return say("incomplete: {done} of {whole} done", done=done, whole=whole) if whole else say("nothing could be started")
        case RunState.VERIFIED:
            return say("verified: {done} of {whole} done", done=done, whole=whole) if whole else say("nothing had to be done")
        case RunState.CANCELLED:
            return say("cancelled after {done} of {whole}", done=done, whole=whole) if done else say("cancelled, nothing was changed")
    return say("looking…")


def _body(view: RunView, context: RenderContext, shown: int) -> Iterator[Element]:
    yield _head(view, context)
    yield from _about_run(view, context)
    yield from _manual_actions(view, context, max(shown, 1))
    if shown:
        yield from _sections(view, context, shown)


def _head(view: RunView, context: RenderContext) -> Element:
    return heading(title(view, context.locale))


def _about_run(view: RunView, context: RenderContext) -> Iterator[Element]:
    """What is true of the whole run: who, why, how long."""
    yield text_line(about_people_and_plan(view, context.locale), context.locale, isSubtle=True)
    if view.people_list:
        yield text_line(view.people_list, context.locale)
    if view.undo_of:
        yield text_line(say("takes back run {run}", run=view.undo_of), context.locale)
    if view.follows:
        yield text_line(say("follows run {run}", run=view.follows), context.locale)
    if view.why:
        yield text_line(view.why, context.locale)
    if view.seconds_left is not None and view.state == RunState.RUNNING:
        yield text_line(say("{time} left", time=duration(view.seconds_left)), context.locale)
    if view.next_look_at and view.state in (*WAITS_UNTIL, RunState.MONITORING, RunState.INCOMPLETE, RunState.PAUSED):
        yield text_line(_next_look(view, view.next_look_at, context), context.locale)


def _next_look(view: RunView, again_at: datetime, context: RenderContext) -> LocalizedText:
    """When it looks again, and until when it waits at all."""
    time = time_text(again_at.astimezone(UTC), context.now, context.locale)
    if view.gives_up_at is None or view.state not in WAITS_UNTIL:
        return say("I look again at {time}.", time=time)
    return say(
        "I look again at {time}, until {end}.", time=time, end=time_text(view.gives_up_at.astimezone(UTC), context.now, context.locale)
    )


def _manual_actions(view: RunView, context: RenderContext, shown: int) -> Iterator[Element]:
    """Everything that waits for a person at the same time, each part on a line of its own, to be copied."""
    parts = [text_line(text, context.locale, spacing="Medium") for text in view.manual_actions[:shown]]
    left = len(view.manual_actions) - len(parts)
    more = [text_line(say("and {n} more", n=left), context.locale, isSubtle=True)] if left else []
    if parts:
        yield group(render(say("For you to do"), context.locale), [*parts, *more])


def about_people_and_plan(view: RunView, locale: str) -> str:
    """Who is behind it, and which plan it is about, as long as that is to be carried out."""
    of_plan = [plan_name(view)] if is_plan_current(view) else []
    return " · ".join(render(told, locale) for told in (_people(view), *of_plan))


def is_plan_current(view: RunView) -> bool:
    """Whether its plan is one that is to be carried out, or is just being carried out."""
    return bool(view.changes) and view.state in (
        RunState.PLANNED,
        RunState.AWAITING_APPROVAL,
        RunState.RUNNING,
        RunState.WAITING_FOR_ADMIN,
        RunState.PAUSED,
    )


def plan_name(view: RunView) -> LocalizedText:
    """What a plan is called wherever it is shown."""
    return say("plan {plan}", plan=view.fingerprint)


def _people(view: RunView) -> LocalizedText:
    if view.agreed_by:
        return say("asked by {asker}, agreed by {agreed}", asker=view.asked_by.name, agreed=view.agreed_by.name)
    if view.state == RunState.AWAITING_APPROVAL and view.started_by not in (None, view.asked_by):
        return say(
            "asked by {asker}, started by {starter}; another admin must agree", asker=view.asked_by.name, starter=view.started_by.name
        )
    if view.state == RunState.AWAITING_APPROVAL:
        return say("{asker} asks for this; another admin must agree", asker=view.asked_by.name)
    return say("asked by {asker}", asker=view.asked_by.name)


def _sections(view: RunView, context: RenderContext, shown: int) -> Iterator[Element]:
    if view.problems:
        yield group(render(say("Cannot be right"), context.locale), [text_line(text) for text in _problems(view, context)])
    match view.state:
        case RunState.PLANNED | RunState.AWAITING_APPROVAL:
            yield from sections.plan_sections(view, shown, context.locale)
        case RunState.RUNNING | RunState.PAUSED | RunState.VERIFYING | RunState.WAITING_FOR_ADMIN:
            yield from sections.progress_sections(view, shown, context.locale)
        case RunState.MONITORING | RunState.INCOMPLETE | RunState.VERIFIED | RunState.CANCELLED:
            yield from sections.outcome_sections(view, shown, context.locale)


def _problems(view: RunView, context: RenderContext) -> list[str]:
    return [line for problem in view.problems.values() for line in render(problem, context.locale).splitlines()]


def _finding_counts(view: RunView, locale: str) -> str:
    kinds = Counter(type(finding) for finding in view.other_findings)
    counts = (
        (len(view.changes), say_counted("{n} change", "{n} changes", n=len(view.changes))),
        (kinds[Obstacle], say_counted("{n} obstacle", "{n} obstacles", n=kinds[Obstacle])),
        (kinds[Unclear], say("{n} unclear", n=kinds[Unclear])),
        (kinds[Fine], say("{n} already fine", n=kinds[Fine])),
    )
    told = [render(words, locale) for n, words in counts if n]
    return ", ".join(told) or render(say("nothing to do"), locale)


def _agreement(view: RunView, context: RenderContext) -> Iterator[Element]:
    """Where starting loses something, the word that agrees to it is typed beside the button."""
    if view.loses and "start" in view.actions:
        label = render(say("{lost}. Type {word} to agree to that.", lost=view.loses, word=LOSE), context.locale)
        yield {"type": "Input.Text", "id": TYPED, "label": label, "placeholder": LOSE, "maxLength": 20, "spacing": "Medium"}


def _buttons(view: RunView, context: RenderContext, steps: Mapping[str, Step]) -> list[Element]:
    data = {"run": view.id, "digest": view.digest, "line": view.audit_line}
    pressed = [verb for verb in TITLES if verb in offered_actions(view, context, steps)]
    made = [
        button(render(TITLES[verb], context.locale), {"verb": verb, **data}, _style(verb, view), verb == "start" and bool(view.loses))
        for verb in pressed
    ]
    named = [name for name in sections.curing_steps(view.other_findings) if name in steps] if _is_at_rest(view) else []
    cures = [button(render(steps[name].title, context.locale), {"verb": "form", "step": name, "run": view.id}) for name in named]
    files = _files(view)
    lists = [button(render(files, context.locale), {"verb": "list", "run": view.id})] if files else []
    return (
        made
        + lists
        + cures
        + (next_step_buttons(view, context, steps, besides=named) if view.state == RunState.VERIFIED or not named else [])
    )


def _style(verb: Action, view: RunView) -> str | None:
    return "destructive" if verb == "cancel" and view.state in BREAKS_OFF else STYLES.get(verb)


def _files(view: RunView) -> LocalizedText | None:
    """What there is as files: the plan whatever its size, lists of findings, and what a card has no room for."""
    if any(finding.listing for finding in view.other_findings if not isinstance(finding, Change)):
        return say("Full lists")
    if view.plan_to_agree:
        return say("Whole plan")
    return say("Full lists") if len(view.changes) + len(view.other_findings) > SHOWN[0] else None


def next_step_buttons(view: RunView, context: RenderContext, steps: Mapping[str, Step], besides: Sequence[str] = ()) -> list[Element]:
    """The button that begins the next step, when the run is verified."""
    step = steps.get(view.next_step or "")
    if step is None or step.name in besides:
        return []
    return [button(next_step_title(step, context.locale), {"verb": "form", "step": step.name, "run": view.id}, "positive")]


def next_step_title(step: Step, locale: str) -> str:
    """The words on the button that begins the next step."""
    return render(say("Next: {step}", step=step.title), locale)


def _is_at_rest(view: RunView) -> bool:
    """Whether nothing is under way; to watch is rest too."""
    return view.state in (RunState.PLANNED, RunState.MONITORING, RunState.INCOMPLETE, RunState.VERIFIED)


def offered_actions(view: RunView, context: RenderContext, steps: Mapping[str, Step]) -> set[Action]:
    """What can be pressed: no approval by whoever asked or started, and no answers to change where nobody was asked for any."""
    verbs = {*view.actions, *(("change",) if view.problems else ())}  # with a better answer it can be asked for again
    if context.viewer in {person.id for person in (view.asked_by, view.started_by) if person}:
        verbs -= {"approve", "refuse"}
    return verbs if view.step not in steps or steps[view.step].user_startable else verbs - {"change"}
