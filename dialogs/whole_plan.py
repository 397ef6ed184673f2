"""The whole plan of a run as files, whatever its size: as text to read and as a table, for whoever is to agree to it.

Both are named with the run and the plan's fingerprint. When nothing of the plan is left to be carried out, they tell the outcome.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.i18n import LocalizedText, say
from bot.i18n.languages import best_tag
from bot.step import Finding, Fine, Obstacle, Unclear
from bot.views import CallState, RunView, command_line
from dialogs.cards.run import SHOWN, RenderContext, about_people_and_plan, is_plan_current, plan_name, title
from dialogs.files import ReportFile, ReportFolder
from dialogs.rendering import clean, render, time_text
from dialogs.translations import subject_name

OUTCOME = "outcome"
NAMES = re.compile(rf"(?:plan-[0-9a-f]{{6}}|{OUTCOME})(?:-[a-z0-9-]{{2,35}})?\.(?:csv|txt)")  # of the files that are made here
HEADER = (
    say("Run"),
    say("Plan"),
    say("Kind"),
    say("Who or what"),
    say("What"),
    say("What would help"),
    say("Commands"),
    say("Way back"),
    say("Going back later loses"),
    say("Good to know"),
    say("State"),
)
KINDS: dict[str, LocalizedText] = {
    "change": say("Will change"),
    "obstacle": say("Obstacles"),
    "unclear": say("Not clear yet"),
    "fine": say("Already as wanted"),
}
STATES: dict[CallState, LocalizedText] = {
    CallState.PENDING: say("to be done"),
    CallState.SENT: say("being done"),
    CallState.DONE: say("done"),
    CallState.FAILED: say("failed"),
    CallState.UNKNOWN: say("in doubt"),
    CallState.SKIPPED: say("left out"),
}


def write_plan(listings: ReportFolder, view: RunView, context: RenderContext) -> list[ReportFile]:
    """Writes both files and tells where they are; none where lists and the card tell everything already. It blocks."""
    are_lists = any(finding.kind != "change" and finding.listing for finding in view.other_findings)
    if not view.changes and len(view.other_findings) <= (SHOWN[0] if are_lists else 0):
        return []
    spoken = best_tag(context.locale)
    name = " ".join([f"plan {view.fingerprint}" if is_plan_current(view) else OUTCOME, *([spoken] if spoken != "en" else [])])
    listings.write_text(view.id, name, _text(view, context))
    listings.write(view.id, name, [render(word, spoken) for word in HEADER], _table(view, spoken))
    what = plan_name(view) if is_plan_current(view) else say("outcome")
    kinds = (("txt", say("{name}, to read", name=what)), ("csv", say("{name}, as a table", name=what)))
    found = ((listings.path(view.id, name, kind), words) for kind, words in kinds)
    return [ReportFile(view.id, file.name, file, words) for file, words in found if file]


def find_plan_file(listings: ReportFolder, run: int, file_name: str) -> ReportFile | None:
    """A file that `write_plan` has made for this run and that is still there."""
    if not NAMES.fullmatch(file_name):
        return None
    name, _, kind = file_name.rpartition(".")
    file = listings.path(run, name, kind)
    return ReportFile(run, file_name, file) if file else None


def _table(view: RunView, locale: str) -> Iterator[Sequence[str]]:
    """A line for each change, and one for each reason of each other finding."""
    plan = view.fingerprint if is_plan_current(view) else ""

    def line(kind: str, subject: str, what: LocalizedText, help: LocalizedText | None, *more: str) -> Sequence[str]:
        cells = [*more, *[""] * (5 - len(more))]
        return [
            str(view.id),
            plan,
            render(KINDS[kind], locale),
            subject_name(subject, locale),
            _join([what], locale),
            _join([help], locale),
            *cells,
        ]

    for row in view.changes:
        change = row.change
        lost = [*change.undo_loses, change.no_undo]
        told = (
            _commands(map(command_line, change.do), locale),
            _commands(map(command_line, change.undo), locale),
            _join(lost, locale),
            _join([*change.notes, *change.plan_only_notes], locale),
        )
        state = " · ".join(_lines([STATES[row.state], row.why, row.remedy], locale))
        yield line(change.kind, row.subject, change.effect, None, *told, state)
    for finding in view.other_findings:
        for what, help in _reasons(finding):
            yield line(finding.kind, finding.subject, what, help, "", "", "", _join(finding.notes, locale))


def _text(view: RunView, context: RenderContext) -> Iterator[str]:
    locale = context.locale
    yield title(view, locale)
    yield about_people_and_plan(view, locale)
    if is_plan_current(view):
        yield render(say("digest of the plan: {digest}", digest=view.digest), locale)
    yield render(say("written at {time}", time=time_text(context.now, context.now, locale)), locale)
    yield from _lines([view.why], locale)
    yield from _section("change", len(view.changes), locale)
    for row in view.changes:
        change = row.change
        yield f"{_subject(row.subject, locale)}: {render(change.effect, locale)}"
        yield from _indented_list(
            STATES[row.state], _lines([row.why, row.remedy], locale) if row.state != CallState.PENDING else None, locale
        )
        yield from _indented_list(say("To do it"), _command_lines(map(command_line, change.do), locale), locale)
        yield from _indented_list(say("The way back"), _command_lines(map(command_line, change.undo), locale), locale)
        yield from _indented_list(say("Going back later loses"), _lines(change.undo_loses, locale), locale)
        yield from _indented_list(say("Cannot be undone"), _lines([change.no_undo], locale), locale)
        yield from _indented_list(say("Good to know"), _lines([*change.plan_only_notes, *change.notes], locale), locale)
    for kind in ("obstacle", "unclear", "fine"):
        found = [finding for finding in view.other_findings if finding.kind == kind]
        yield from _section(kind, len(found), locale)
        for finding in found:
            for what, help in _reasons(finding):
                yield f"{_subject(finding.subject, locale)}: {' → '.join(_lines([what, help], locale))}"
            yield from _indented_list(say("Good to know"), _lines(finding.notes, locale), locale)


def _subject(subject: str, locale: str) -> str:
    """Whole, and on one line."""
    return clean(subject_name(subject, locale), len(subject) + 100)


def _section(kind: str, size: int, locale: str) -> Iterator[str]:
    if size:
        yield from ("", f"{render(KINDS[kind], locale)} ({size})", "")


def _indented_list(what: LocalizedText, lines: Sequence[str] | None, locale: str) -> Iterator[str]:
    """Lines about the subject above; None leaves even the heading out."""
    if lines:
        yield f"    {render(what, locale)}:"
        yield from (f"        {line}" for line in lines)


def _reasons(finding: Finding) -> Iterator[tuple[LocalizedText, LocalizedText | None]]:
    match finding:
        case Obstacle(reasons=reasons):
            yield from ((reason.why, reason.remedy) for reason in reasons)
        case Fine(why=why) | Unclear(why=why):
            yield why, None


def _lines(words: Iterable[LocalizedText | None], locale: str) -> list[str]:
    return [text for word in words if word and (text := render(word, locale))]


def _join(words: Iterable[LocalizedText | None], locale: str) -> str:
    return "\n".join(_lines(words, locale))


def _command_lines(commands: Iterable[LocalizedText | str], locale: str) -> list[str]:
    """Exactly what would be typed, each on one line."""
    return [" ".join(line.splitlines()) if isinstance(line, str) else render(line, locale) for line in commands]


def _commands(commands: Iterable[LocalizedText | str], locale: str) -> str:
    return "\n".join(_command_lines(commands, locale))
