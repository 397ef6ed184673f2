"""Many small reads in few round trips. Inner replies come in any order, and each can be throttled by itself.

https://learn.microsoft.com/graph/json-batching
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from multidict import CIMultiDict

from adapters.graph_rules import answer, meaning
from adapters.graph_wire import Reply, relative
from adapters.patience import Patience
from bot.calls import GraphCall
from bot.errors import Trouble, Unreachable
from bot.outside import Answer
from bot.say import say

SIZE = 20  # Graph's limit
IN_FLIGHT = 4

Post = Callable[[object], Awaitable[Reply]]
Rest = Callable[[GraphCall, Reply], AsyncIterator[Answer]]
Numbered = Mapping[int, GraphCall]


async def look_in_batches(calls: Sequence[GraphCall], post: Post, rest: Rest, patience: Patience) -> list[Answer | Exception]:
    """One answer or one trouble per call, in the same order."""
    gate = asyncio.Semaphore(IN_FLIGHT)

    async def some(slice_: Sequence[GraphCall]) -> list[Answer | Exception]:
        async with gate:
            return await _look(slice_, post, rest, patience)

    slices = [calls[at : at + SIZE] for at in range(0, len(calls), SIZE)]
    return [told for answers in await asyncio.gather(*map(some, slices)) for told in answers]


async def _look(calls: Sequence[GraphCall], post: Post, rest: Rest, patience: Patience) -> list[Answer | Exception]:
    try:
        replies = await _replies(dict(enumerate(calls)), post, patience)
    except Trouble as trouble:
        return [trouble for _ in calls]
    return [await _told(call, replies.get(n), rest) for n, call in enumerate(calls)]


async def _replies(calls: Numbered, post: Post, patience: Patience) -> dict[int, Reply]:
    """What was turned away is asked again alone, after the longest wait that was asked for."""
    replies: dict[int, Reply] = {}
    left, began, tried = calls, patience.clock.now(), 0
    while True:
        tried += 1
        replies |= _inner(await post({"requests": [_request(n, call) for n, call in left.items()]}))
        left = {n: call for n, call in left.items() if n in replies and meaning(replies[n]) == "again"}
        pause = patience.pause(tried, max((replies[n].again or 0.0 for n in left), default=0.0) or None)
        if not left or patience.is_over(began, tried, pause):
            return replies
        await patience.wait(pause)


async def _told(call: GraphCall, reply: Reply | None, rest: Rest) -> Answer | Exception:
    if reply is None:
        return Unreachable(str(say("Microsoft Graph left out the answer")), target=call.path)
    try:
        pages = [answer(call, reply)] + [page async for page in rest(call, reply)]
    except Trouble as trouble:
        return trouble
    return pages[0] if len(pages) == 1 else Answer(rows=tuple(row for page in pages for row in page.rows))


def _request(n: int, call: GraphCall) -> dict[str, Any]:
    headers = {"ConsistencyLevel": "eventual"} if call.advanced else {}
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    request = {"id": str(n), "method": call.method, "url": relative(call), "headers": headers, "body": call.body}
    return {name: value for name, value in request.items() if value}


def _inner(reply: Reply) -> dict[int, Reply]:
    responses = reply.body.get("responses") if isinstance(reply.body, dict) else None
    return {
        int(inner["id"]): Reply(int(inner["status"]), inner.get("body"), CIMultiDict(inner.get("headers") or {}))
        for inner in responses or ()
    }
