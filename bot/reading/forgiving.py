"""Reads whose failure must not stop a plan: what could not be had is an `Unread`, and each check decides what that means."""

from collections.abc import Mapping, Sequence

from bot.causes import in_words
from bot.errors import Trouble
from bot.facts import F, Read, Unread


async def whole(read: Read, fact: type[F], **about: str) -> list[F] | Unread:
    """All objects of this kind, or why they could not be had."""
    try:
        return await read.all(fact, **about)
    except Trouble as trouble:
        return Unread(in_words(trouble))


async def first_of(read: Read, fact: type[F], **about: str) -> list[F] | Unread:
    """The first page of these objects, however many there are; empty when there are none."""
    try:
        async for page in read.pages(fact, **about):
            if page:  # a page may be empty and not the last
                return page
    except Trouble as trouble:
        return Unread(in_words(trouble))
    return []


async def each(read: Read, fact: type[F], keys: Sequence[str]) -> Mapping[str, F | Unread | None]:
    """One answer per key. Nobody is asked about nobody."""
    if not keys:
        return {}
    try:
        return await read.each(fact, keys)
    except Trouble as trouble:
        return dict.fromkeys(keys, Unread(in_words(trouble)))
