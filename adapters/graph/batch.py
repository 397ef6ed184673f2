"""Many small reads in few round trips. Inner replies come in any order, and each can be throttled by itself.

https://learn.microsoft.com/graph/json-batching
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from multidict import CIMultiDict

from adapters.graph.http import GraphReply, relative_url
from adapters.graph.responses import meaning, read_result, require_read
from adapters.graph.retry import RetryPolicy
from bot.calls import GraphCall
from bot.errors import GatewayError, Refused, Unreachable
from bot.gateway import ReadResult
from bot.i18n import say

SIZE = 20  # Graph's limit
IN_FLIGHT = 4

PostBatch = Callable[[object], Awaitable[GraphReply]]
NextPages = Callable[[GraphCall, GraphReply], AsyncIterator[ReadResult]]
Numbered = Mapping[int, GraphCall]


class BatchRefused(Refused):
    """The batch was refused as it stands (400): one of its requests is enough for that."""


async def read_in_batches(
    calls: Sequence[GraphCall], post: PostBatch, rest: NextPages, patience: RetryPolicy
) -> list[ReadResult | Exception]:
    """One answer or one trouble per call, in the same order."""
    gate = asyncio.Semaphore(IN_FLIGHT)
    told: list[ReadResult | Exception | None] = [_refusal(call) for call in calls]

    async def read_some(numbers: Sequence[int]) -> None:
        async with gate:
            replies = await _send_batch({n: calls[n] for n in numbers}, post, patience)
        for n in numbers:
            told[n] = await _result(calls[n], replies.get(n), rest)

    fit = [n for n, unfit in enumerate(told) if unfit is None]
    await asyncio.gather(*(read_some(fit[at : at + SIZE]) for at in range(0, len(fit), SIZE)))
    return [each for each in told if each is not None]


def _refusal(call: GraphCall) -> Refused | None:
    """What cannot be asked at all must not spoil the batch for the others."""
    try:
        require_read(call)
        relative_url(call)
    except Refused as refused:
        return refused
    return None


async def _send_batch(calls: Numbered, post: PostBatch, patience: RetryPolicy) -> dict[int, GraphReply | GatewayError]:
    """What was turned away is asked again alone, after the longest wait that was asked for."""
    replies: dict[int, GraphReply | GatewayError] = {}
    left, began, tried = calls, patience.clock.monotonic(), 0
    while True:
        tried += 1
        try:
            got = _inner_replies(await post({"requests": [_batch_item(n, call) for n, call in left.items()]}))
        except BatchRefused as refused:
            return {**replies, **(await _send_halves(left, post, patience) if len(left) > 1 else dict.fromkeys(left, refused))}
        except GatewayError as trouble:
            return {**replies, **dict.fromkeys(left, trouble)}
        replies |= got
        left = {n: call for n, call in left.items() if n in got and meaning(got[n]) == "again"}
        pause = patience.pause(tried, max((got[n].retry_after or 0.0 for n in left), default=0.0) or None)
        if not left or patience.is_exhausted(began, tried, pause):
            return replies
        await patience.wait(pause)


async def _send_halves(calls: Numbered, post: PostBatch, patience: RetryPolicy) -> dict[int, GraphReply | GatewayError]:
    """The same in two batches, so that what is refused is found and the rest is answered."""
    numbers = list(calls)
    middle = len(numbers) // 2
    parts = ({n: calls[n] for n in half} for half in (numbers[:middle], numbers[middle:]))
    first, second = [await _send_batch(part, post, patience) for part in parts]
    return {**first, **second}


async def _result(call: GraphCall, reply: GraphReply | GatewayError | None, rest: NextPages) -> ReadResult | Exception:
    if reply is None:
        return Unreachable(say("Microsoft Graph left out the answer"), target=call.path)
    if isinstance(reply, GatewayError):
        return reply
    try:
        pages = [read_result(call, reply)] + [page async for page in rest(call, reply)]
    except GatewayError as trouble:
        return trouble
    return pages[0] if len(pages) == 1 else ReadResult(rows=tuple(row for page in pages for row in page.rows))


def _batch_item(n: int, call: GraphCall) -> dict[str, Any]:
    headers = {"ConsistencyLevel": "eventual"} if call.advanced else {}
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    request = {"id": str(n), "method": call.method, "url": relative_url(call), "headers": headers, "body": call.body}
    return {name: value for name, value in request.items() if value}


def _inner_replies(reply: GraphReply) -> dict[int, GraphReply]:
    """The inner replies by the number of their request. One that cannot be read is none, and takes nothing from the others."""
    responses = reply.body.get("responses") if isinstance(reply.body, dict) else None
    found = dict[int, GraphReply]()
    for inner in responses if isinstance(responses, list) else ():
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            found[int(inner["id"])] = GraphReply(int(inner["status"]), inner.get("body"), CIMultiDict(inner.get("headers") or {}))
    return found
