"""Whether the servers of a pool run, as far as that can be read remotely.

Nobody is moved to a pool that cannot take them in.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.facts import Reader, ReadFailure
from bot.facts.topology import FabricState, Pool, WindowsService
from bot.i18n import say
from bot.reader.tolerant import all_or_failure
from bot.step import Reason
from bot.steps.shared.decide import Remark
from bot.steps.shared.person_checks import not_checked

FRONT_END = "RTCSRV"  # without it nobody can be homed on a server
# What Microsoft's pages call a pool that is not whole; a line that says that there is none of it tells nothing ill.
LOST, MISSING, NONE = (re.compile(words, re.IGNORECASE) for words in (r"quorum\s*loss", r"missing", r"\b(no|not|none|without|0)\b"))


@dataclass(frozen=True)
class PoolHealth:
    """What could be read of some pools: the services of each server, and the Windows Fabric of each pool."""

    services: Mapping[str, Sequence[WindowsService] | ReadFailure]
    fabric: Mapping[str, Sequence[FabricState] | ReadFailure]


async def read_pool_health(read: Reader, pools: Iterable[Pool]) -> PoolHealth:
    """Each server and each pool is asked by itself: one that does not answer hides no other."""
    names = sorted({pool.fqdn.lower() for pool in pools})
    servers = sorted({name.lower() for pool in pools for name in pool.computers})
    services, fabric = await asyncio.gather(
        asyncio.gather(*(all_or_failure(read, WindowsService, name=server) for server in servers)),
        asyncio.gather(*(all_or_failure(read, FabricState, name=name) for name in names)),
    )
    return PoolHealth(dict(zip(servers, services, strict=True)), dict(zip(names, fabric, strict=True)))


def check_pool(pool: Pool, known: PoolHealth) -> Iterator[Remark]:
    for server in sorted(name.lower() for name in pool.computers):
        match known.services.get(server, ()):
            case ReadFailure() as unread:
                yield not_checked(say("whether the services of {server} run", server=server), unread)
            case found if not any(one.name.upper() == FRONT_END and one.status for one in found):
                yield not_checked(
                    say("whether the services of {server} run", server=server),
                    ReadFailure(say("it does not tell of {service}", service=FRONT_END)),
                )
            case found:
                yield from _check_services(server, [one.name for one in found if one.status and one.status != "Running"])
    yield from _check_fabric(pool.fqdn, known.fabric.get(pool.fqdn.lower(), ()))


def _check_services(server: str, names: Sequence[str]) -> Iterator[Remark]:
    if FRONT_END in (name.upper() for name in names):
        yield Reason(say("the Front End service of {server} does not run", server=server), say("start it there (Start-CsWindowsService)"))
    elif names:
        yield say("services of {server} do not run: {names}", server=server, names=", ".join(names))


def _check_fabric(pool: str, told: Sequence[FabricState] | ReadFailure) -> Iterator[Remark]:
    """The Windows Fabric of the pool must have its quorum.

    https://learn.microsoft.com/skypeforbusiness/manage/management-tools/patch-or-update-front-end-servers
    """
    if isinstance(told, ReadFailure):
        yield not_checked(say("the Windows Fabric of {pool}", pool=pool), told)
        return
    ill = [line.strip() for state in told for line in state.text.splitlines() if not NONE.search(line)]
    for line in ill:
        if LOST.search(line):
            why = say("{pool} has lost the quorum of its servers: {line}", pool=pool, line=line)
            yield Reason(why, say("repair the pool first (Reset-CsPoolRegistrarState -ResetType QuorumLossRecovery)"))
        elif MISSING.search(line):
            yield say("{pool} is not whole: {line}", pool=pool, line=line)
