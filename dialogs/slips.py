"""Whether a word is another one, mistyped."""

from rapidfuzz.distance import OSA

from bot.i18n.languages import small_words

LONG = 9  # letters from which on two slips in one word are possible
MOST = 2  # slips in one word
SHORT = 4  # letters up to which another letter makes another word: Jack is no slip of back, nor "go" of "no"
# A word with one of these before it says the opposite, or once more: it and the word without it are no slips of each other.
TURNING = small_words("turning")


def edits(typed: str, word: str) -> int:
    """Letters that are wrong, missing or too many; two that changed places count once."""
    return OSA.distance(typed, word)


def is_slip(typed: str, word: str) -> bool:
    """Whether `typed` is probably `word`, and not another word, its negation among them. Both in small letters."""
    most = MOST if len(word) >= LONG else 1
    if typed == word or abs(len(typed) - len(word)) > most or len(word) < 3 or OSA.distance(typed, word, score_cutoff=most) > most:
        return False
    if len(word) <= SHORT and len(typed) == len(word) and sorted(typed) != sorted(word):
        return False
    return not any(_negates(turning, typed, word) or _negates(turning, word, typed) for turning in TURNING)


def _negates(turning: str, longer: str, word: str) -> bool:
    return longer.startswith(turning) and (not word.startswith(turning) or longer.removeprefix(turning) == word)


def is_same_or_slip(typed: str, word: str) -> bool:
    return typed == word or is_slip(typed, word)
