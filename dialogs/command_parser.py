"""What a typed line means: a step, a run, one of a few commands, or a verb about a run."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.i18n.languages import small_word_pattern
from bot.step import LOSE, Step
from bot.views import Action
from dialogs.contrary import contrary_word, is_name
from dialogs.slips import is_same_or_slip
from dialogs.translations import typed_variants

CommandKind = Literal["step", "help", "cancel", "where", "runs", "run", "audit", "list", "verb", "which", "nod", "doubt", "all"]
VERBS: tuple[Action, ...] = (
    "start",
    "approve",
    "refuse",
    "pause",
    "resume",
    "cancel",
    "undo",
    "retry",
    "look",
    "done",
    "change",
    "commands",
)
HOME = re.compile(rf"\s+(?:{small_word_pattern('to')})\s+(?:skype|sfb|on.?prem)[\w -]*\W*$", re.IGNORECASE)  # behind "back"
IT = re.compile(rf"\W*(?:{small_word_pattern('it')})?\W*", re.IGNORECASE)  # which says no run
PLAN = "[0-9a-f]{4,64}"  # what is meant for a plan's fingerprint, also when it is too short or of another plan
RUN = re.compile(rf"#?(\d{{1,9}})((?:\W+(?:{LOSE}|(?:plan\W+)?{PLAN}))*)\W*", re.IGNORECASE)  # a run's number, and what is said of its plan
NUMBER = re.compile(rf"\s#?(\d{{1,9}})(\s+{PLAN})?(\s+(?!{PLAN}\b)\S[^\d]*?)(\s+{PLAN})?\W*$", re.IGNORECASE)  # with words behind it
LAST = re.compile(r"(?P<before>.*)(?:^|(?<=\s))(?P<word>[^\W\d_]+)[.!?,;:]*", re.DOTALL)  # a last word that is in no quotes or brackets
ENTRY = re.compile(
    r"[\"“„]|[^<>@,;\n]*(?:,[^<>@,;\n]*)?<[^<>\s@]+@|(?:group|pool|ou)\b[\s:]\s*\S", re.IGNORECASE
)  # begins what can only be data
COURTESY = re.compile(rf"\W*(?:(?:{small_word_pattern('courtesy')})\W*)*", re.IGNORECASE)  # says nothing
PLAIN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*[.,:;!?]*")  # a word that can belong to a command


@dataclass(frozen=True)
class ParsedCommand:
    """A recognised line. `rest` is what follows the command, as it was typed; of a doubt it is the word that makes it one.

    All = a step that concerns everything was begun with something behind it.
    """

    kind: CommandKind
    rest: str = ""
    step: str = ""
    action: Action | None = None
    run: int | None = None
    plan: str = ""  # the fingerprint that was typed, in small letters
    actions: tuple[Action, ...] = ()  # that it may mean, of a run that was not named


@dataclass(frozen=True)
class Phrase:
    """Words that begin a command; `numbered` ones are followed by a run's number."""

    words: tuple[str, ...]
    means: ParsedCommand
    numbered: bool | None = False  # None: a number may follow
    asks: bool = True  # whether something may stand behind it
    opposite: str = ""  # the step that leads the other way
    telling: frozenset[str] = frozenset()  # those of its words that tell it from that step


def phrases(steps: Sequence[Step]) -> list[Phrase]:
    """All that can be typed, longest first: the longest matching phrase wins."""
    of_steps = [
        (text, ParsedCommand("step", step=each.name), False) for each in steps if each.user_startable for text in step_phrases(each)
    ]
    opposites, asking = _opposites(steps), {each.name for each in steps if each.form.model_fields}
    known: dict[tuple[str, ...], Phrase] = {}
    words_of: defaultdict[str, set[str]] = defaultdict(set)
    for text, means, numbered in (*of_steps, *FIXED):
        for way in (text, *typed_variants(text)):
            words = _words(way)
            known.setdefault((*words, str(numbered)), Phrase(words, means, numbered, means.step in asking, opposites.get(means.step, "")))
            words_of[means.step].update(words)
    told = (replace(each, telling=frozenset(each.words) - words_of[each.opposite]) if each.opposite else each for each in known.values())
    return sorted(told, key=lambda phrase: len(phrase.words), reverse=True)


def _opposites(steps: Sequence[Step]) -> dict[str, str]:
    """Of each step the one that leads the other way, whichever of the two says so."""
    told = {each.name: each.undone_by or each.opposite or "" for each in steps}
    return {other: name for name, other in told.items() if other} | {name: other for name, other in told.items() if other}


def step_phrases(step: Step) -> list[str]:
    """The English phrases that a step answers to: its title, and what people say every day."""
    return list(dict.fromkeys(text.casefold() for text in (str(step.title), *step.phrases)))


# Other words for verbs of a run. They do nothing by themselves: verbs that are as harmless are offered instead.
INSTEAD: dict[tuple[Action, ...], tuple[str, ...]] = {
    ("pause", "cancel"): ("stop", "end", "halt"),
    ("cancel",): ("abort", "terminate", "delete"),
    ("refuse",): ("disapprove", "reject", "decline"),
    ("refuse", "cancel"): ("unapprove",),
    ("retry",): ("restart", "repeat"),
    ("pause",): ("hold",),
}
LEAVES = ("cancel", "stop", "halt", "abort", "terminate")  # these words alone leave a form
FIXED: tuple[tuple[str, ParsedCommand, bool | None], ...] = (
    *((f"{verb} run", ParsedCommand("verb", action=verb), True) for verb in VERBS),
    *((verb, ParsedCommand("verb", action=verb), True) for verb in VERBS),
    *((verb, ParsedCommand("which", actions=(verb,)), False) for verb in VERBS if verb not in ("start", "cancel", "change", "commands")),
    *((text, ParsedCommand("nod", actions=("start", "approve", "resume", "done")), False) for text in ("yes", "ok", "okay", "go", "do it")),
    ("lose", ParsedCommand("which", actions=("start",)), False),  # what it would agree to is told when the run is named
    ("no", ParsedCommand("nod", actions=("refuse", "cancel")), False),
    *((text, ParsedCommand("which", actions=("retry",)), False) for text in ("start again", "try again")),
    *((text, ParsedCommand("help"), False) for text in ("help", "hello", "hi")),
    *(
        (text, ParsedCommand("where"), False)
        for text in ("where are we", "where", "start", "board", "status", "what is next", "what now", "next", "look again")
    ),
    *((text, ParsedCommand("runs"), False) for text in ("runs", "show runs")),
    *((text, ParsedCommand("run"), True) for text in ("run", "show run")),
    *((text, ParsedCommand("run"), None) for text in ("why", "what happened")),
    ("show commands", ParsedCommand("verb", action="commands"), None),
    ("commands", ParsedCommand("verb", action="commands"), None),
    *((text, ParsedCommand("verb", action="change"), None) for text in ("change answers", "change")),
    *((f"{text} run", ParsedCommand("list"), True) for text in ("plan", "list", "csv")),
    *((text, ParsedCommand("list"), None) for text in ("whole plan", "plan", "list", "csv")),
    ("audit run", ParsedCommand("audit"), True),
    ("audit", ParsedCommand("audit"), None),
    *((text, ParsedCommand("audit"), False) for text in ("who", "who did", "who was")),
    *((f"{text} run", ParsedCommand("which", actions=verbs), True) for verbs, texts in INSTEAD.items() for text in texts),
    *((text, ParsedCommand("which", actions=verbs), True) for verbs, texts in INSTEAD.items() for text in texts),
    *((text, ParsedCommand("cancel"), False) for text in LEAVES),
    *((text, ParsedCommand("which", actions=verbs), False) for verbs, texts in INSTEAD.items() for text in texts if text not in LEAVES),
)


def parse(text: str, known: Sequence[Phrase]) -> ParsedCommand | None:
    """The command that the text begins with, or None. A run's number may stand inside of it: "start run 7 again"."""
    if said := _match_phrase(text, known):
        return said
    said = _match_phrase(NUMBER.sub(r"\3 \1\2\4", text, count=1), known)
    return said if said and said.run is not None else None


def _match_phrase(text: str, known: Sequence[Phrase]) -> ParsedCommand | None:
    typed = typed_words(text)
    words = tuple(word for word, _ in typed)
    for phrase in known:
        if words[: len(phrase.words)] == phrase.words:
            end = typed[len(phrase.words) - 1][1]
            first, *more = text[:end].split()
            said = complete(phrase, text[end:].strip())
            if said and not any(word[0] in "\"'“„<" for word in more):  # what stands in quotes is a name
                return _check_rest(said, phrase, (first, *more)[-1], known) if said.kind == "step" and said.rest else said
    return None


def _check_rest(said: ParsedCommand, phrase: Phrase, last: str, known: Sequence[Phrase]) -> ParsedCommand | None:
    """A step with what it is about; a doubt where that may say the contrary; None where a longer command was mistyped.

    `last` is the command's last word as it was typed: a name can begin with it ("move users Back, Bob <bob.back@contoso.com>").
    """
    phrase, said = _by_last_word(said, phrase, known)
    address = said.rest.partition("<")[2] if ENTRY.match(said.rest) else ""
    if len(phrase.words) > 1 and is_name(word := last.strip(",.:;"), address):
        return ParsedCommand("doubt", word)
    slipped = [one for one in known if one.words[: len(phrase.words)] == phrase.words and _is_slip_of_longer(said.rest, one, phrase)]
    turning = next((one for one in slipped if phrase.opposite and one.means.step == phrase.opposite), None)
    if word := contrary_word(said.rest) or (said.rest.split()[len(turning.words) - len(phrase.words) - 1] if turning else ""):
        return ParsedCommand("doubt", word)
    if slipped:
        return None
    if not phrase.asks:
        return replace(said, rest="") if COURTESY.fullmatch(said.rest) else replace(said, kind="all")
    return said


def _by_last_word(said: ParsedCommand, phrase: Phrase, known: Sequence[Phrase]) -> tuple[Phrase, ParsedCommand]:
    """The command that the last word makes of it: "move bob@contoso.com back" is no move to Teams of somebody called back."""
    found = LAST.fullmatch(HOME.sub("", said.rest))
    words = (*phrase.words, *_words(found["word"])) if found else ()
    turned = next((one for one in known if one.words == words and one.means.step not in ("", said.step)), None)
    return (turned, ParsedCommand("step", found["before"].strip(), turned.means.step)) if found and turned else (phrase, said)


def _is_slip_of_longer(rest: str, longer: Phrase, short: Phrase) -> bool:
    """Whether the longer command was meant and mistyped: "move pilto users" is nobody called pilto. Data is no part of a slip."""
    words = longer.words[len(short.words) :]
    typed = rest.split(maxsplit=len(words))[: len(words)]
    if not words or len(typed) < len(words) or ENTRY.match(rest) or not all(PLAIN.fullmatch(word) for word in typed):
        return False
    return all(is_same_or_slip(_words(one)[0], word) for one, word in zip(typed, words, strict=True))


def complete(phrase: Phrase, rest: str) -> ParsedCommand | None:
    """What the phrase means with `rest` behind it; None where it does not go with it."""
    number = RUN.fullmatch(rest)
    if phrase.numbered and not number:
        return None
    if phrase.means.kind not in ("step", "help") and not number and not IT.fullmatch(rest):
        return None  # "runs are slow" is no command
    if phrase.means.kind == "step" or not number:
        return replace(phrase.means, rest=rest if phrase.means.kind == "step" else "")
    told = [word for word in re.findall(r"\w+", number.group(2).casefold()) if word != "plan"]
    plans = [word for word in told if word != LOSE.casefold()]
    if len(plans) > 1:
        return None  # nobody can mean two plans of one run
    run = int(number.group(1)) if phrase.numbered is not False else None
    return replace(phrase.means, rest=LOSE if len(told) > len(plans) else "", run=run, plan="".join(plans))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word, _ in typed_words(text))


def typed_words(text: str) -> list[tuple[str, int]]:
    """Words without case and punctuation, each with the place where it ends."""
    found = ((match.group().casefold().strip("\"'.,:;!?¿¡()"), match.end()) for match in re.finditer(r"\S+", text[:1000]))
    return [(word, end) for word, end in found if word]
