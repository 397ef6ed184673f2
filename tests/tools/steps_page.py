"""Makes docs/steps.md of the steps themselves: what each asks, reads, checks, changes and needs, and how it is taken back.

What a step says and does is taken from its cases; `pytest --accept` writes the page anew.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.graph.permissions import required_permission
from bot.calls import Cmdlet, DnsQuery, GraphCall, ManualAction, ReadCall, WriteCall, as_command_line
from bot.errors import GatewayError
from bot.i18n import LocalizedText
from bot.step import Change, Fine, Obstacle, Step, Unclear, findings
from bot.steps import STEPS
from tests.support.case_files import CASES, answers_of, facts_of, step_name
from tests.support.fake_reader import FakeReader
from tests.support.paths import ROOT
from tests.support.recording_gateway import call_name

PAGE = ROOT / "docs/steps.md"
# Place -> who may read there, who may change. https://learn.microsoft.com/lyncserver/lync-server-2013-planning-for-role-based-access-control
# and https://learn.microsoft.com/skypeforbusiness/hybrid/move-users-between-on-premises-and-cloud
ROLES = {
    "sfb": (
        "Skype for Business Server",
        "CsViewOnlyAdministrator (or RTCUniversalReadOnlyAdmins and RTCUniversalUserReadOnlyGroup)",
        "CsAdministrator (or RTCUniversalServerAdmins): CsServerAdministrator changes nothing that counts everywhere",
    ),
    "mover": (
        "the server that moves people",
        "CsViewOnlyAdministrator",
        "CsServerAdministrator, CsUserAdministrator and RTCUniversalUserAdmins; its cloud account: Teams Administrator, no second factor",
    ),
    "teams": ("MicrosoftTeams module", "Teams Administrator", "Teams Administrator"),
    "sync": ("Entra Connect server", "ADSyncAdmins", "ADSyncAdmins"),
    "exchange": ("Exchange Management Shell", "View-Only Organization Management", "Organization Management"),
}
PLAIN = ("ready", "nothing_there")  # cases whose calls come first, in their order
HEAD = """# The steps

In the order in which they are taken. This page is made from the steps and their cases (`pytest --accept`): change them, not the page.

Nothing is changed before somebody has started it and somebody else, where that is asked for, has approved it. Each call is shown as the
line that an admin would type; names in it are those of a sample company, secrets are names.
"""


@dataclass
class Told:
    """What the cases of one step make known. Sentences and calls by their template, each with its first example."""

    looks: dict[str, ReadCall] = field(default_factory=dict)
    reasons: dict[str, tuple[LocalizedText, LocalizedText]] = field(default_factory=dict)
    unclear: dict[str, LocalizedText] = field(default_factory=dict)
    done: dict[str, WriteCall] = field(default_factory=dict)
    undone: dict[str, WriteCall] = field(default_factory=dict)
    lost: dict[str, LocalizedText] = field(default_factory=dict)
    for_good: dict[str, LocalizedText] = field(default_factory=dict)
    agreed: dict[str, LocalizedText] = field(default_factory=dict)


def page() -> str:
    told = {step.name: asyncio.run(_told(step)) for step in STEPS}
    contents = [f"{n}. {_link(step.name)}" for n, step in enumerate(STEPS, 1)]
    parts = [HEAD, "\n".join(contents), _rights(told), *(part for step in STEPS for part in _step(step, told[step.name]))]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


async def _told(step: Step) -> Told:
    told = Told()
    for case in sorted((case for case in CASES if step_name(case) == step.name), key=lambda case: case.stem not in PLAIN):
        await _hear(step, case, told)
    return told


async def _hear(step: Step, case: Path, told: Told) -> None:
    read = FakeReader(facts_of(case))
    try:
        found = await findings(step, step.form(**answers_of(case)), read)
    except GatewayError:
        return
    finally:
        told.looks |= {_short(call): call for call in read.calls if _short(call) and _short(call) not in told.looks}
    for finding in found:
        match finding:
            case Change():
                _first(told.done, ((_kind(call), call) for call in finding.do))
                _first(told.undone, ((_kind(call), call) for call in finding.undo))
                _first(told.lost, ((words.text, words) for words in finding.undo_loses))
                _first(told.agreed, ((words.text, words) for words in finding.loses))
                _first(told.for_good, ((words.text, words) for words in [finding.no_undo] if words))
            case Obstacle():
                _first(told.reasons, ((reason.why.text, (reason.why, reason.remedy)) for reason in finding.reasons))
            case Unclear():
                _first(told.unclear, [(finding.why.text, finding.why)])
            case Fine():
                pass


def _first(known: dict[str, Any], met: Iterable[tuple[str, Any]]) -> None:
    for key, value in met:
        known.setdefault(key, value)


def _short(call: ReadCall) -> str:
    match call:
        case DnsQuery():
            return f"DNS {call.type}"
        case Cmdlet():
            return f"{call.name} ({call.endpoint})"
    return call_name(call)


def _kind(call: WriteCall) -> str:
    """Two calls are of one kind when only the values in them differ."""
    match call:
        case Cmdlet():
            return " ".join((call.name, *call.parameters))
        case GraphCall():
            return f"{call_name(call)} {sorted(call.body or ())}"
        case ManualAction():
            return call.words.text


def _rights(told: dict[str, Told]) -> str:
    """One table for whoever gives rights away: permission or place -> the steps that need it."""
    reads: dict[str, list[str]] = {}
    writes: dict[str, list[str]] = {}
    for name, one in told.items():
        for needs, calls in ((reads, one.looks.values()), (writes, [*one.done.values(), *one.undone.values()])):
            for right in {right for call in calls if (right := _right(call))}:
                needs.setdefault(right, []).append(name)
    graph = [
        f"| {right} | {', '.join(reads.get(right, '-'))} | {', '.join(writes.get(right, '-'))} |"
        for right in sorted({*reads, *writes} - ROLES.keys())
    ]
    places = [
        f"| `{place}`: {what} | {to_read} | {to_write if writes.get(place) else '-'} | {', '.join(writes.get(place, ['-']))} |"
        for place, (what, to_read, to_write) in ROLES.items()
    ]
    return "\n".join(
        (
            "## Rights",
            "",
            "Application permissions of Microsoft Graph, the least that do:",
            "",
            "| Permission | read by | needed to change by |",
            "|---|---|---|",
            *graph,
            "",
            "Roles of the accounts at each place:",
            "",
            "| Place | to read | to change | changed by |",
            "|---|---|---|---|",
            *places,
        )
    )


def _right(call: ReadCall | WriteCall) -> str:
    match call:
        case GraphCall():
            return required_permission(call)
        case Cmdlet():
            return call.endpoint
    return ""


def _step(step: Step, told: Told) -> Iterator[str]:
    yield f'<a id="{_anchor(step.name)}"></a>\n\n## {step.title}'
    yield step.guidance
    yield f"To type: {', '.join(f'`{words}`' for words in dict.fromkeys((str(step.title).lower(), *step.phrases)))}."
    if asked := list(_asked(step)):
        yield "**Asked**\n\n" + "\n".join(asked)
    if step.members:
        yield f"It takes together: {', '.join(map(_link, step.members))}; what they say counts here."
    yield f"**Read**\n\n{', '.join(f'`{name}`' for name in sorted(told.looks))}."
    yield f"**Needs**\n\n{_needs(told)}"
    if told.reasons and not step.members:
        yield "**What stands in the way, and what helps**\n\n" + "\n".join(
            f"- {_line(why)}: {_line(remedy)}" for why, remedy in told.reasons.values()
        )
    if told.unclear and not step.members:
        yield "**What is left unclear, and not changed**\n\n" + "\n".join(f"- {_line(why)}" for why in told.unclear.values())
    yield f"**Changed**\n\n{_calls(told.done.values()) or 'Nothing: this step only looks.'}"
    if told.done:
        yield f"**Taken back**\n\n{_back(step, told)}"


def _needs(told: Told) -> str:
    """Rights of this step alone; what the places mean stands in the table above."""
    to_read = {right for call in told.looks.values() if (right := _right(call))}
    to_change = {right for call in (*told.done.values(), *told.undone.values()) if (right := _right(call))}
    return "; ".join(
        f"{what}: {', '.join(f'`{right}`' for right in sorted(rights))}"
        for what, rights in (("to read", to_read), ("to change", to_change))
        if rights
    )


def _asked(step: Step) -> Iterator[str]:
    for name, about in step.form.model_fields.items():
        more = about.json_schema_extra if isinstance(about.json_schema_extra, dict) else {}
        offered = more.get("choices")
        choices = offered if isinstance(offered, dict) else {}
        told = [
            about.description or "",
            f"One of: {'; '.join(map(str, choices.values()))}" if choices else "",
            "" if about.is_required() or about.default in ("", None) else f"Without an answer: {_default(about.default, choices)}",
        ]
        yield " ".join((f"- **{about.title or name}**", *(_sentence(words) for words in told if words)))


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:].rstrip('.')}."


def _default(value: object, choices: Mapping[str, object]) -> str:
    plain = ("no", "yes")[value] if isinstance(value, bool) else f"{value:n}" if isinstance(value, int) else str(value)
    return str(choices.get(plain, plain))


def _calls(calls: Iterable[WriteCall]) -> str:
    lines = [as_command_line(call) for call in calls if not isinstance(call, ManualAction)]
    hands = [f"- By hand: {_line(call.words)}" for call in calls if isinstance(call, ManualAction)]
    return "\n\n".join(part for part in ("```\n" + "\n".join(lines) + "\n```" if lines else "", "\n".join(hands)) if part)


def _back(step: Step, told: Told) -> str:
    by = f"By the step {_link(step.undone_by)}.\n\n" if step.undone_by else ""
    lost = "\n".join(f"- Lost on the way back: {_line(words)}." for words in told.lost.values())
    never = "\n".join(f"- No way back: {_line(words)}." for words in told.for_good.values())
    typed = f"- Gone for good once it is carried out, so that whoever starts it types a word: {_line(step.loses)}." if step.loses else ""
    agreed = "\n".join(f"- Where this is so, whoever starts it types a word: {_line(words)}." for words in told.agreed.values())
    lists = "\n".join(part for part in (lost, never, typed, agreed) if part)
    return by + "\n\n".join(part for part in ("" if by else _calls(told.undone.values()), lists) if part)


def _link(name: str) -> str:
    title = next(step.title for step in STEPS if step.name == name)
    return f"[{title}](#{_anchor(name)})"


def _anchor(name: str) -> str:
    return name.replace("_", "-")


def _line(words: LocalizedText) -> str:
    """One line of markdown."""
    return " ".join(str(words).split()).replace("<", "&lt;").replace("|", "\\|").replace("*", "\\*")
