"""A directory that knows who is in which group."""

from collections.abc import AsyncIterator, Sequence

from bot.calls import Cmdlet, GraphCall, ReadCall
from bot.errors import Unreachable
from bot.gateway import BeforeSend, CallId, ReadResult

ADMINS = "00000000-0000-4000-8000-000000000002"


class FakeDirectory:
    """Knows who is in which group, unless it is down. Implements `bot.gateway.EstateGateway`."""

    def __init__(self, *admins: str) -> None:
        self.admins, self.down, self.asked = set(admins), False, 0
        self.groups: dict[str, set[str]] = {ADMINS: self.admins}

    async def read(self, call: ReadCall) -> AsyncIterator[ReadResult]:
        assert isinstance(call, GraphCall)
        self.asked += 1
        if self.down:
            raise Unreachable("Microsoft Graph cannot be reached")
        who, groups = call.path.split("/")[2], (call.body or {})["groupIds"]
        assert isinstance(groups, list) and len(groups) <= 20  # Graph refuses more
        yield ReadResult(rows=tuple({"value": group} for group in groups if who in self.groups.get(str(group), ())))

    async def read_batch(self, calls: Sequence[GraphCall]) -> Sequence[ReadResult | Exception]:
        raise NotImplementedError

    async def execute(self, call: Cmdlet | GraphCall, intent: BeforeSend) -> ReadResult:
        raise NotImplementedError

    async def has_finished(self, call: Cmdlet | GraphCall, ticket: CallId) -> bool | None:
        raise NotImplementedError
