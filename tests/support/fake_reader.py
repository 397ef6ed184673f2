"""A `Read` over given answers: facts by name, then by key; what is not given is surely not there."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from bot.calls import ReadCall
from bot.errors import Refused, Unreachable
from bot.facts import F, ReadFailure
from bot.reader.reader import describe_unusable, parse_all


class FakeReader:
    """Answers as a case file holds them.

    Per subject: key -> the remote's own properties (or a list of objects), null = surely none, {"unread": why}.
    Whole: a list of objects; {"unread": why} raises, for per-subject facts too.
    """

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts
        self.asked: list[str] = []
        self.calls: list[ReadCall] = []  # what would have been sent to read it
        self.lists: dict[str, list[Sequence[str]]] = {}  # what was kept, header first

    async def __call__(self, fact: type[F], **about: str) -> F:
        found = await self.list_all(fact, **about)
        if len(found) != 1:
            raise Refused(f"{fact.__name__}: expected one object and got {len(found)}")
        return found[0]

    async def list_all(self, fact: type[F], **about: str) -> list[F]:
        self.asked.append(fact.__name__)
        self.calls.append(fact.call(**about))
        name = " ".join((fact.__name__, *(f"{key}={value}" for key, value in about.items())))
        return parse_all(fact, _or_raise(self._facts.get(name, [])))

    async def pages(self, fact: type[F], **about: str) -> AsyncIterator[list[F]]:
        found = await self.list_all(fact, **about)
        for start in range(0, len(found), 2):
            yield found[start : start + 2]

    async def keep_list(self, name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
        self.lists[name] = [header, *rows]
        return len(self.lists[name]) - 1

    async def by_key(self, fact: type[F], keys: Sequence[str]) -> Mapping[str, F | ReadFailure | None]:
        self.asked.append(fact.__name__)
        self.calls += [*fact.calls_for(keys), *([cheaper] if (cheaper := fact.bulk_call(keys)) else [])] if keys else []
        answers = _or_raise(self._facts.get(fact.__name__, {}))
        return {key: _answer(fact, answers.get(key)) for key in keys}


def _or_raise(answers: Any) -> Any:
    if isinstance(answers, Mapping) and "unread" in answers:
        raise Unreachable(answers["unread"])
    return answers


def _answer(fact: type[F], answer: Any) -> F | ReadFailure | None:
    if isinstance(answer, Mapping) and "unread" in answer:
        return ReadFailure(answer["unread"])
    rows = answer if isinstance(answer, list) else [] if answer is None else [answer]
    try:
        return None if answer is None else fact.from_rows(rows)
    except ValidationError as error:
        return ReadFailure(describe_unusable(fact, error))


def merge_facts(base: Any, change: Any) -> Any:
    """`change` over `base`: objects are merged, everything else is replaced, and so is what becomes null or unread."""
    if not isinstance(base, Mapping) or not isinstance(change, Mapping) or "unread" in change:
        return change
    return {**base, **{key: merge_facts(base.get(key), value) for key, value in change.items()}}
