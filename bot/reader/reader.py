"""The reader of facts: it runs a fact's calls, matches rows to subjects, and keeps what was read as the run's snapshot.

Nothing is inferred from silence: the answer for a key is None only when the remote says that there is no such object.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

from pydantic import ValidationError

from bot.calls import GraphCall, Json, LocalSource, ReadCall, RemoteObject, destination
from bot.errors import GatewayError, Refused
from bot.facts import F, Fact, ReadFailure
from bot.facts.history import RESOLVED_IDENTITIES
from bot.gateway import EstateGateway, ReadResult, RemoteError
from bot.i18n import LocalizedText, say
from bot.known_errors import describe_error
from bot.ledger.history import LISTS
from bot.reader.row_matching import match_rows, missing_answer, unattributed_errors, unattributed_refusal

CHUNK = 1000  # keys in one cmdlet: a chunk that fails leaves the others readable
ALONE = 20  # the most subjects that are read again one by one, where an error does not name its subject
ABSENT = ("Request_ResourceNotFound", "ResourceNotFound")  # Graph's codes for "there is no such object"

#: Takes a fact's name and what was read: key -> properties, None = surely none, {"unread": why}. A whole read has one key, "" or "group=…".
KeepSnapshot = Callable[[str, Mapping[str, Json]], None]
#: Writes a list with this name, header and rows, and returns the number of rows. It may block.
WriteList = Callable[[str, Sequence[str], Iterable[Sequence[str]]], int]


def count_rows(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """The number of rows, for readers that keep no lists."""
    return sum(1 for _ in rows)


class EstateReader:
    """The `Reader` of one plan. Each fact that is read whole is read once."""

    def __init__(
        self,
        gateway: EstateGateway,
        keep: KeepSnapshot | None = None,
        chunk: int = CHUNK,
        write: WriteList = count_rows,
        identities: Sequence[RemoteObject] = (),
    ) -> None:
        """Without `keep` nothing is kept as a snapshot. `identities` are the accounts that names are known to mean in this run."""
        self._gateway, self._keep, self._chunk, self._write, self._identities = gateway, keep, chunk, write, identities
        self._whole_reads: dict[tuple[str, str], asyncio.Task[list[Fact]]] = {}

    async def __call__(self, fact: type[F], **about: str) -> F:
        found = await self.list_all(fact, **about)
        if len(found) != 1:
            raise Refused(say("{fact}: expected one object and got {n}", fact=fact.__name__, n=len(found)))
        return found[0]

    async def list_all(self, fact: type[F], **about: str) -> list[F]:
        asked = fact.__name__, _argument_text(about)
        if asked not in self._whole_reads:
            self._whole_reads[asked] = asyncio.ensure_future(self._read_whole(fact, asked[1], fact.call(**about)))
        return cast(list[F], await self._whole_reads[asked])

    async def pages(self, fact: type[F], **about: str) -> AsyncIterator[list[F]]:
        number, call = 0, fact.call(**about)
        with _with_destination(call):
            async for page in self._gateway.read(call):
                if page.errors:
                    raise page.errors[0].refusal()
                found = parse_rows(fact, page.rows)
                number += len(found)
                yield found
        if fact.must_exist and not number:
            raise Refused(missing_error(fact))
        self._keep_snapshot(fact.__name__, lambda: {_argument_text(about): {"number": number}})

    async def keep_list(self, name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
        number = await asyncio.to_thread(self._write, name, header, rows)
        self._keep_snapshot(LISTS, lambda: {name: number})
        return number

    async def by_key(self, fact: type[F], keys: Sequence[str]) -> Mapping[str, F | ReadFailure | None]:
        unique = list(dict.fromkeys(keys))
        chunks = [unique[start : start + self._chunk] for start in range(0, len(unique), self._chunk)]
        parts = await asyncio.gather(*(self._read_chunk(fact, chunk) for chunk in chunks))
        answers: dict[str, F | ReadFailure | None] = {}
        for chunk, part in zip(chunks, parts, strict=True):
            told = dict.fromkeys(chunk, ReadFailure(describe_error(part))) if isinstance(part, GatewayError) else part
            answers |= {key: told[key] for key in chunk}
        self._keep_snapshot(fact.__name__, lambda: {key: _snapshot_form(answer) for key, answer in answers.items()})
        troubles = [part for part in parts if isinstance(part, GatewayError)]
        if troubles and len(troubles) == len(parts):
            raise troubles[0]
        return answers

    async def _read_whole(self, fact: type[Fact], about: str, call: ReadCall) -> list[Fact]:
        try:
            rows, errors = await self._collect(call)
            if errors:
                raise errors[0].refusal()
            found = parse_all(fact, rows)
        except GatewayError as trouble:
            words = str(describe_error(trouble))
            self._keep_snapshot(fact.__name__, lambda: {about: {"unread": words}})
            raise
        self._keep_snapshot(fact.__name__, lambda: {about: [_snapshot_form(one) for one in found]})
        return found

    async def _read_chunk(self, fact: type[F], keys: Sequence[str]) -> dict[str, F | ReadFailure | None] | GatewayError:
        """The answers of one chunk, or the error why there are none."""
        found = await self._read_in_bulk(fact, keys)
        left = [key for key in keys if key not in found]
        try:
            return {**found, **await self._read_keys(fact, left)} if left else found
        except GatewayError as trouble:  # the answers that the bulk call found stay valid
            return {**found, **dict.fromkeys(left, ReadFailure(describe_error(trouble)))} if found else trouble

    async def _read_in_bulk(self, fact: type[F], keys: Sequence[str]) -> dict[str, F | ReadFailure | None]:
        """The subjects that the cheaper call finds. One that it does not find, or its failure, proves nothing."""
        call = fact.bulk_call(keys)
        if call is None:
            return {}
        try:
            rows, _ = await self._collect(call)
        except GatewayError:
            return {}
        answers = match_rows(fact.match_on, keys, rows, ())
        return {key: _parse_row(fact, answer) for key, answer in answers.items() if isinstance(answer, Mapping)}

    async def _read_keys(self, fact: type[F], keys: Sequence[str]) -> dict[str, F | ReadFailure | None]:
        calls = fact.calls_for(keys)
        requests = [call for call in calls if isinstance(call, GraphCall)]
        return await (self._read_by_requests(fact, keys, requests) if requests else self._read_by_cmdlets(fact, keys, calls))

    async def _read_by_requests(self, fact: type[F], keys: Sequence[str], calls: Sequence[GraphCall]) -> dict[str, F | ReadFailure | None]:
        answers = await self._gateway.read_batch(calls)
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, GatewayError):
                answer.sent_to(destination(call))
        found = {key: _parse_result(fact, answer) for key, answer in zip(keys, answers, strict=True)}
        troubles = [answer for answer in answers if isinstance(answer, GatewayError)]
        if len(troubles) == len(answers) and all(isinstance(one, ReadFailure) for one in found.values()):
            raise troubles[0]
        return found

    async def _read_by_cmdlets(self, fact: type[F], keys: Sequence[str], calls: Sequence[ReadCall]) -> dict[str, F | ReadFailure | None]:
        """One answer per key. Where errors do not name their subjects, a few subjects without an answer are read one by one."""
        pages = [await self._collect(call) for call in calls]
        rows = [row for page, _ in pages for row in page]
        errors = [error for _, page in pages for error in page]
        answers = {key: _parse_row(fact, answer) for key, answer in match_rows(fact.match_on, keys, rows, errors).items()}
        left, unexplained = [key for key in keys if key not in answers], unattributed_errors(keys, errors)
        if errors and 0 < len(left) <= ALONE and len(keys) > 1:
            alone = await asyncio.gather(*(self._read_alone(fact, key) for key in left))
            return {**answers, **dict(zip(left, alone, strict=True))}
        if unexplained and not answers:
            raise unattributed_refusal(left, unexplained)
        return {**answers, **dict.fromkeys(left, missing_answer(left, unexplained))}

    async def _read_alone(self, fact: type[F], key: str) -> F | ReadFailure | None:
        try:
            return (await self._read_by_cmdlets(fact, [key], fact.calls_for([key])))[key]
        except GatewayError as trouble:
            return ReadFailure(describe_error(trouble))

    def _keep_snapshot(self, fact: str, read: Callable[[], Mapping[str, Json]]) -> None:
        """Keeps what `read` returns. It is a function because plain forms of thousands of facts are not worth making for nothing."""
        if self._keep:
            self._keep(fact, read())

    async def _collect(self, call: ReadCall) -> tuple[list[RemoteObject], list[RemoteError]]:
        if call == LocalSource(RESOLVED_IDENTITIES):
            return list(self._identities), []
        rows: list[RemoteObject] = []
        errors: list[RemoteError] = []
        with _with_destination(call):
            async for page in self._gateway.read(call):
                rows += page.rows
                errors += (replace(error, to=error.to or destination(call)) for error in page.errors)
        return rows, errors


@contextmanager
def _with_destination(call: ReadCall) -> Iterator[None]:
    """Notes the call's destination on any error inside."""
    try:
        yield
    except GatewayError as trouble:
        trouble.sent_to(destination(call))
        raise


def _argument_text(about: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(about.items()))


def parse_all(fact: type[F], rows: Sequence[RemoteObject]) -> list[F]:
    """All facts in these rows. Raises `Refused` when there is none of a fact that must exist, or when a row cannot be used."""
    found = parse_rows(fact, rows)
    if fact.must_exist and not found:
        raise Refused(missing_error(fact))
    return found


def missing_error(fact: type[Fact]) -> LocalizedText:
    """The error for an empty answer about a fact that must exist."""
    return say("{fact}: every estate has one, and none was told", fact=fact.__name__)


def parse_rows(fact: type[F], rows: Sequence[RemoteObject]) -> list[F]:
    """The facts in these rows. Raises `Refused` when one of them cannot be used."""
    try:
        return [fact.model_validate(row) for row in rows]
    except ValidationError as error:
        raise Refused(describe_unusable(fact, error)) from None


def describe_unusable(fact: type[Fact], error: ValidationError) -> LocalizedText:
    """The properties that an answer lacks, in words."""
    names = ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}))
    return say("{fact}: the answer has no usable {names}", fact=fact.__name__, names=names)


def _parse_row(fact: type[F], answer: RemoteObject | ReadFailure | None) -> F | ReadFailure | None:
    if answer is None or isinstance(answer, ReadFailure):
        return answer
    try:
        return fact.from_rows([answer])
    except ValidationError as error:
        return ReadFailure(describe_unusable(fact, error))


def _parse_result(fact: type[F], answer: ReadResult | Exception) -> F | ReadFailure | None:
    """The fact in Graph's answer to one request. An empty collection is an answer; "not found" means None."""
    match answer:
        case GatewayError():
            return None if answer.code in ABSENT else ReadFailure(describe_error(answer))
        case Exception():
            raise answer
    if answer.errors:
        return None if answer.errors[0].absent else ReadFailure(describe_error(answer.errors[0].refusal()))
    try:
        return fact.from_rows(answer.rows)
    except ValidationError as error:
        return ReadFailure(describe_unusable(fact, error))


def _snapshot_form(answer: Fact | ReadFailure | None) -> Json:
    if isinstance(answer, ReadFailure):
        return {"unread": str(answer.why)}
    return None if answer is None else cast(Json, answer.model_dump(mode="json", by_alias=True))
