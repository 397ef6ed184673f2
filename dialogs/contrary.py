"""Words that say the contrary of the command they stand in: "move users not Bob <bob@contoso.com>", "migrate back Bob <…>".

Between names they could pass for a part of one, and somebody would be planned whom nobody meant.
"""

import re
from collections.abc import Iterator

from bot.i18n.languages import small_words
from dialogs.slips import edits

CONTRARY = frozenset(word.casefold() for word in small_words("contrary"))
MISTYPED = {f"{word[:n]}{word[n + 1]}{word[n]}{word[n + 2 :]}": word for word in CONTRARY if len(word) > 2 for n in range(len(word) - 1)}

ENTRY = re.compile(r"[;\n]|(?<=>)")  # what ends an entry that may hold "Name <address>"
QUOTED = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|„[^“\n]*“")
NAMED = re.compile(r"(?:^|(?<=,))\s*(?:ou\b[\s:].*|(?:group|pool)\b[\s:][^,<]*)", re.IGNORECASE)  # things whose names may hold any word
DATA = re.compile(r"[@=\d]|(?<=\S)\.(?=\S)")  # in addresses, distinguished names, domains, numbers
ALONE = re.compile(r"\s*\S*@\S*\s*|\s*")  # most entries of a long list are an address and nothing else
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def contrary_word(text: str) -> str:
    """The first word in `text` that may turn what is said into its contrary, or ""; a name that its address confirms is none."""
    for entry in ENTRY.split(text):
        if ALONE.fullmatch(entry):
            continue
        shown, _, address = QUOTED.sub(" ", NAMED.sub(" ", entry)).partition("<")
        for word in _words(shown):
            if is_contrary(word) and not is_name(word, address):
                return word
    return ""


def is_contrary(word: str) -> bool:
    """Also with two letters that have changed places."""
    small = word.casefold().replace("’", "'")
    return small in CONTRARY or small in MISTYPED or small.endswith("n't")


def is_name(word: str, address: str) -> bool:
    """Whether it is written as a name and part of the name before the @: Bob Back <bob.back@contoso.com>."""
    return word.istitle() and word.casefold() in address.partition("@")[0].casefold()


def resembles_contrary(word: str, meant: str) -> bool:
    """Whether another word than the one that it is taken for, a contrary one, is as near: "emove" is "move" or "remove"."""
    return any(edits(word, other) <= 1 for other in CONTRARY if len(other) > 3 and other != meant)


def begins_contrary(text: str) -> bool:
    """Whether its first word is a mistyped contrary one: "hybri ddisable"."""
    first = next(_words(text), "").casefold()
    return any(edits(first, word) <= 1 for word in CONTRARY if len(word) > 4)


def _words(shown: str) -> Iterator[str]:
    for part in shown.split():  # one by one: a single search over a long line would begin at each of its letters
        if not DATA.search(part):
            yield from WORD.findall(part)
