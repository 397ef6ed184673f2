"""Cards that answer a question: help, runs, audit, and the exact commands of a plan."""

from collections.abc import Mapping, Sequence
from datetime import UTC

from bot.i18n import LocalizedText, say
from bot.step import Step
from bot.views import AuditLine, RunView, command_line
from dialogs.cards.elements import Card, Element, about_line, button, card, code_block, heading, text_line
from dialogs.cards.run import STATES, RenderContext, plan_name
from dialogs.cards.text_fallback import fit_to_channel, with_fallback
from dialogs.rendering import age_text, clean, date_text, render, shorten_in_middle, summary

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


def help_card(steps: Mapping[str, Step], context: RenderContext) -> Card:
    """What can be typed; the one button leads to the board, where each step is one press away."""
    loc, offered = context.locale, [step for step in steps.values() if step.user_startable]
    of_steps = [about_line(render(step.title, loc).lower(), summary(step, loc)) for step in offered]
    others = [about_line(render(typed, loc), render(does, loc)) for typed, does in HELP]
    buttons = [button(render(say("Where we are"), loc), {"verb": "board"})]
    return with_fallback(card([heading(render(say("What you can say"), loc)), *of_steps, *others], buttons, context.banner))


def runs_card(views: Sequence[RunView], context: RenderContext) -> Card:
    """One line per run; the open ones can be opened."""
    loc = context.locale
    lines = [about_line(render(say("run {run}", run=view.id), loc), _run_line(view, context)) for view in views]
    none = [text_line(say("There is no run yet."), loc)]
    buttons = [button(render(say("run {run}", run=view.id), loc), {"verb": "show", "run": view.id}) for view in views[:5]]
    return with_fallback(card([heading(render(say("Runs"), loc)), *(lines or none)], buttons, context.banner))


def audit_card(lines: Sequence[AuditLine], context: RenderContext) -> Card:
    """The newest lines, newest last."""
    loc = context.locale
    told = [about_line(f"{line.n} · {_time_of(line, loc)}", _audit_line(line, loc)) for line in lines]
    none = [text_line(say("Nothing yet."), loc)]
    return fit_to_channel(
        lambda shown: card([heading(render(say("Audit"), loc)), *(told[-shown:] or none)], (), context.banner), (40, 20, 10, 5)
    )


def commands_card(view: RunView, context: RenderContext) -> Card:
    """The lines that an admin would type for this plan, and for its way back."""
    there = [str(command_line(act)) for row in view.changes for act in row.change.do]
    back = [str(command_line(act)) for row in reversed(view.changes) for act in row.change.undo]
    top = [heading(render(say("Commands of run {run}", run=view.id), context.locale))]
    top += [text_line(plan_name(view), context.locale, isSubtle=True)] if view.changes else []
    none = [] if there else [text_line(say("There is nothing to do."), context.locale)]

    def made(most: int) -> Card:
        parts = [*_commands(say("To do it"), there, most, context.locale), *_commands(say("The way back"), back, most, context.locale)]
        return card([*top, *parts, *none], (), context.banner)

    return fit_to_channel(made, (30, 15, 8, 4))


def _commands(title: LocalizedText, lines: Sequence[str], most: int, locale: str) -> list[Element]:
    if not lines:
        return []
    more = [text_line(say("and {n} more", n=len(lines) - most), locale, isSubtle=True)] if len(lines) > most else []
    return [text_line(title, locale, weight="Bolder"), code_block([shorten_in_middle(line, LINE) for line in lines[:most]]), *more]


def _run_line(view: RunView, context: RenderContext) -> str:
    asked = say("asked by {asker} {age}", asker=view.asked_by.name, age=age_text(view.asked_at, context.now))
    return " · ".join(render(text, context.locale) for text in (view.title, STATES[view.state], asked))


def _time_of(line: AuditLine, locale: str) -> str:
    at = line.at.astimezone(UTC)
    return f"{date_text(at, locale)} {at:%H:%M:%S}"


def _audit_line(line: AuditLine, locale: str) -> str:
    run = [render(say("run {run}", run=line.run), locale)] if line.run else []
    return " · ".join([*run, render(line.who, locale), clean(render(line.words, locale), AUDITED)])
