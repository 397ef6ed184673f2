"""What was probably meant by a line that is no command.

A guess never leads the other way, never to more than was typed, and starts nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.i18n.languages import small_word_pattern
from bot.views import Action
from dialogs.command_parser import ENTRY, ParsedCommand, Phrase, complete, parse, typed_words
from dialogs.contrary import begins_contrary, resembles_contrary
from dialogs.slips import MOST, edits, is_slip

HARMLESS: frozenset[Action] = frozenset({"refuse", "pause", "cancel", "commands"})  # they begin nothing and take nothing back
REST = 200  # letters after the command that a suggestion repeats: it is made whole or not at all
SURE = 5  # letters from which on a mistyped word tells the direction: "disabel" does, "bakc" may be a name
RUN = re.compile(rf"(?:\b(?:{small_word_pattern('run')})\s+#?|^\W*\w+\W+)(\d{{1,9}})\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Guess:
    slips: int
    line: str
    said: ParsedCommand
    phrase: Phrase


def likely_lines(text: str, known: Sequence[Phrase], most: int = 3) -> list[str]:
    """Lines that were probably meant, most likely first; only the command is compared, and what followed it stays with it."""
    found = sorted(_guesses(text, known), key=lambda guess: guess.slips)
    near = [guess for guess in found if guess.slips <= found[0].slips + 1]
    if not all(_is_harmless(guess.said) for guess in near) or _are_about_different_steps([guess.said for guess in near]):
        return []
    lines: dict[ParsedCommand, str] = {}  # one for each meaning
    for guess in near:
        lines.setdefault(guess.said, guess.line)
    return list(lines.values())[:most]


def run_number_in(text: str) -> int | None:
    """The one run that a line speaks of, whatever it wants of it."""
    named = {int(number) for number in RUN.findall(text[:1000])}
    return named.pop() if len(named) == 1 else None


def _guesses(text: str, known: Sequence[Phrase]) -> Iterator[_Guess]:
    typed = typed_words(text[:1000])
    words = [word for word, _ in typed]
    for phrase in known:
        size = len(phrase.words)
        if len(words) < size or abs(len(words[0]) - len(phrase.words[0])) > MOST or not _is_mistyped(words[:size], phrase):
            continue
        slips = _slips(words, phrase)
        rest = text[typed[size - 1][1] :].strip()
        if len(rest) > REST or not complete(phrase, rest) or _is_as_near_to_the_opposite(words, slips, phrase, known):
            continue
        line = " ".join((*phrase.words, rest)).strip()
        said = parse(line, known)
        if (
            said
            and said.kind not in ("doubt", "all")
            and (ENTRY.match(rest) or not (begins_contrary(rest) or _begins_opposite(rest, phrase, known)))
        ):
            yield _Guess(slips, line, said, phrase)


def _is_mistyped(words: Sequence[str], phrase: Phrase) -> bool:
    """Whether each word is the phrase's own or a slip of it, and one of them a slip."""
    return tuple(words) != phrase.words and all(_fits(word, wanted, phrase) for word, wanted in zip(words, phrase.words, strict=True))


def _fits(word: str, wanted: str, phrase: Phrase) -> bool:
    if word == wanted:
        return True
    is_short = wanted in phrase.telling and len(wanted) < SURE  # "bakc" may be a name; only "back" leads back
    return not is_short and is_slip(word, wanted) and not resembles_contrary(word, wanted)


def _slips(words: Sequence[str], phrase: Phrase) -> int:
    return sum(edits(word, wanted) for word, wanted in zip(words, phrase.words, strict=False))


def _is_as_near_to_the_opposite(words: Sequence[str], slips: int, phrase: Phrase, known: Sequence[Phrase]) -> bool:
    others = (one for one in known if phrase.opposite and one.means.step == phrase.opposite and len(one.words) == len(phrase.words))
    return any(_slips(words, one) <= slips + 1 for one in others)


def _begins_opposite(rest: str, phrase: Phrase, known: Sequence[Phrase]) -> bool:
    """Whether the first word behind it is a mistyped one that tells the opposite step: "hybri dabschalten"."""
    first = next(iter(typed_words(rest)), ("", 0))[0]
    opposites = (one for one in known if phrase.opposite and one.means.step == phrase.opposite)
    return any(edits(first, word) <= 1 for one in opposites for word in one.telling if len(word) >= SURE)


def _is_harmless(said: ParsedCommand) -> bool:
    """A step only makes a plan, and everything that shows something changes nothing."""
    match said.kind:
        case "verb":
            return said.action in HARMLESS
        case "which" | "nod":
            return set(said.actions) <= HARMLESS
    return True


def _are_about_different_steps(all_said: Sequence[ParsedCommand]) -> bool:
    """Whether they are about more than one step: which one was meant is then for people to say."""
    return len({said.step for said in all_said if said.step}) > 1
