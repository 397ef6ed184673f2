"""The one card of a run, whatever its state: what is planned, what is going on, what became of it, and what one can press."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.i18n import LocalizedText, say, say_counted
from bot.step import LOSE, Change, Fine, Obstacle, Step, Unclear
from bot.views import Action, CallState, RunState, RunView
from dialogs.cards import sections
from dialogs.cards.elements import Card, Element, button, card, group, heading, words
from dialogs.cards.text_fallback import fitting
from dialogs.rendering import clock, lasting, render

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
TYPED = "answer.typed"  # the input that agrees to a loss
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


def run_card(view: RunView, eyes: RenderContext, steps: Mapping[str, Step] | None = None) -> Card:
    """The card, with fewer people on it when it would become too large for the channel."""
    buttons = _buttons(view, eyes, steps or {})
    return fitting(lambda shown: card([*_body(view, eyes, shown), *_agreement(view, eyes)], buttons, eyes.banner), SHOWN)


def plan_on(view: RunView) -> str:
    """The digest of the plan that is on the run's card to be agreed to, or "" where there is none."""
    return view.digest if view.rows and view.state in (RunState.PLANNED, RunState.AWAITING_APPROVAL) else ""


def title(view: RunView, locale: str = "en") -> str:
    """ "run 7 · Move pilot users · 1 of 3"."""
    return f"{render(say('run {run}', run=view.id), locale)} · {render(view.title, locale)} · {status(view, locale)}"


def status(view: RunView, locale: str = "en") -> str:
    """The state in a few words, with the counts that belong to it."""
    told_by_findings = view.state == RunState.PLANNED or (view.state == RunState.INCOMPLETE and not view.rows and view.others)
    return _found(view, locale) if told_by_findings else render(_status(view), locale)


def _status(view: RunView) -> LocalizedText:
    done, whole = view.count(CallState.DONE), len(view.rows)
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


def _body(view: RunView, eyes: RenderContext, shown: int) -> Iterator[Element]:
    yield _head(view, eyes)
    yield from _told(view, eyes)
    yield from _by_hand(view, eyes, max(shown, 1))
    if shown:
        yield from _by_state(view, eyes, shown)


def _head(view: RunView, eyes: RenderContext) -> Element:
    return heading(title(view, eyes.locale))


def _told(view: RunView, eyes: RenderContext) -> Iterator[Element]:
    """What is true of the whole run: who, why, how long."""
    yield words(people_and_plan(view, eyes.locale), eyes.locale, isSubtle=True)
    if view.listed:
        yield words(view.listed, eyes.locale)
    if view.undo_of:
        yield words(say("takes back run {run}", run=view.undo_of), eyes.locale)
    if view.follows:
        yield words(say("follows run {run}", run=view.follows), eyes.locale)
    if view.why:
        yield words(view.why, eyes.locale)
    if view.seconds_left is not None and view.state == RunState.RUNNING:
        yield words(say("{time} left", time=lasting(view.seconds_left)), eyes.locale)
    if view.again_at and view.state in (*WAITS_UNTIL, RunState.MONITORING, RunState.INCOMPLETE, RunState.PAUSED):
        yield words(_next_look(view, view.again_at, eyes), eyes.locale)


def _next_look(view: RunView, again_at: datetime, eyes: RenderContext) -> LocalizedText:
    """When it looks again, and until when it waits at all."""
    time = clock(again_at.astimezone(UTC), eyes.now, eyes.locale)
    if view.gives_up_at is None or view.state not in WAITS_UNTIL:
        return say("I look again at {time}.", time=time)
    return say("I look again at {time}, until {end}.", time=time, end=clock(view.gives_up_at.astimezone(UTC), eyes.now, eyes.locale))


def _by_hand(view: RunView, eyes: RenderContext, shown: int) -> Iterator[Element]:
    """Everything that waits for a person at the same time, each part on a line of its own, to be copied."""
    parts = [words(text, eyes.locale, spacing="Medium") for text in view.by_hand[:shown]]
    left = len(view.by_hand) - len(parts)
    more = [words(say("and {n} more", n=left), eyes.locale, isSubtle=True)] if left else []
    if parts:
        yield group(render(say("For you to do"), eyes.locale), [*parts, *more])


def people_and_plan(view: RunView, locale: str) -> str:
    """Who is behind it, and which plan it is about, as long as that is to be carried out."""
    of_plan = [plan_name(view)] if plan_stands(view) else []
    return " · ".join(render(told, locale) for told in (_people(view), *of_plan))


def plan_stands(view: RunView) -> bool:
    """Whether its plan is one that is to be carried out, or is just being carried out."""
    return bool(view.rows) and view.state in (
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


def _by_state(view: RunView, eyes: RenderContext, shown: int) -> Iterator[Element]:
    if view.problems:
        yield group(render(say("Cannot be right"), eyes.locale), [words(text) for text in _problems(view, eyes)])
    match view.state:
        case RunState.PLANNED | RunState.AWAITING_APPROVAL:
            yield from sections.plan(view, shown, eyes.locale)
        case RunState.RUNNING | RunState.PAUSED | RunState.VERIFYING | RunState.WAITING_FOR_ADMIN:
            yield from sections.progress(view, shown, eyes.locale)
        case RunState.MONITORING | RunState.INCOMPLETE | RunState.VERIFIED | RunState.CANCELLED:
            yield from sections.ended(view, shown, eyes.locale)


def _problems(view: RunView, eyes: RenderContext) -> list[str]:
    return [line for problem in view.problems.values() for line in render(problem, eyes.locale).splitlines()]


def _found(view: RunView, locale: str) -> str:
    kinds = Counter(type(finding) for finding in view.others)
    counts = (
        (len(view.rows), say_counted("{n} change", "{n} changes", n=len(view.rows))),
        (kinds[Obstacle], say_counted("{n} obstacle", "{n} obstacles", n=kinds[Obstacle])),
        (kinds[Unclear], say("{n} unclear", n=kinds[Unclear])),
        (kinds[Fine], say("{n} already fine", n=kinds[Fine])),
    )
    told = [render(words, locale) for n, words in counts if n]
    return ", ".join(told) or render(say("nothing to do"), locale)


def _agreement(view: RunView, eyes: RenderContext) -> Iterator[Element]:
    """Where starting loses something, the word that agrees to it is typed beside the button."""
    if view.loses and "start" in view.verbs:
        label = render(say("{lost}. Type {word} to agree to that.", lost=view.loses, word=LOSE), eyes.locale)
        yield {"type": "Input.Text", "id": TYPED, "label": label, "placeholder": LOSE, "maxLength": 20, "spacing": "Medium"}


def _buttons(view: RunView, eyes: RenderContext, steps: Mapping[str, Step]) -> list[Element]:
    data = {"run": view.id, "digest": view.digest, "line": view.line}
    pressed = [verb for verb in TITLES if verb in pressable(view, eyes, steps)]
    made = [
        button(render(TITLES[verb], eyes.locale), {"verb": verb, **data}, _style(verb, view), verb == "start" and bool(view.loses))
        for verb in pressed
    ]
    named = [name for name in sections.cures(view.others) if name in steps] if _is_at_rest(view) else []
    cures = [button(render(steps[name].title, eyes.locale), {"verb": "form", "step": name, "run": view.id}) for name in named]
    files = _files(view)
    lists = [button(render(files, eyes.locale), {"verb": "list", "run": view.id})] if files else []
    return made + lists + cures + (following(view, eyes, steps, besides=named) if view.state == RunState.VERIFIED or not named else [])


def _style(verb: Action, view: RunView) -> str | None:
    return "destructive" if verb == "cancel" and view.state in BREAKS_OFF else STYLES.get(verb)


def _files(view: RunView) -> LocalizedText | None:
    """What there is as files: the plan whatever its size, lists of findings, and what a card has no room for."""
    if any(finding.listing for finding in view.others if not isinstance(finding, Change)):
        return say("Full lists")
    if plan_on(view):
        return say("Whole plan")
    return say("Full lists") if len(view.rows) + len(view.others) > SHOWN[0] else None


def following(view: RunView, eyes: RenderContext, steps: Mapping[str, Step], besides: Sequence[str] = ()) -> list[Element]:
    """The button that begins the next step, when the run is verified."""
    step = steps.get(view.next_step or "")
    if step is None or step.name in besides:
        return []
    return [button(next_title(step, eyes.locale), {"verb": "form", "step": step.name, "run": view.id}, "positive")]


def next_title(step: Step, locale: str) -> str:
    """The words on the button that begins the next step."""
    return render(say("Next: {step}", step=step.title), locale)


def _is_at_rest(view: RunView) -> bool:
    """Whether nothing is under way; to watch is rest too."""
    return view.state in (RunState.PLANNED, RunState.MONITORING, RunState.INCOMPLETE, RunState.VERIFIED)


def pressable(view: RunView, eyes: RenderContext, steps: Mapping[str, Step]) -> set[Action]:
    """What can be pressed: no approval by whoever asked or started, and no answers to change where nobody was asked for any."""
    verbs = {*view.verbs, *(("change",) if view.problems else ())}  # with a better answer it can be asked for again
    if eyes.viewer in {person.id for person in (view.asked_by, view.started_by) if person}:
        verbs -= {"approve", "refuse"}
    return verbs if view.step not in steps or steps[view.step].user_startable else verbs - {"change"}
