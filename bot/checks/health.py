"""Whether the servers of a pool run, as far as that can be read from afar: nobody is moved to a pool that cannot take them in."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.checks.people import unchecked
from bot.checks.verdict import Remark
from bot.facts import Read, Unread
from bot.facts.hybrid import Pool, WindowsService
from bot.reading.forgiving import whole
from bot.say import say
from bot.step import Reason

FRONT_END = "RTCSRV"  # without it nobody can be homed on a server

Services = Mapping[str, Sequence[WindowsService] | Unread]  # by server


async def services(read: Read, pools: Iterable[Pool]) -> Services:
    """The services of every server in these pools, each server asked by itself."""
    servers = sorted({name.lower() for pool in pools for name in pool.computers})
    found = await asyncio.gather(*(whole(read, WindowsService, name=server) for server in servers))
    return dict(zip(servers, found, strict=True))


def health(pool: Pool, known: Services) -> Iterator[Remark]:
    for server in sorted(name.lower() for name in pool.computers):
        match known.get(server, ()):
            case Unread() as unread:
                yield unchecked(say("whether the services of {server} run", server=server), unread)
            case found:
                yield from _stopped(server, [one.name for one in found if one.status and one.status != "Running"])


def _stopped(server: str, names: Sequence[str]) -> Iterator[Remark]:
    if FRONT_END in (name.upper() for name in names):
        yield Reason(say("the Front End service of {server} does not run", server=server), say("start it there (Start-CsWindowsService)"))
    elif names:
        yield say("services of {server} do not run: {names}", server=server, names=", ".join(names))
