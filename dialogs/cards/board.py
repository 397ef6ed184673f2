"""The board: every step with how it stands, what has changed, and the next thing to do as one button."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from bot.i18n import LocalizedText, say
from bot.ledger.board import BoardPlace
from bot.step import Step
from bot.views import Board, BoardEntry, Stand, StepStatus
from dialogs.cards.elements import Card, Element, about, button, card, group, heading, words
from dialogs.cards.run import STATES, RenderContext, next_title
from dialogs.cards.text_fallback import fitting
from dialogs.rendering import beginning, clock, day, render
from dialogs.translations import subject_name

BOARD = 0  # stands where a run's number stands, when it is announced that the board has changed
LINE = 140  # letters of what is said of one subject
FIRST = 3  # steps that are named as coming first
STANDS: dict[Stand, LocalizedText] = {
    "done": say("done"),
    "to do": say("something to do"),
    "blocked": say("blocked"),
    "unclear": say("unclear"),
    "ask": say("asks before it looks"),
}
MARKS: dict[Stand | None, str] = {"done": "✓", "to do": "▸", "blocked": "✕", "unclear": "?", "ask": "·", None: "·"}


def board_card(board: Board, place: BoardPlace | None, eyes: RenderContext, steps: Mapping[str, Step]) -> Card:
    """All steps in their order; each line opens its step. `place` is where it stands, for what is news there."""
    return fitting(lambda shown: card(list(_body(board, place, eyes, shown)), _buttons(board, eyes, steps), eyes.banner), (3, 1, 0))


def _body(board: Board, place: BoardPlace | None, eyes: RenderContext, shown: int) -> Iterator[Element]:
    yield heading(render(say("Where we are"), eyes.locale))
    if board.hold:
        text = "Nothing is sent at the moment: the records are not as I left them ({why}). The manual says what to do."
        stopped = LocalizedText(text, {"why": board.hold})
        yield words(stopped, eyes.locale, weight="Bolder", color="Attention")
    yield words(_looked(board, eyes), eyes.locale, isSubtle=True)
    yield from _news(board, place, eyes)
    if board.journey.phase == "after":
        yield words(say("{ended}. Nothing is left to do here.", ended=_ended(board, eyes)), eyes.locale, weight="Bolder")
    elif board.journey.phase == "ending":
        yield words(say("Nobody is on premises any more: what is left of the way is to switch hybrid off."), eyes.locale, weight="Bolder")
    elif not board.looking and all(_is_done(line) for line in board.lines):
        yield words(say("Everything is done. Nothing is left to do here."), eyes.locale, weight="Bolder")
    yield from (_line(line, board, eyes, shown) for line in board.lines)


def _ended(board: Board, eyes: RenderContext) -> LocalizedText:
    known = board.journey
    if known.off_at is None:
        return say("Hybrid is switched off")
    return say("Hybrid was switched off on {day} (run {run})", day=day(known.off_at, eyes.locale), run=known.run or 0)


def _looked(board: Board, eyes: RenderContext) -> LocalizedText:
    if board.looking:
        return say("I am looking at everything again; this card is brought up to date.")
    if board.looked_at is None:
        return say("Nobody has looked yet.")
    return say("Looked at {time}.", time=_time(board.looked_at, eyes))


def _news(board: Board, place: BoardPlace | None, eyes: RenderContext) -> Iterator[Element]:
    """What has changed since the board was asked for here the last time."""
    if place is None or place.since is None:
        return
    since = datetime.fromtimestamp(place.since, UTC)
    changed = [line for line in board.lines if line.standing and line.standing.changed_at and line.standing.changed_at > since]
    told = [about(render(line.title, eyes.locale), _change(line.standing, eyes.locale)) for line in changed if line.standing]
    if told:
        yield group(render(say("Changed since {time}", time=_time(since, eyes)), eyes.locale), told)
    elif not board.looking:
        yield words(say("Nothing has changed since {time}.", time=_time(since, eyes)), eyes.locale)


def _change(standing: StepStatus, locale: str) -> str:
    before = render(STANDS[standing.was], locale) if standing.was else "–"
    return f"{before} → {render(STANDS[standing.state], locale)}"


def _line(line: BoardEntry, board: Board, eyes: RenderContext, shown: int) -> Element:
    """One step. Clients that know no select action have its words and the buttons."""
    loc, standing = eyes.locale, None if _is_apart(line, board) else line.standing
    parts = [
        about(f"{MARKS[None if _is_idle(line) or not standing else standing.state]} {render(line.title, loc)}", _stands(line, board, eyes))
    ]
    told = standing.told[: _most(line, standing, board, shown)] if standing and standing.state not in ("done", "ask") else ()
    parts += [words(f"– {beginning(_said(subject, text, loc), LINE)}", loc, spacing="None", isSubtle=True) for subject, text in told]
    if told and standing and (left := standing.subjects - len(told)) > 0:
        parts.append(words(say("– and {n} more", n=left), loc, spacing="None", isSubtle=True))
    press = button(render(line.title, loc), {"verb": "form", "step": line.step})
    return {"type": "Container", "spacing": "Small", "items": parts, "selectAction": press}


def _most(line: BoardEntry, standing: StepStatus, board: Board, shown: int) -> int:
    """The next step says most, and people are named. Of one that waits for others, their names are enough."""
    if line.step == board.next_step or line.for_some:
        return shown
    return 0 if standing.state == "blocked" and standing.cures else min(shown, 1)


def _stands(line: BoardEntry, board: Board, eyes: RenderContext) -> str:
    state = STANDS[line.standing.state] if line.standing else say("not looked at")
    told = [
        say("nothing to do") if _is_idle(line) else state,
        *([say("optional")] if line.optional else []),
        *_blocked_by(line, board, eyes.locale),
    ]
    if _is_apart(line, board):
        told = [say("belongs to hybrid, which is over") if board.journey.phase == "after" else say("nothing to do any more")]
    if line.run and line.state and line.at:
        who = line.by.name if line.by else "–"
        told.append(say("run {run}: {state}, {name}, {time}", run=line.run, state=STATES[line.state], name=who, time=_time(line.at, eyes)))
    if others := [run for run in line.open if run != line.run]:
        told.append(say("open: {runs}", runs=", ".join(map(str, others))))
    return " · ".join(render(text, eyes.locale) for text in told)


def _is_apart(line: BoardEntry, board: Board) -> bool:
    """Whether the journey has left this step behind: what it would do, or what stands in its way, leads back."""
    if line.standing is None or line.standing.state in ("done", "ask"):
        return False
    return board.journey.phase in ("ending", "after") and board.journey.phase not in line.phases


def _is_idle(line: BoardEntry) -> bool:
    """An optional step that nobody has taken: that it has nothing to do does not make it done."""
    return line.optional and line.run is None and line.standing is not None and line.standing.state == "done"


def _is_done(line: BoardEntry) -> bool:
    return line.optional or (line.standing is not None and line.standing.state == "done" and not line.open)


def _blocked_by(line: BoardEntry, board: Board, locale: str) -> list[LocalizedText]:
    """The steps that come first, in the board's own order."""
    if line.standing is None or line.standing.state != "blocked":
        return []
    titles = [render(other.title, locale) for other in board.lines if other.step in line.standing.cures]
    return [say("first: {steps}", steps=", ".join(titles[:FIRST]))] if titles else []


def _said(subject: str, text: LocalizedText, locale: str) -> str:
    return f"{subject_name(subject, locale)}: {render(text, locale)}" if subject else render(text, locale)


def _buttons(board: Board, eyes: RenderContext, steps: Mapping[str, Step]) -> list[Element]:
    loc, following = eyes.locale, steps.get(board.next_step or "")
    first = [button(next_title(following, loc), {"verb": "form", "step": following.name}, "positive")] if following else []
    look = [] if board.looking else [button(render(say("Look again"), loc), {"verb": "board"})]
    opened = [run for line in board.lines for run in line.open][:3]
    return [*first, *look, *(button(render(say("run {run}", run=run), loc), {"verb": "show", "run": run}) for run in opened)]


def _time(then: datetime, eyes: RenderContext) -> str:
    return clock(then.astimezone(UTC), eyes.now, eyes.locale)
