"""What a card says about a run's subjects: changes, obstacles, notes, what the way back loses, and what became of each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from bot.i18n import LocalizedText, say
from bot.step import Finding, Fine, Obstacle, Reason, Unclear
from bot.views import CallState, ChangeView, RunState, RunView
from dialogs.cards.elements import SUBJECT, Element, about_line, group, line, text_line, text_run
from dialogs.rendering import clean, render
from dialogs.translations import subject_name

T = TypeVar("T")
REASONS = 8  # of one obstacle


def plan_sections(view: RunView, shown: int, locale: str) -> Iterator[Element]:
    """Everything that a person should have seen before agreeing."""
    changes = len(view.changes)
    begun = ((row.subject, words) for row in view.changes for words in row.change.loses)
    yield from _grouped_by_text(say("To be agreed to first"), begun, shown, locale, changes)
    yield from _group(say("Will change"), view.changes, lambda row: [_subject_line(row.subject, row.change.effect, locale)], shown, locale)
    yield from obstacle_sections(view, shown, locale)
    notes = [
        *((row.subject, note) for row in view.changes for note in row.change.plan_only_notes),
        *_notes(view.changes, view.other_findings),
    ]
    yield from _grouped_by_text(say("Good to know"), notes, shown, locale, changes + len(view.other_findings))
    yield from _fine_section(view, shown, locale)
    yield from _allowed_section(view, shown, locale)
    losses = ((row.subject, words) for row in view.changes for words in row.change.undo_loses)
    yield from _grouped_by_text(say("Going back later loses"), losses, shown, locale, changes)
    final = ((row.subject, row.change.no_undo) for row in view.changes if row.change.no_undo)
    yield from _grouped_by_text(say("Cannot be undone"), final, shown, locale, changes)


def progress_sections(view: RunView, shown: int, locale: str) -> Iterator[Element]:
    """Who is being worked on, and what has not gone well so far."""
    doing = [row.subject for row in view.changes if row.state == CallState.SENT]
    if doing:
        yield text_line(say("Now: {names}", names=first_names(doing, shown, locale)), locale)
    later = [row for row in view.changes if row.state == CallState.PENDING and row.why]
    yield from _group(say("Not yet; tried again by itself"), later, lambda row: _change_lines(row, locale), shown, locale)
    yield from failure_sections(view, shown, locale)
    yield from _grouped_by_text(say("Good to know"), _warnings(view), shown, locale)


def outcome_sections(view: RunView, shown: int, locale: str) -> Iterator[Element]:
    """What has become of everybody, and what remains to be known or done by hand; where nothing was to be changed, why not."""
    yield from _done_section(view, shown, locale)
    yield from failure_sections(view, shown, locale)
    yield from obstacle_sections(view, shown, locale)
    done = [row for row in view.changes if row.state == CallState.DONE]
    others = [finding for finding in view.other_findings if isinstance(finding, Fine) or not view.changes]
    notes = [*_warnings(view), *_notes(done, others)]
    yield from _grouped_by_text(say("Good to know"), notes, shown, locale, len(done) + len(others))
    if not view.changes and view.state != RunState.CANCELLED:
        yield from _fine_section(view, shown, locale)
    yield from _allowed_section(view, shown, locale)


def _done_section(view: RunView, shown: int, locale: str) -> Iterator[Element]:
    """Whom it has changed: as many names as fit on a line or two, and how many more there are."""
    subjects = [row.subject for row in view.changes if row.state == CallState.DONE]
    if subjects:
        yield group(f"{render(say('Done'), locale)} ({len(subjects)})", [text_line(first_names(subjects, 2 * shown, locale), locale)])


def failure_sections(view: RunView, shown: int, locale: str) -> Iterator[Element]:
    """The rows that failed, could not be told or were left out, each with why and what would help."""
    for state, title in _UNHAPPY.items():
        rows = [row for row in view.changes if row.state == state]
        yield from _group(title, rows, lambda row: _change_lines(row, locale), shown, locale)


_UNHAPPY: dict[CallState, LocalizedText] = {
    CallState.FAILED: say("Failed"),
    CallState.UNKNOWN: say("Unknown; I look before anything is repeated"),
    CallState.SKIPPED: say("Left out"),
}


def obstacle_sections(view: RunView, shown: int, locale: str) -> Iterator[Element]:
    """Obstacles with all their reasons, and what is not clear yet."""
    blocked = [finding for finding in view.other_findings if isinstance(finding, Obstacle)]
    yield from _group(
        say("Obstacles"), _with_same_reasons(blocked), lambda alike: _obstacle_lines(alike, shown, locale), shown, locale, len
    )
    unclear = ((finding.subject, finding.why) for finding in view.other_findings if isinstance(finding, Unclear))
    yield from _grouped_by_text(_unclear_title(view), unclear, shown, locale)


def _unclear_title(view: RunView) -> LocalizedText:
    """Over what is not clear: a plan leaves it out, a run that looks again waits for it."""
    if view.state in (RunState.VERIFYING, RunState.MONITORING):
        return say("Not known yet, I keep looking")
    return say("Not clear yet, left out") if view.changes else say("Not clear yet")


def _fine_section(view: RunView, shown: int, locale: str) -> Iterator[Element]:
    fine = ((finding.subject, finding.why) for finding in view.other_findings if isinstance(finding, Fine) and not finding.listing)
    yield from _grouped_by_text(say("Already as wanted"), fine, shown, locale)


def _allowed_section(view: RunView, shown: int, locale: str) -> Iterator[Element]:
    """What stops nothing and fills a list all the same."""
    listed = ((finding.subject, finding.why) for finding in view.other_findings if isinstance(finding, Fine) and finding.listing)
    yield from _grouped_by_text(say("Allowed"), listed, shown, locale)


def curing_steps(findings: Iterable[Finding]) -> dict[str, list[str]]:
    """The steps that would cure obstacles, each with the subjects it would help."""
    found: dict[str, list[str]] = {}
    for finding in findings:
        reasons = finding.reasons if isinstance(finding, Obstacle) else ()
        for cure in dict.fromkeys(reason.cured_by for reason in reasons if reason.cured_by):
            found.setdefault(cure, []).append(finding.subject)
    return found


def first_names(subjects: Sequence[str], shown: int, locale: str) -> str:
    """The first few names, and how many more there are."""
    listed = ", ".join(clean(subject_name(subject, locale), SUBJECT) for subject in subjects[:shown])
    return f"{listed} +{len(subjects) - shown}" if len(subjects) > shown else listed


def _with_same_reasons(blocked: Sequence[Obstacle]) -> list[list[Obstacle]]:
    """Those with the very same reasons stand together."""
    gathered: dict[tuple[tuple[str, str], ...], list[Obstacle]] = {}
    for finding in blocked:
        gathered.setdefault(tuple((str(reason.why), str(reason.remedy)) for reason in finding.reasons), []).append(finding)
    return list(gathered.values())


def _count_one(item: object) -> int:
    return 1


def _group(
    title: LocalizedText,
    items: Sequence[T],
    lines: Callable[[T], list[Element]],
    shown: int,
    locale: str,
    size: Callable[[T], int] = _count_one,
) -> Iterator[Element]:
    """`size` is of how many one item tells."""
    if items:
        total, left = sum(map(size, items)), sum(map(size, items[shown:]))
        more = [text_line(say("and {n} more", n=left), locale, isSubtle=True)] if left else []
        yield group(f"{render(title, locale)} ({total})", [*(each for item in items[:shown] for each in lines(item)), *more])


def _grouped_by_text(
    title: LocalizedText, told_of: Iterable[tuple[str, LocalizedText]], shown: int, locale: str, everybody: int = 0
) -> Iterator[Element]:
    """Those of whom the same is said share one line; `everybody` is how many would be all of them."""
    gathered: dict[tuple[object, ...], tuple[LocalizedText, list[str]]] = {}
    for subject, text in told_of:
        gathered.setdefault((text.text, str(text)), (text, []))[1].append(subject)
    lines = list(gathered.values())
    if lines:
        told_lines = [_subjects_line(text, subjects, shown, locale, everybody) for text, subjects in lines[:shown]]
        more = [text_line(say("and {n} more", n=len(lines) - shown), locale, isSubtle=True)] if len(lines) > shown else []
        yield group(render(title, locale), [*told_lines, *more])


def _subjects_line(text: LocalizedText, subjects: list[str], shown: int, locale: str, everybody: int) -> Element:
    if len(subjects) == everybody or "subject" in text.values:  # speaks of everybody, or says itself of whom
        return text_line(text, locale)
    if len(subjects) == 1:
        return _subject_line(subjects[0], text, locale)
    return line(text_run(text, locale), {"type": "TextRun", "text": f": {first_names(subjects, shown, locale)}", "isSubtle": True})


def _subject_line(subject: str, text: LocalizedText, locale: str) -> Element:
    return about_line(subject_name(subject, locale), render(text, locale))


def _notes(rows: Iterable[ChangeView], others: Iterable[Finding]) -> Iterator[tuple[str, LocalizedText]]:
    for row in rows:
        yield from ((row.subject, note) for note in row.change.notes)
    for finding in others:
        yield from ((finding.subject, note) for note in finding.notes)


def _warnings(view: RunView) -> Iterator[tuple[str, LocalizedText]]:
    """What calls said that went well."""
    yield from ((row.subject, row.warning) for row in view.changes if row.warning)


def _obstacle_lines(alike: Sequence[Obstacle], shown: int, locale: str) -> list[Element]:
    finding, most = alike[0], min(shown, REASONS)
    reasons = [_reason_text(reason, locale) for reason in finding.reasons[:most]]
    if len(alike) == len(finding.reasons) == 1:
        return [about_line(subject_name(finding.subject, locale), reasons[0])]
    who = text_line(first_names([each.subject for each in alike], shown, locale), locale, weight="Bolder")
    left = len(finding.reasons) - most
    more = [text_line(say("and {n} more", n=left), locale, spacing="None", isSubtle=True)] if left > 0 else []
    return [who, *(text_line(f"– {reason}", locale, spacing="None") for reason in reasons), *more]


def _reason_text(reason: Reason, locale: str) -> str:
    return f"{render(reason.why, locale)} → {render(reason.remedy, locale)}" if str(reason.remedy) else render(reason.why, locale)


def _change_lines(row: ChangeView, locale: str) -> list[Element]:
    return [about_line(subject_name(row.subject, locale), " → ".join(render(text, locale) for text in (row.why, row.remedy) if text))]
