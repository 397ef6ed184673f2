"""Many small reads in few round trips. Inner replies come in any order, and each can be throttled by itself.

https://learn.microsoft.com/graph/json-batching
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from multidict import CIMultiDict

from adapters.graph.http import Reply, relative
from adapters.graph.responses import answer, meaning, only_reads
from adapters.graph.retry import RetryPolicy
from bot.calls import GraphCall
from bot.errors import GatewayError, Refused, Unreachable
from bot.gateway import ReadResult
from bot.i18n import say

SIZE = 20  # Graph's limit
IN_FLIGHT = 4

Post = Callable[[object], Awaitable[Reply]]
Rest = Callable[[GraphCall, Reply], AsyncIterator[ReadResult]]
Numbered = Mapping[int, GraphCall]


class NoBatch(Refused):
    """The batch was refused as it stands (400): one of its requests is enough for that."""


async def look_in_batches(calls: Sequence[GraphCall], post: Post, rest: Rest, patience: RetryPolicy) -> list[ReadResult | Exception]:
    """One answer or one trouble per call, in the same order."""
    gate = asyncio.Semaphore(IN_FLIGHT)
    told: list[ReadResult | Exception | None] = [_unfit(call) for call in calls]

    async def look(numbers: Sequence[int]) -> None:
        async with gate:
            replies = await _replies({n: calls[n] for n in numbers}, post, patience)
        for n in numbers:
            told[n] = await _told(calls[n], replies.get(n), rest)

    fit = [n for n, unfit in enumerate(told) if unfit is None]
    await asyncio.gather(*(look(fit[at : at + SIZE]) for at in range(0, len(fit), SIZE)))
    return [each for each in told if each is not None]


def _unfit(call: GraphCall) -> Refused | None:
    """What cannot be asked at all must not spoil the batch for the others."""
    try:
        only_reads(call)
        relative(call)
    except Refused as refused:
        return refused
    return None


async def _replies(calls: Numbered, post: Post, patience: RetryPolicy) -> dict[int, Reply | GatewayError]:
    """What was turned away is asked again alone, after the longest wait that was asked for."""
    replies: dict[int, Reply | GatewayError] = {}
    left, began, tried = calls, patience.clock.monotonic(), 0
    while True:
        tried += 1
        try:
            got = _inner(await post({"requests": [_request(n, call) for n, call in left.items()]}))
        except NoBatch as refused:
            return {**replies, **(await _halves(left, post, patience) if len(left) > 1 else dict.fromkeys(left, refused))}
        except GatewayError as trouble:
            return {**replies, **dict.fromkeys(left, trouble)}
        replies |= got
        left = {n: call for n, call in left.items() if n in got and meaning(got[n]) == "again"}
        pause = patience.pause(tried, max((got[n].again or 0.0 for n in left), default=0.0) or None)
        if not left or patience.is_over(began, tried, pause):
            return replies
        await patience.wait(pause)


async def _halves(calls: Numbered, post: Post, patience: RetryPolicy) -> dict[int, Reply | GatewayError]:
    """The same in two batches, so that what is refused is found and the rest is answered."""
    numbers = list(calls)
    middle = len(numbers) // 2
    parts = ({n: calls[n] for n in half} for half in (numbers[:middle], numbers[middle:]))
    first, second = [await _replies(part, post, patience) for part in parts]
    return {**first, **second}


async def _told(call: GraphCall, reply: Reply | GatewayError | None, rest: Rest) -> ReadResult | Exception:
    if reply is None:
        return Unreachable(say("Microsoft Graph left out the answer"), target=call.path)
    if isinstance(reply, GatewayError):
        return reply
    try:
        pages = [answer(call, reply)] + [page async for page in rest(call, reply)]
    except GatewayError as trouble:
        return trouble
    return pages[0] if len(pages) == 1 else ReadResult(rows=tuple(row for page in pages for row in page.rows))


def _request(n: int, call: GraphCall) -> dict[str, Any]:
    headers = {"ConsistencyLevel": "eventual"} if call.advanced else {}
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    request = {"id": str(n), "method": call.method, "url": relative(call), "headers": headers, "body": call.body}
    return {name: value for name, value in request.items() if value}


def _inner(reply: Reply) -> dict[int, Reply]:
    """The inner replies by the number of their request. One that cannot be read is none, and takes nothing from the others."""
    responses = reply.body.get("responses") if isinstance(reply.body, dict) else None
    found = dict[int, Reply]()
    for inner in responses if isinstance(responses, list) else ():
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            found[int(inner["id"])] = Reply(int(inner["status"]), inner.get("body"), CIMultiDict(inner.get("headers") or {}))
    return found
