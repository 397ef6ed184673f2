"""Matching of rows and errors to the subjects that were asked for, by identifying properties and by the errors' targets."""

from collections.abc import Mapping, Sequence

from bot.calls import Json, RemoteObject
from bot.errors import Refused
from bot.facts import ReadFailure
from bot.facts.types import plain_text
from bot.gateway import RemoteError
from bot.i18n import first_few, say
from bot.known_errors import describe_error


def match_rows(
    properties: Sequence[str], keys: Sequence[str], rows: Sequence[RemoteObject], errors: Sequence[RemoteError]
) -> dict[str, RemoteObject | ReadFailure | None]:
    """The answers of the keys that have one.

    The first property counts most: a row that matches a key by it is not matched to another key by a later property.
    """
    wanted = {match_key(key): key for key in keys}
    answers: dict[str, RemoteObject | ReadFailure | None] = dict(_match_by_property(properties, wanted, rows))
    for error in errors:
        key = wanted.get(match_key(error.target))
        if key is not None and not error.absent:
            answers[key] = ReadFailure(describe_error(error.refusal()))
        elif key is not None:
            answers.setdefault(key, None)
    return answers


def unattributed_errors(keys: Sequence[str], errors: Sequence[RemoteError]) -> list[RemoteError]:
    """Errors that name none of these keys, so that any of them may be meant."""
    wanted = {match_key(key) for key in keys}
    return [error for error in errors if match_key(error.target) not in wanted]


def missing_answer(keys: Sequence[str], unexplained: Sequence[RemoteError]) -> ReadFailure:
    """The failure of keys without an answer: with the errors that name no key, and with the keys that were asked for."""
    if not unexplained:
        return ReadFailure(say("no answer came"))
    return ReadFailure(describe_error(unattributed_refusal(keys, unexplained)))


def unattributed_refusal(keys: Sequence[str], unexplained: Sequence[RemoteError]) -> Refused:
    """The first error that names no key, with the keys that were asked for where there are several."""
    told = unexplained[0].refusal()
    if len(keys) > 1:
        told.words = say("{words} (asked about: {who})", words=told.words, who=first_few(sorted(keys)))
    return told


def match_key(value: Json) -> str:
    """A value in the form in which keys are compared: lower case, without "sip:"."""
    return str(plain_text(value)).lower().removeprefix("sip:")


def _match_by_property(
    properties: Sequence[str], wanted: Mapping[str, str], rows: Sequence[RemoteObject]
) -> dict[str, RemoteObject | ReadFailure]:
    found: dict[str, RemoteObject | ReadFailure] = {}
    left = list(rows)
    for name in properties:
        unused, here = [], {}
        for row in left:
            key = wanted.get(match_key(row.get(name)))
            if key is None or key in found:
                unused.append(row)
            else:
                here[key] = ReadFailure(say("more than one object answers to {key}", key=key)) if key in here else row
        found |= here
        left = unused
    return found
