"""One turn at a time in each conversation, and work that goes on beside the turns."""

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from weakref import WeakValueDictionary

from botbuilder.core import Middleware, TurnContext

log = logging.getLogger(__name__)
_held: contextvars.ContextVar[frozenset[str]] = contextvars.ContextVar("conversations that this turn holds", default=frozenset())
_aside: set[asyncio.Task[Any]] = set()


class ConversationLock(Middleware):
    """Etags notice a conflict only when both turns have acted; a lock lets the second see what the first did.

    A turn that continues its own conversation goes straight on. Posts to other places take no lock, so no two turns wait for each other.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def on_turn(self, context: TurnContext, logic: Callable[[], Awaitable[Any]]) -> Any:
        conversation = f"{context.activity.channel_id} {context.activity.conversation.id}"
        if conversation in _held.get():
            return await logic()
        lock = self._locks.get(conversation) or self._locks.setdefault(conversation, asyncio.Lock())
        async with lock:
            before = _held.set(_held.get() | {conversation})
            try:
                return await logic()
            finally:
                _held.reset(before)


def run_beside(work: Coroutine[Any, Any, Any], name: str = "work beside a turn") -> asyncio.Task[Any]:
    """Starts work that outlives its turn; when it fails, the log says so. With the turn's context it would inherit the turn's lock."""
    task = asyncio.create_task(work, name=name, context=contextvars.Context())
    _aside.add(task)
    task.add_done_callback(_log_failure)
    return task


def _log_failure(task: asyncio.Task[Any]) -> None:
    _aside.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s failed", task.get_name(), exc_info=error)


async def wait_for_work_beside() -> None:
    """Returns when nothing is under way beside the turns."""
    while under_way := [task for task in _aside if task.get_loop() is asyncio.get_running_loop()]:
        await asyncio.wait(under_way)
