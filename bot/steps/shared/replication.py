"""Replication of the Central Management Store to every server that matters, with the Edge.

https://learn.microsoft.com/powershell/module/skype/get-csmanagementstorereplicationstatus
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.errors import GatewayError
from bot.facts import Reader, ReadFailure
from bot.facts.replication import CentralManagementStore, Replica
from bot.facts.time import Now, age
from bot.facts.topology import Pool
from bot.i18n import LocalizedText, comma_list, say
from bot.known_errors import describe_error
from bot.reader.tolerant import all_or_failure
from bot.step import Change, Finding, Reason, Unclear
from bot.steps.shared.decide import Doubt, Remark, decide
from bot.steps.shared.person_checks import not_checked

AGAIN, SLOWLY = 60.0, 300.0  # seconds; a change has reached every server after 1 to 5 minutes; the other where a person must repair it
LONG = timedelta(minutes=15)
SILENT = timedelta(hours=1)  # without a sign of life from an agent of the master, each of which gives one every few minutes (inf)
UNHEARD = timedelta(days=1)  # without a report of any server, where nobody tells whether the master lives
# Services of a pool that Topology Builder knows and Microsoft did not build: no replica agent need be on their computers.
# https://learn.microsoft.com/powershell/module/skype/get-cstrustedapplicationpool
FOREIGN = {"TrustedApplicationPool", "ExternalServer", "PstnGateway", "WacService"}
# https://learn.microsoft.com/troubleshoot/skypeforbusiness/server-configuration/central-management-store-replication-failures
CAUSES = say(
    "look into the log “Lync Server” of the master, source LS File Transfer Agent Service: 1017 = port 4443 (Edge) or 445 is closed "
    "or there is no route, 1015 = wrong certificate on that server, 1034 = no rights on its file share"
)
MASTER, AGENT = ("Master Replicator Agent", "MASTER"), ("File Transfer Agent", "FTA")  # as the console shows it, and as a service


@dataclass(frozen=True)
class Replication:
    """What was read about replication.

    `now` is by our own clock: a server that is silent cannot tell the time.
    """

    now: datetime | ReadFailure
    replicas: Sequence[Replica]
    store: CentralManagementStore | ReadFailure
    pools: Sequence[Pool] | ReadFailure

    @property
    def required_replicas(self) -> list[Replica]:
        """The servers that must have a change before it counts.

        Computers of other makers' applications are not among them.
        """
        return [one for one in self.replicas if not self._is_foreign(one)]

    @property
    def behind(self) -> list[Replica]:
        return [one for one in self.required_replicas if not one.up_to_date]

    @property
    def foreign(self) -> list[Replica]:
        """Who is behind and not waited for."""
        return [one for one in self.replicas if not one.up_to_date and self._is_foreign(one)]

    @property
    def cut_off(self) -> list[Replica]:
        """Servers that matter and have missed a change for long, or have never told anything."""
        return [one for one in self.behind if self._is_cut_off(one)]

    def minimum_age(self, moment: datetime | None) -> timedelta:
        """How long ago at least."""
        return age(moment, self.now) if moment and isinstance(self.now, datetime) else timedelta(0)

    def _is_cut_off(self, one: Replica) -> bool:
        if one.last_update_creation is None:
            return one.last_status_report is None
        reports = [other.last_status_report for other in self.replicas if other.last_status_report]
        there = age(one.last_update_creation, max(reports, default=one.last_update_creation))
        return max(there, self.minimum_age(one.last_update_creation)) > LONG

    def _is_foreign(self, one: Replica) -> bool:
        if isinstance(self.pools, ReadFailure) or not self.pools:
            return False
        kinds = [_kinds(pool) for pool in self.pools if one.name in (name.lower() for name in pool.computers)]
        return all(kind and kind <= FOREIGN for kind in kinds) if kinds else one.last_status_report is None


async def read_replication(read: Reader) -> Replication:
    """Raises like `Read` when the servers' state cannot be read."""
    now, replicas, store, pools = await asyncio.gather(
        all_or_failure(read, Now), read.list_all(Replica), all_or_failure(read, CentralManagementStore), all_or_failure(read, Pool)
    )
    moment = now if isinstance(now, ReadFailure) else now[0].at if now else ReadFailure(say("nobody tells the time"))
    return Replication(moment, replicas, store if isinstance(store, ReadFailure) else store[0], pools)


async def replication_or_failure(read: Reader) -> Replication | ReadFailure:
    try:
        return await read_replication(read)
    except GatewayError as trouble:
        return ReadFailure(describe_error(trouble))


def with_replication(change: Change, known: Replication) -> Finding:
    """The change with what replication has to say, or what stands in its way."""
    return decide(change.subject, check_replication(known), lambda notes: replace(change, notes=(*notes, *change.notes)))


def find_replication_lag(subject: str, known: Replication) -> Unclear | None:
    """The finding that a setting has not reached every server that matters; None when it has."""
    for remark in _check_hand_out(known):
        if isinstance(remark, Reason):
            why = say("set, but nobody gets it: {why}", why=remark.why)
            return Unclear(subject, why, SLOWLY, (remark.remedy,))
        if isinstance(remark, Doubt):
            return Unclear(subject, say("set, but whether the servers have it is not known: {why}", why=remark.why), SLOWLY)
    if not known.behind:
        return None
    why = say("set, but these servers do not have it yet: {names}", names=_names(known.behind))
    return Unclear(subject, why, AGAIN, (CAUSES,) if known.cut_off else ())


def check_replication(known: Replication) -> list[Remark]:
    """What replication has to say before anything is changed."""
    return [*_check_arrival(known), *_note_foreign(known)]


def _check_arrival(known: Replication) -> Iterator[Remark]:
    handed_out = list(_check_hand_out(known))
    yield from handed_out
    if any(isinstance(remark, Reason) for remark in handed_out):
        return
    if known.cut_off:
        yield Reason(say("replication does not reach: {names}", names=_names(known.cut_off)), CAUSES)
    elif known.behind:
        yield say("an earlier change is still on its way to: {names}", names=_names(known.behind))


def _note_foreign(known: Replication) -> Iterator[LocalizedText]:
    if isinstance(known.pools, ReadFailure):
        yield not_checked(say("which computers are those of other makers, and need no configuration"), known.pools)
    if known.foreign:
        yield say("not waited for, because no replica agent of the servers is there: {names}", names=_names(known.foreign))


def _check_hand_out(known: Replication) -> Iterator[Remark]:
    """Why no server gets a change, as the master tells or all servers together show.

    Nothing = changes are handed out.
    """
    reports = [one.last_status_report for one in known.replicas if one.last_status_report]
    unheard = known.minimum_age(max(reports, default=None)) > UNHEARD
    if isinstance(known.now, ReadFailure):
        yield not_checked(say("how old the reports of the servers are"), known.now)
    if isinstance(known.store, ReadFailure):
        if unheard:
            why = say(
                "no server has reported since {day}, and the Central Management Store could not be asked: {why}",
                **_since(reports),
                why=known.store.why,
            )
            yield Doubt(why)
        else:
            yield not_checked(say("whether the Central Management Store hands out changes"), known.store)
        return
    yield from _check_master(known, known.store, reports if unheard else [])


def _check_master(known: Replication, store: CentralManagementStore, unheard: Sequence[datetime]) -> Iterator[Remark]:
    if not store.active_master_fqdn:
        why = say("no server is the active master of the Central Management Store, so that no server gets a change")
        yield Reason(why, say("start its services there, or make another pool the master (Invoke-CsManagementServerFailover)"))
        return
    signs = (
        (MASTER, store.active_master_fqdn, store.active_master_last_heartbeat),
        (AGENT, store.agents or store.active_master_fqdn, store.active_file_transfer_agent_last_heartbeat),
    )
    dead = [(agent, server, at) for agent, server, at in signs if at and known.minimum_age(at) > SILENT]
    for (agent, service), server, at in dead:
        why = say(
            "the {agent} of {server} has given no sign of life since {time}, so that no server gets a change",
            agent=agent,
            server=server,
            time=_time(at),
        )
        yield Reason(
            why, say("start it there (Start-CsWindowsService -Name {service}), then Invoke-CsManagementStoreReplication", service=service)
        )
    if dead:
        return
    late = known.cut_off
    if late and len(late) == len(known.required_replicas) > 1:
        why = say("no server has the newest configuration: the master on {server} hands nothing out", server=store.active_master_fqdn)
        yield Reason(why, CAUSES)
    elif unheard and not all(at for _, _, at in signs):
        yield Doubt(
            say(
                "no server has reported since {day}, and the master on {server} does not tell whether it still hands out changes",
                **_since(unheard),
                server=store.active_master_fqdn,
            )
        )


def _since(reports: Sequence[datetime]) -> dict[str, str]:
    return {"day": max(reports).date().isoformat()}


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _kinds(pool: Pool) -> set[str]:
    return {service.partition(":")[0] for service in pool.services}


def _names(replicas: Sequence[Replica]) -> LocalizedText:
    in_order = sorted(replicas, key=lambda one: one.name)
    return comma_list(
        [
            say("{name}", name=one.replica_fqdn) if one.last_status_report else say("{name} (has never reported)", name=one.replica_fqdn)
            for one in in_order
        ]
    )
