"""Reads whose failure does not stop a plan: it becomes a `ReadFailure`, and each check decides what that means."""

from collections.abc import Mapping, Sequence

from bot.errors import GatewayError
from bot.facts import F, Reader, ReadFailure
from bot.known_errors import describe_error


async def all_or_failure(read: Reader, fact: type[F], **about: str) -> list[F] | ReadFailure:
    """All objects of this kind, or the failure to read them."""
    try:
        return await read.list_all(fact, **about)
    except GatewayError as trouble:
        return ReadFailure(describe_error(trouble))


async def first_page_or_failure(read: Reader, fact: type[F], **about: str) -> list[F] | ReadFailure:
    """The first page of these objects, or the failure to read it; empty when there are none."""
    try:
        async for page in read.pages(fact, **about):
            if page:  # a page may be empty and not the last
                return page
    except GatewayError as trouble:
        return ReadFailure(describe_error(trouble))
    return []


async def each_or_failure(read: Reader, fact: type[F], keys: Sequence[str]) -> Mapping[str, F | ReadFailure | None]:
    """One answer per key. Returns {} for no keys, without a call."""
    if not keys:
        return {}
    try:
        return await read.by_key(fact, keys)
    except GatewayError as trouble:
        return dict.fromkeys(keys, ReadFailure(describe_error(trouble)))
