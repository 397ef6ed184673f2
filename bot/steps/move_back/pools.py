"""The pool that each person is moved back to, and what stands in the way there."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.facts import Reader, ReadFailure
from bot.facts.history import MoveHistory
from bot.facts.replication import Replica
from bot.facts.topology import Pool
from bot.facts.users import OnPremUser
from bot.i18n import say
from bot.reader.tolerant import all_or_failure
from bot.step import Reason
from bot.steps.shared.decide import Doubt, Remark
from bot.steps.shared.person_checks import not_checked
from bot.steps.shared.pool_health import check_pool, read_pool_health
from bot.steps.shared.recognition import Origins


@dataclass(frozen=True)
class PoolChoice:
    """Where people can be homed, and where each came from."""

    asked: str
    registrars: Sequence[Pool] | ReadFailure
    origins: Origins
    stale: frozenset[str] | ReadFailure  # servers that do not have the current configuration

    def pool_for(self, person: OnPremUser) -> str:
        """The pool for this person; empty when nobody has chosen and nothing tells."""
        if self.asked:
            return self.asked
        if before := self.origins.history_of(person):
            return before.registrar_pool.lower()
        only = [pool.fqdn.lower() for pool in self.registrars] if not isinstance(self.registrars, ReadFailure) else []
        return only[0] if len(only) == 1 else ""

    def find(self, name: str) -> Pool | None:
        """The registrar pool of this name, as far as the pools could be read."""
        known = () if isinstance(self.registrars, ReadFailure) else self.registrars
        return next((pool for pool in known if pool.fqdn.lower() == name), None)


async def read_pools(asked_for: str, read: Reader) -> PoolChoice:
    """Raises like `Read` when our own records cannot be read: without them nothing would be given back."""
    registrars, replicas, origins = await asyncio.gather(
        all_or_failure(read, Pool), all_or_failure(read, Replica), read.list_all(MoveHistory)
    )
    return PoolChoice(
        asked_for.strip().lower(),
        registrars if isinstance(registrars, ReadFailure) else [pool for pool in registrars if pool.is_registrar()],
        Origins(origins),
        replicas if isinstance(replicas, ReadFailure) else frozenset(one.replica_fqdn.lower() for one in replicas if not one.up_to_date),
    )


async def check_pools(read: Reader, known: PoolChoice, people: Sequence[OnPremUser]) -> dict[str, list[Remark]]:
    """What is to be said of the pool of each of these people, by address."""
    names = {person.sip: known.pool_for(person) for person in people}
    targets = [pool for pool in map(known.find, sorted({*names.values()})) if pool]
    running = await read_pool_health(read, targets)
    ready = {pool.fqdn.lower(): [*_check_up_to_date(pool, known.stale), *check_pool(pool, running)] for pool in targets}
    return {sip: ready.get(name) or list(_check_choice(name, known)) for sip, name in names.items()}


def _check_choice(name: str, known: PoolChoice) -> Iterator[Remark]:
    """Why there is no such pool, where there is none."""
    if isinstance(known.registrars, ReadFailure):
        yield Doubt(say("the pools could not be read: {why}", why=known.registrars.why))
    elif not name:
        names = ", ".join(one.fqdn for one in known.registrars) or "-"
        yield Reason(say("nobody knows which pool this person came from"), say("name one of these: {names}", names=names))
    elif known.find(name) is None:
        yield Reason(say("there is no registrar pool {pool}", pool=name), say("name a pool that people can be homed in"))


def _check_up_to_date(pool: Pool, stale: frozenset[str] | ReadFailure) -> Iterator[Remark]:
    if isinstance(stale, ReadFailure):
        yield not_checked(say("whether the servers of {pool} are up to date", pool=pool.fqdn), stale)
        return
    late = ", ".join(sorted(name.lower() for name in pool.computers if name.lower() in stale))
    if late:
        yield Reason(say("servers of {pool} are behind: {names}", pool=pool.fqdn, names=late), say("repair replication first"))
