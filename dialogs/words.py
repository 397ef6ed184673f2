"""What a typed line means: a step, a run, one of a few commands, or a verb about a run; and what was probably meant otherwise."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

from bot.step import LOSE, Step
from bot.view import Verb
from dialogs.languages import ways_to_say

What = Literal["step", "help", "cancel", "where", "runs", "run", "audit", "list", "verb", "which", "nod"]
VERBS: tuple[Verb, ...] = ("start", "approve", "refuse", "pause", "resume", "cancel", "undo", "retry", "look", "done", "change", "commands")
SLIP = 0.85  # likeness to a longer command from which on a shorter one is not taken for what was meant
LIKENESS = 0.75  # from here on a line is taken for a mistyped command
HOME = re.compile(r"\s+(?:to|zu|nach)\s+(?:skype|sfb|on.?prem)[\w -]*\W*$", re.IGNORECASE)  # behind "back"
IT = re.compile(r"\W*(?:it|that|this|the (?:last )?run|es|das|ihn|den (?:letzten )?lauf)?\W*", re.IGNORECASE)  # which says no run
PLAN = "[0-9a-f]{4,64}"  # what is meant for a plan's fingerprint, also when it is too short or of another plan
RUN = re.compile(rf"#?(\d{{1,9}})((?:\W+(?:{LOSE}|(?:plan\W+)?{PLAN}))*)\W*", re.IGNORECASE)  # a run's number, and what is said of its plan
NUMBER = re.compile(rf"\s#?(\d{{1,9}})(\s+{PLAN})?(\s+(?!{PLAN}\b)\S[^\d]*?)(\s+{PLAN})?\W*$", re.IGNORECASE)  # with words behind it
REST = 200  # letters after the command that a suggestion repeats


@dataclass(frozen=True)
class Said:
    """A recognised line. `rest` is what follows the command, as it was typed."""

    what: What
    rest: str = ""
    step: str = ""
    verb: Verb | None = None
    run: int | None = None
    plan: str = ""  # the fingerprint that was typed, in small letters
    verbs: tuple[Verb, ...] = ()  # that it may mean, of a run that was not named


@dataclass(frozen=True)
class Phrase:
    """Words that begin a command; `numbered` ones are followed by a run's number."""

    words: tuple[str, ...]
    means: Said
    numbered: bool | None = False  # None: a number may follow
    opposite: str = ""  # the step that is never suggested where this one was probably meant


def phrases(steps: Sequence[Step]) -> list[Phrase]:
    """All that can be typed, longest first: the longest matching phrase wins."""
    of_steps = [(text, Said("step", step=each.name), False) for each in steps if each.offered for text in of_step(each)]
    opposites = {each.name: each.undone_by or each.opposite or "" for each in steps}
    known: dict[tuple[str, ...], Phrase] = {}
    for text, means, numbered in (*of_steps, *FIXED):
        for way in (text, *ways_to_say(text)):
            known.setdefault((*_words(way), str(numbered)), Phrase(_words(way), means, numbered, opposites.get(means.step, "")))
    return sorted(known.values(), key=lambda phrase: len(phrase.words), reverse=True)


def of_step(step: Step) -> list[str]:
    """The English phrases that a step answers to: its title, and what people say every day."""
    return list(dict.fromkeys(text.casefold() for text in (str(step.title), *step.words)))


FIXED: tuple[tuple[str, Said, bool | None], ...] = (
    *((f"{verb} run", Said("verb", verb=verb), True) for verb in VERBS),
    *((verb, Said("verb", verb=verb), True) for verb in VERBS),
    *((verb, Said("which", verbs=(verb,)), False) for verb in VERBS if verb not in ("start", "cancel", "change", "commands")),
    *((text, Said("nod", verbs=("start", "approve", "resume", "done")), False) for text in ("yes", "ok", "okay", "go", "do it")),
    ("lose", Said("which", verbs=("start",)), False),  # what it would agree to is told when the run is named
    ("no", Said("nod", verbs=("refuse", "cancel")), False),
    *((text, Said("which", verbs=("retry",)), False) for text in ("start again", "try again")),
    *((text, Said("help"), False) for text in ("help", "hello", "hi")),
    *(
        (text, Said("where"), False)
        for text in ("where are we", "where", "start", "board", "status", "what is next", "what now", "next", "look again")
    ),
    *((text, Said("runs"), False) for text in ("runs", "show runs")),
    *((text, Said("run"), True) for text in ("run", "show run")),
    *((text, Said("run"), None) for text in ("why", "what happened")),
    ("show commands", Said("verb", verb="commands"), None),
    ("commands", Said("verb", verb="commands"), None),
    *((text, Said("verb", verb="change"), None) for text in ("change answers", "change")),
    *((f"{text} run", Said("list"), True) for text in ("plan", "list", "csv")),
    *((text, Said("list"), None) for text in ("whole plan", "plan", "list", "csv")),
    ("audit run", Said("audit"), True),
    ("audit", Said("audit"), None),
    *((text, Said("audit"), False) for text in ("who", "who did", "who was")),
    *((text, Said("cancel"), False) for text in ("cancel", "stop")),
)


def understand(text: str, known: Sequence[Phrase]) -> Said | None:
    """The command that the text begins with, or None. A run's number may stand inside of it: "nimm lauf 7 zurück"."""
    if said := _begun(text, known):
        return said
    said = _begun(NUMBER.sub(r"\3 \1\2\4", text, count=1), known)
    return said if said and said.run is not None else None


def _begun(text: str, known: Sequence[Phrase]) -> Said | None:
    typed = _typed(text)
    for phrase in known:
        if tuple(word for word, _ in typed[: len(phrase.words)]) == phrase.words:
            said = _complete(phrase, text[typed[len(phrase.words) - 1][1] :].strip())
            if said and (turned := _turned(said, phrase, known)):
                return turned
            if said:
                return None if said.rest and _is_slip(typed, phrase, known) else said
    return None


def _turned(said: Said, phrase: Phrase, known: Sequence[Phrase]) -> Said | None:
    """What the last word makes of it: "move bob@contoso.com back" is no move to Teams of somebody called back."""
    *before, last = HOME.sub("", said.rest).rsplit(maxsplit=1) or [""]
    words = (*phrase.words, *_words(last))
    means = next((one.means for one in known if one.words == words), said)
    return Said("step", "".join(before), means.step) if means.step not in ("", said.step) else None


def _is_slip(typed: Sequence[tuple[str, int]], short: Phrase, known: Sequence[Phrase]) -> bool:
    """Whether a longer command was meant and mistyped: "move pilto users" is nobody called pilto."""
    longer = (one.words for one in known if len(one.words) > len(short.words) and one.words[: len(short.words)] == short.words)
    return any(_likeness(" ".join(word for word, _ in typed[: len(words)]), " ".join(words)) >= SLIP for words in longer)


def meant(text: str, known: Sequence[Phrase], most: int = 3) -> list[str]:
    """Lines that were probably meant, most likely first; what followed the command stays with it."""
    typed = _typed(text[:1000])
    found: list[tuple[float, str, Phrase]] = []
    for phrase in known:
        size = len(phrase.words)
        begun = " ".join(word for word, _ in typed[:size])
        rest = text[typed[min(size, len(typed)) - 1][1] :].strip() if typed else ""
        likeness = _likeness(begun, " ".join(phrase.words))
        if likeness >= LIKENESS and _complete(phrase, rest) and not _is_slip(typed, phrase, known):
            found.append((likeness, " ".join((*phrase.words, rest if len(rest) <= REST else "")).strip(), phrase))
    found.sort(key=lambda told: -told[0])
    opposite = found[0][2].opposite if found else ""
    lines: dict[Said, str] = {}  # one for each meaning
    for _, line, phrase in found:
        if phrase.means.step != opposite or not opposite:
            lines.setdefault(phrase.means, line)
    return list(lines.values())[:most]


def _likeness(typed: str, phrase: str) -> float:
    """From 0 to 1; 0 where a quick estimate already shows that they are not alike."""
    if 2 * min(len(typed), len(phrase)) < LIKENESS * (len(typed) + len(phrase)):
        return 0.0
    matcher = _compared_with(typed)
    matcher.set_seq1(phrase)
    return matcher.ratio() if matcher.quick_ratio() >= LIKENESS else 0.0


@lru_cache(maxsize=8)
def _compared_with(typed: str) -> SequenceMatcher[str]:
    """What is typed is prepared once for the hundreds of phrases that it is compared with."""
    return SequenceMatcher(None, "", typed)


def _complete(phrase: Phrase, rest: str) -> Said | None:
    number = RUN.fullmatch(rest)
    if phrase.numbered and not number:
        return None
    if phrase.means.what not in ("step", "help") and not number and not IT.fullmatch(rest):
        return None  # "runs are slow" is no command
    if phrase.means.what == "step" or not number:
        return replace(phrase.means, rest=rest if phrase.means.what == "step" else "")
    told = [word for word in re.findall(r"\w+", number.group(2).casefold()) if word != "plan"]
    plans = [word for word in told if word != LOSE.casefold()]
    if len(plans) > 1:
        return None  # nobody can mean two plans of one run
    run = int(number.group(1)) if phrase.numbered is not False else None
    return replace(phrase.means, rest=LOSE if len(told) > len(plans) else "", run=run, plan="".join(plans))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word, _ in _typed(text))


def _typed(text: str) -> list[tuple[str, int]]:
    """Words without case and punctuation, each with the place where it ends."""
    found = ((match.group().casefold().strip("\"'.,:;!?¿¡()"), match.end()) for match in re.finditer(r"\S+", text[:1000]))
    return [(word, end) for word, end in found if word]
