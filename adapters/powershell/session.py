"""One remote session as the event loop sees it: one dedicated thread, one runspace, and what is run once when it opens."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from adapters.powershell.endpoint import Endpoint
from adapters.powershell.parameters import Secrets
from adapters.powershell.pipeline import RemotePipeline, prepare_pipeline
from adapters.powershell.runspace import Runspace
from bot.calls import Cmdlet, destination
from bot.errors import GatewayError, InDoubt, Unreachable
from bot.i18n import say

FRESH = 30.0  # seconds for which a session counts as there after it was used

T = TypeVar("T")


class Session:
    """Used by one task at a time."""

    def __init__(self, endpoint: Endpoint, secrets: Secrets, name: str) -> None:
        self._endpoint, self._secrets = endpoint, secrets
        self._runspace = Runspace(endpoint, name)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="powershell")
        self._used = time.monotonic()

    @property
    def id(self) -> str:
        return self._runspace.shell

    @property
    def is_broken(self) -> bool:
        return self._runspace.broken

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Works in the session's thread. Cancelled, it waits until the thread has noticed: a thread cannot be stopped from outside."""
        future = asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self._runspace.leaving = self._runspace.broken = True
            await asyncio.wait([future])
            _ = future.cancelled() or future.exception()  # seen, so that asyncio does not report it
            raise
        finally:
            self._used = time.monotonic()

    async def open(self) -> None:
        """Raises `Unreachable` or `Refused`."""
        await self.run(self._runspace.open)
        for call in self._endpoint.prepare:
            try:
                pipeline = await self.prepare(call, call.each)
                await self.run(pipeline.execute)
            except InDoubt as error:
                why = say("{cmdlet} did not answer: {words}", cmdlet=call.name, words=error.words)
                raise Unreachable(why, error.code, to=destination(call)) from error
            except GatewayError as trouble:
                trouble.sent_to(destination(call))
                raise

    async def is_fresh(self) -> bool:
        """Whether the shell is still there: asked only when it has not been used for a while."""
        return time.monotonic() - self._used < FRESH or await self.run(self._runspace.is_alive)

    async def prepare(self, call: Cmdlet, each: tuple[str, ...]) -> RemotePipeline:
        return await self.run(prepare_pipeline, self._runspace, self._secrets, call, each)

    async def close(self) -> None:
        await self.run(self._runspace.close)
        self._thread.shutdown(wait=False)
