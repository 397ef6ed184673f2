"""The board: every step with how it stands, what has changed, and the next thing to do as one button."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from bot.i18n import LocalizedText, say
from bot.step import Step
from bot.views import Board, BoardEntry, Stand, StatusMessage, StepStatus
from dialogs.cards.elements import Card, Element, about_line, button, card, group, heading, text_line
from dialogs.cards.run import STATES, RenderContext, next_step_title
from dialogs.cards.text_fallback import fit_to_channel
from dialogs.rendering import date_text, render, shorten_at_end, time_text
from dialogs.translations import subject_name

BOARD = 0  # stands where a run's number stands, when it is announced that the board has changed
LINE = 140  # letters of what is said of one subject
FIRST = 3  # steps that are named as coming first
STATUS_TEXTS: dict[Stand, LocalizedText] = {
    "done": say("done"),
    "to do": say("something to do"),
    "blocked": say("blocked"),
    "unclear": say("unclear"),
    "ask": say("asks before it looks"),
}
MARKS: dict[Stand | None, str] = {"done": "✓", "to do": "▸", "blocked": "✕", "unclear": "?", "ask": "·", None: "·"}


def board_card(board: Board, place: StatusMessage | None, context: RenderContext, steps: Mapping[str, Step]) -> Card:
    """All steps in their order; each line opens its step. `place` is where it stands, for what is news there."""
    return fit_to_channel(
        lambda shown: card(list(_body(board, place, context, shown)), _buttons(board, context, steps), context.banner), (3, 1, 0)
    )


def _body(board: Board, place: StatusMessage | None, context: RenderContext, shown: int) -> Iterator[Element]:
    yield heading(render(say("Where we are"), context.locale))
    if board.hold:
        text = "Nothing is sent at the moment: the records are not as I left them ({why}). The manual says what to do."
        stopped = LocalizedText(text, {"why": board.hold})
        yield text_line(stopped, context.locale, weight="Bolder", color="Attention")
    yield text_line(_refreshed_at(board, context), context.locale, isSubtle=True)
    yield from _news(board, place, context)
    if board.journey.phase == "after":
        yield text_line(say("{ended}. Nothing is left to do here.", ended=_end_of_hybrid(board, context)), context.locale, weight="Bolder")
    elif board.journey.phase == "ending":
        yield text_line(
            say("Nobody is on premises any more: what is left of the way is to switch hybrid off."), context.locale, weight="Bolder"
        )
    elif not board.is_refreshing and all(_is_done(line) for line in board.entries):
        yield text_line(say("Everything is done. Nothing is left to do here."), context.locale, weight="Bolder")
    yield from (_line(line, board, context, shown) for line in board.entries)


def _end_of_hybrid(board: Board, context: RenderContext) -> LocalizedText:
    known = board.journey
    if known.off_at is None:
        return say("Hybrid is switched off")
    return say("Hybrid was switched off on {day} (run {run})", day=date_text(known.off_at, context.locale), run=known.run or 0)


def _refreshed_at(board: Board, context: RenderContext) -> LocalizedText:
    if board.is_refreshing:
        return say("I am looking at everything again; this card is brought up to date.")
    if board.looked_at is None:
        return say("Nobody has looked yet.")
    return say("Looked at {time}.", time=_time(board.looked_at, context))


def _news(board: Board, place: StatusMessage | None, context: RenderContext) -> Iterator[Element]:
    """What has changed since the board was asked for here the last time."""
    if place is None or place.since is None:
        return
    since = datetime.fromtimestamp(place.since, UTC)
    changed = [line for line in board.entries if line.status and line.status.changed_at and line.status.changed_at > since]
    told = [about_line(render(line.title, context.locale), _change(line.status, context.locale)) for line in changed if line.status]
    if told:
        yield group(render(say("Changed since {time}", time=_time(since, context)), context.locale), told)
    elif not board.is_refreshing:
        yield text_line(say("Nothing has changed since {time}.", time=_time(since, context)), context.locale)


def _change(standing: StepStatus, locale: str) -> str:
    before = render(STATUS_TEXTS[standing.was], locale) if standing.was else "–"
    return f"{before} → {render(STATUS_TEXTS[standing.state], locale)}"


def _line(line: BoardEntry, board: Board, context: RenderContext, shown: int) -> Element:
    """One step. Clients that know no select action have its words and the buttons."""
    loc, standing = context.locale, None if _is_left_behind(line, board) else line.status
    parts = [
        about_line(
            f"{MARKS[None if _is_idle(line) or not standing else standing.state]} {render(line.title, loc)}",
            _status_text(line, board, context),
        )
    ]
    told = standing.examples[: _example_count(line, standing, board, shown)] if standing and standing.state not in ("done", "ask") else ()
    parts += [
        text_line(f"– {shorten_at_end(_example(subject, text, loc), LINE)}", loc, spacing="None", isSubtle=True) for subject, text in told
    ]
    if told and standing and (left := standing.subjects - len(told)) > 0:
        parts.append(text_line(say("– and {n} more", n=left), loc, spacing="None", isSubtle=True))
    press = button(render(line.title, loc), {"verb": "form", "step": line.step})
    return {"type": "Container", "spacing": "Small", "items": parts, "selectAction": press}


def _example_count(line: BoardEntry, standing: StepStatus, board: Board, shown: int) -> int:
    """The next step says most, and people are named. Of one that waits for others, their names are enough."""
    if line.step == board.next_step or line.is_for_some_people:
        return shown
    return 0 if standing.state == "blocked" and standing.cures else min(shown, 1)


def _status_text(line: BoardEntry, board: Board, context: RenderContext) -> str:
    state = STATUS_TEXTS[line.status.state] if line.status else say("not looked at")
    told = [
        say("nothing to do") if _is_idle(line) else state,
        *([say("optional")] if line.optional else []),
        *_steps_before(line, board, context.locale),
    ]
    if _is_left_behind(line, board):
        told = [say("belongs to hybrid, which is over") if board.journey.phase == "after" else say("nothing to do any more")]
    if line.run and line.state and line.at:
        who = line.by.name if line.by else "–"
        told.append(
            say("run {run}: {state}, {name}, {time}", run=line.run, state=STATES[line.state], name=who, time=_time(line.at, context))
        )
    if others := [run for run in line.open_runs if run != line.run]:
        told.append(say("open: {runs}", runs=", ".join(map(str, others))))
    return " · ".join(render(text, context.locale) for text in told)


def _is_left_behind(line: BoardEntry, board: Board) -> bool:
    """Whether the journey has left this step behind: what it would do, or what stands in its way, leads back."""
    if line.status is None or line.status.state in ("done", "ask"):
        return False
    return board.journey.phase in ("ending", "after") and board.journey.phase not in line.phases


def _is_idle(line: BoardEntry) -> bool:
    """An optional step that nobody has taken: that it has nothing to do does not make it done."""
    return line.optional and line.run is None and line.status is not None and line.status.state == "done"


def _is_done(line: BoardEntry) -> bool:
    return line.optional or (line.status is not None and line.status.state == "done" and not line.open_runs)


def _steps_before(line: BoardEntry, board: Board, locale: str) -> list[LocalizedText]:
    """The steps that come first, in the board's own order."""
    if line.status is None or line.status.state != "blocked":
        return []
    titles = [render(other.title, locale) for other in board.entries if other.step in line.status.cures]
    return [say("first: {steps}", steps=", ".join(titles[:FIRST]))] if titles else []


def _example(subject: str, text: LocalizedText, locale: str) -> str:
    return f"{subject_name(subject, locale)}: {render(text, locale)}" if subject else render(text, locale)


def _buttons(board: Board, context: RenderContext, steps: Mapping[str, Step]) -> list[Element]:
    loc, following = context.locale, steps.get(board.next_step or "")
    first = [button(next_step_title(following, loc), {"verb": "form", "step": following.name}, "positive")] if following else []
    look = [] if board.is_refreshing else [button(render(say("Look again"), loc), {"verb": "board"})]
    opened = [run for line in board.entries for run in line.open_runs][:3]
    return [*first, *look, *(button(render(say("run {run}", run=run), loc), {"verb": "show", "run": run}) for run in opened)]


def _time(then: datetime, context: RenderContext) -> str:
    return time_text(then.astimezone(UTC), context.now, context.locale)
