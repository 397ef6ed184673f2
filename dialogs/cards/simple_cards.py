"""Cards that answer a question: help, runs, audit, and the exact commands of a plan."""

from collections.abc import Mapping, Sequence
from datetime import UTC

from bot.calls import shown
from bot.i18n import LocalizedText, say
from bot.step import Step
from bot.views import AuditLine, RunView
from dialogs.cards.elements import Card, Element, about, button, card, code, heading, words
from dialogs.cards.run import STATES, RenderContext, plan_name
from dialogs.cards.text_fallback import fitting, with_fallback
from dialogs.rendering import age, clean, day, middle, render, summary

LINE = 400  # letters of a command that are shown
AUDITED = 1_200  # letters of one line of the audit
HELP = (
    (say("where are we?"), say("every step: how it stands, who did it last, and what is next")),
    (say("runs"), say("the newest runs")),
    (say("run 7"), say("the card of run 7 again")),
    (say("start run 7 4f2a91"), say("the same as its button, for the plan that its card calls 4f2a91; also approve")),
    (say("pause run 7"), say("the same as its button; also refuse, resume, cancel, undo, retry, look, done")),
    (say("plan run 7"), say("the whole plan of run 7 as files, to read and as a table")),
    (say("commands 7"), say("exactly what run 7 would type")),
    (say("audit"), say("who asked for what, who agreed, what happened; audit 7 for one run")),
    (say("cancel"), say("leaves a form; a run is left with cancel run 7")),
)


def help_card(steps: Mapping[str, Step], eyes: RenderContext) -> Card:
    """What can be typed; the one button leads to the board, where each step is one press away."""
    loc, offered = eyes.locale, [step for step in steps.values() if step.user_startable]
    of_steps = [about(render(step.title, loc).lower(), summary(step, loc)) for step in offered]
    others = [about(render(typed, loc), render(does, loc)) for typed, does in HELP]
    buttons = [button(render(say("Where we are"), loc), {"verb": "board"})]
    return with_fallback(card([heading(render(say("What you can say"), loc)), *of_steps, *others], buttons, eyes.banner))


def runs_card(views: Sequence[RunView], eyes: RenderContext) -> Card:
    """One line per run; the open ones can be opened."""
    loc = eyes.locale
    lines = [about(render(say("run {run}", run=view.id), loc), _run_line(view, eyes)) for view in views]
    none = [words(say("There is no run yet."), loc)]
    buttons = [button(render(say("run {run}", run=view.id), loc), {"verb": "show", "run": view.id}) for view in views[:5]]
    return with_fallback(card([heading(render(say("Runs"), loc)), *(lines or none)], buttons, eyes.banner))


def audit_card(lines: Sequence[AuditLine], eyes: RenderContext) -> Card:
    """The newest lines, newest last."""
    loc = eyes.locale
    told = [about(f"{line.n} · {_moment(line, loc)}", _audit_line(line, loc)) for line in lines]
    none = [words(say("Nothing yet."), loc)]
    return fitting(lambda shown: card([heading(render(say("Audit"), loc)), *(told[-shown:] or none)], (), eyes.banner), (40, 20, 10, 5))


def commands_card(view: RunView, eyes: RenderContext) -> Card:
    """The lines that an admin would type for this plan, and for its way back."""
    there = [shown(act) for row in view.rows for act in row.change.do]
    back = [shown(act) for row in reversed(view.rows) for act in row.change.undo]
    top = [heading(render(say("Commands of run {run}", run=view.id), eyes.locale))]
    top += [words(plan_name(view), eyes.locale, isSubtle=True)] if view.rows else []
    none = [] if there else [words(say("There is nothing to do."), eyes.locale)]

    def made(most: int) -> Card:
        parts = [*_commands(say("To do it"), there, most, eyes.locale), *_commands(say("The way back"), back, most, eyes.locale)]
        return card([*top, *parts, *none], (), eyes.banner)

    return fitting(made, (30, 15, 8, 4))


def _commands(title: LocalizedText, lines: Sequence[str], most: int, locale: str) -> list[Element]:
    if not lines:
        return []
    more = [words(say("and {n} more", n=len(lines) - most), locale, isSubtle=True)] if len(lines) > most else []
    return [words(title, locale, weight="Bolder"), code([middle(line, LINE) for line in lines[:most]]), *more]


def _run_line(view: RunView, eyes: RenderContext) -> str:
    asked = say("asked by {asker} {age}", asker=view.asked_by.name, age=age(view.asked_at, eyes.now))
    return " · ".join(render(text, eyes.locale) for text in (view.title, STATES[view.state], asked))


def _moment(line: AuditLine, locale: str) -> str:
    at = line.at.astimezone(UTC)
    return f"{day(at, locale)} {at:%H:%M:%S}"


def _audit_line(line: AuditLine, locale: str) -> str:
    run = [render(say("run {run}", run=line.run), locale)] if line.run else []
    return " · ".join([*run, render(line.who, locale), clean(render(line.words, locale), AUDITED)])
