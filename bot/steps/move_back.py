"""The step that moves people from Teams back to Skype for Business Server."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pydantic import Field

from bot.checks.health import Services, health, services
from bot.checks.hybrid import edge_federates, module_fits, one_edge_route, provider_in_place, server_new_enough, space_shared
from bot.checks.knowledge import Known, accounts
from bot.checks.people import account_unprotected, account_usable, names_told, remarks, unchecked
from bot.checks.verdict import Doubt, Remark, verdict
from bot.facts import Read, Unread
from bot.facts.cloud import Cloud
from bot.facts.hybrid import Pool, Replica
from bot.facts.people import OnlineUser, OnPremUser
from bot.facts.records import CameFrom
from bot.people.asked import People, asked, resolve
from bot.people.homes import to_move_back
from bot.people.moving import AGAIN, ON_PREMISES, both_sides, hangs, in_teams, released, to_pool, to_teams
from bot.people.restoring import saved_data, settings, told
from bot.reading.forgiving import whole
from bot.say import Say, say
from bot.step import Change, Finding, Fine, Obstacle, Plan, Reason, Unclear, step

CHECKS = (
    account_usable,
    account_unprotected,
    edge_federates,
    one_edge_route,
    provider_in_place,
    space_shared,
    server_new_enough,
    module_fits,
    names_told,
)
LOST_ON_THE_WAY_TO_TEAMS = (
    say("contacts come along only if the first sign-in to Teams is within 30 days"),
    say("numbers and voice policies of Teams must be assigned again"),
)
AS_BEFORE = say("this is how it was before the move to Teams")


class MoveBack(People):
    """Who is to be moved back, and where to."""

    pool: str = Field(
        default="",
        title="To which pool?",
        description="FQDN of a registrar pool; left empty, the pool that each person came from, or the only one there is",
        pattern=r"^\s*[\w.-]*\s*$",
    )


@dataclass(frozen=True)
class Pools:
    """Where people can be homed, and where each came from."""

    asked: str
    registrars: Sequence[Pool] | Unread
    origins: dict[str, CameFrom]
    stale: frozenset[str] | Unread  # servers that do not have the current configuration

    def of(self, sip: str) -> str:
        """The pool for this person; empty when nobody has chosen and nothing tells."""
        if self.asked or sip in self.origins:
            return self.asked or self.origins[sip].registrar_pool.lower()
        only = [pool.fqdn.lower() for pool in self.registrars] if not isinstance(self.registrars, Unread) else []
        return only[0] if len(only) == 1 else ""

    def named(self, name: str) -> Pool | None:
        """The registrar pool of this name, as far as the pools could be read."""
        known = () if isinstance(self.registrars, Unread) else self.registrars
        return next((pool for pool in known if pool.fqdn.lower() == name), None)


@step(
    say("Move back"),
    words=("move users back", "move people back", "back to skype for business"),
    pace="independent",
    gives_up=timedelta(minutes=30),
    undone_by="move_users",
    loses=say("Contacts and meetings since the move do not come back"),
    resolve=resolve,
    overview=to_move_back,
    optional=True,
)
async def move_back(answers: MoveBack, read: Read) -> Plan:
    """Moves people from Teams back to a pool of Skype for Business Server.

    It restores the home, and of the state what our records know: the contacts that were saved before the move, the number, and
    policies. Everything since then is lost here, and meetings stay Teams meetings. The servers and the hybrid parts must still
    be in place.
    """
    cloud, people, pools = await asyncio.gather(read(Cloud), asked(answers.people, read), _pools(answers.pool, read))
    for finding in people.others:
        yield finding
    online = await read.each(OnlineUser, list(people.people)) if people.people else {}
    left = []
    for sip, person in people.people.items():
        notes = tuple(remark for remark in people.remarks.get(sip, ()) if isinstance(remark, Say))
        if in_teams(person, online[sip], cloud) or hangs(person, online[sip], cloud, pools.of(sip)):
            left.append(person)
        else:
            yield _not_in_teams(person, online[sip], pools, cloud, notes)
    targets = [pool for pool in map(pools.named, {pools.of(person.sip) for person in left}) if pool]
    running = await services(read, targets)
    for known in await accounts(read, cloud, left, online):
        yield _finding(known, pools, running, people.remarks.get(known.person.sip, []))


async def _pools(asked_for: str, read: Read) -> Pools:
    pools, origins, replicas = await asyncio.gather(whole(read, Pool), whole(read, CameFrom), whole(read, Replica))
    return Pools(
        asked_for.strip().lower(),
        pools if isinstance(pools, Unread) else [pool for pool in pools if pool.is_registrar()],
        {} if isinstance(origins, Unread) else {one.sip: one for one in origins},
        replicas if isinstance(replicas, Unread) else frozenset(one.replica_fqdn.lower() for one in replicas if not one.up_to_date),
    )


def _not_in_teams(person: OnPremUser, online: OnlineUser | Unread | None, pools: Pools, cloud: Cloud, notes: tuple[Say, ...]) -> Finding:
    home = person.registrar_pool.lower()
    arrived = person.hosting_provider == ON_PREMISES and home and not person.target_registrar_pool
    if not (arrived and released(online, cloud)):
        return Unclear(person.sip, both_sides(person, online), AGAIN, notes)
    if pools.asked and home != pools.asked:
        why = say("is on premises already, in another pool: {pool}", pool=home)
        return Obstacle(person.sip, (Reason(why, say("this step only brings people back from Teams; leave the pool empty")),), notes)
    if missing := settings(person, pools.origins.get(person.sip)):
        effect = say("on premises → with number and policies as before the move")
        return Change(person.sip, effect, missing, no_undo=AS_BEFORE, notes=notes)
    return Fine(person.sip, say("is on premises, in {pool}", pool=home), notes)


def _finding(known: Known, pools: Pools, running: Services, beforehand: list[Remark]) -> Finding:
    person, cloud, pool = known.person, known.estate.cloud, pools.of(known.person.sip)

    def change(notes: tuple[Say, ...]) -> Change:
        before = pools.origins.get(person.sip)
        do = (to_pool(person, cloud, pool), *saved_data(person, before, pool), *settings(person, before))
        lost = tuple(told(person, before))
        return Change(
            person.sip, say("Teams → {pool}", pool=pool), do, (to_teams(person, cloud),), LOST_ON_THE_WAY_TO_TEAMS, notes=(*lost, *notes)
        )

    half_done = [say("an earlier move back was left half done: this one repairs it")] if person.target_registrar_pool else []
    return verdict(person.sip, (*beforehand, *half_done, *_pool_remarks(pool, pools, running), *remarks(known, CHECKS)), change)


def _pool_remarks(pool: str, pools: Pools, running: Services) -> list[Remark]:
    if isinstance(pools.registrars, Unread):
        return [Doubt(say("the pools could not be read: {why}", why=pools.registrars.why))]
    here = pools.named(pool)
    if not pool:
        names = ", ".join(one.fqdn for one in pools.registrars) or "-"
        return [Reason(say("nobody knows which pool this person came from"), say("name one of these: {names}", names=names))]
    if here is None:
        return [Reason(say("there is no registrar pool {pool}", pool=pool), say("name a pool that people can be homed in"))]
    return [*_behind(here, pools.stale), *health(here, running)]


def _behind(pool: Pool, stale: frozenset[str] | Unread) -> list[Remark]:
    if isinstance(stale, Unread):
        return [unchecked(say("whether the servers of {pool} are up to date", pool=pool.fqdn), stale)]
    late = ", ".join(sorted(name.lower() for name in pool.computers if name.lower() in stale))
    words = say("servers of {pool} are behind: {names}", pool=pool.fqdn, names=late), say("repair replication first")
    return [Reason(*words)] if late else []
