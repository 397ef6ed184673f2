"""Reads all about people before they are moved: one round of bulk reads for all of them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.facts import Reader, ReadFailure
from bot.facts.ad_users import AdUser
from bot.facts.cloud import Cloud
from bot.facts.directory import DirectoryUser
from bot.facts.domains import Domain, OnlineSipDomain
from bot.facts.federation import AccessEdge, TenantFederation
from bot.facts.licences import Licences
from bot.facts.mailboxes import Mailbox, RemoteMailbox
from bot.facts.policies import ConferencingPolicy
from bot.facts.providers import HostingProvider
from bot.facts.teams_users import OnlineUser, OnlineUserByName
from bot.facts.topology import PatchVersion, Site, TeamsModule
from bot.facts.users import ContactStore, Delegates, OnPremUser
from bot.facts.voice_applications import AgentGroup
from bot.reader.tolerant import all_or_failure, each_or_failure


@dataclass(frozen=True, kw_only=True)
class EstateSnapshot:
    """What was read of the estate, the same for every person. Each part may be unread by itself."""

    cloud: Cloud
    edge: Sequence[AccessEdge] | ReadFailure
    providers: Sequence[HostingProvider] | ReadFailure
    federation: Sequence[TenantFederation] | ReadFailure
    #: Builds of the components on the server that moves people.
    builds: Sequence[PatchVersion] | ReadFailure
    #: PowerShell modules on the machine that moves people.
    modules: Sequence[TeamsModule] | ReadFailure
    online_domains: Sequence[OnlineSipDomain] | ReadFailure
    domains: Sequence[Domain] | ReadFailure
    conferencing: Sequence[ConferencingPolicy] | ReadFailure
    sites: Sequence[Site] | ReadFailure


NOT_ASKED = ReadFailure("not asked for")


@dataclass(frozen=True, kw_only=True)
class UserSnapshot:
    """What was read of one person; None = there is surely none of it."""

    person: OnPremUser
    estate: EstateSnapshot
    online: OnlineUser | ReadFailure | None
    ad: AdUser | ReadFailure | None
    directory: DirectoryUser | ReadFailure | None = NOT_ASKED
    licences: Licences | ReadFailure | None = NOT_ASKED
    contacts: ContactStore | ReadFailure | None = NOT_ASKED
    delegates: Delegates | ReadFailure | None = NOT_ASKED
    #: The mailbox on premises.
    mailbox: Mailbox | ReadFailure | None = NOT_ASKED
    #: The agent groups of all response groups.
    agent_groups: Sequence[AgentGroup] | ReadFailure = NOT_ASKED

    @property
    def licensed_at(self) -> float | None:
        """When a licence was last given, in seconds since 1970; None when nobody could say."""
        return self.directory.licence_changed_at if isinstance(self.directory, DirectoryUser) else None

    @property
    def sign_in(self) -> str:
        """The name to sign in to Teams with; empty = not known."""
        return self.online.user_principal_name.lower() if isinstance(self.online, OnlineUser) else ""


OnlineUsers = Mapping[str, OnlineUser | ReadFailure | None]  # the cloud side by SIP address


async def read_account_snapshots(read: Reader, cloud: Cloud, people: Sequence[OnPremUser], online: OnlineUsers) -> list[UserSnapshot]:
    """What a move back looks at: the servers and the accounts in AD."""
    if not people:
        return []
    common, ad = await asyncio.gather(
        read_estate_snapshot(read, cloud), each_or_failure(read, AdUser, [_name(person) for person in people])
    )
    return [UserSnapshot(person=person, estate=common, online=online[person.sip], ad=ad[_name(person)]) for person in people]


async def read_user_snapshots(read: Reader, cloud: Cloud, people: Sequence[OnPremUser], online: OnlineUsers) -> list[UserSnapshot]:
    """What a move to Teams looks at: all of it, in one round of bulk reads."""
    if not people:
        return []
    sips, names = [person.sip for person in people], [_name(person) for person in people]
    online = dict(online) | await _read_online_by_name(read, [person for person in people if online[person.sip] is None])
    ids = {sip: user.identity for sip in sips if isinstance(user := online[sip], OnlineUser)}
    (common, agents), ad, mailboxes, (directory, licences), (contacts, delegates) = await asyncio.gather(
        asyncio.gather(read_estate_snapshot(read, cloud), all_or_failure(read, AgentGroup)),
        each_or_failure(read, AdUser, names),
        _read_mailboxes(read, names),
        asyncio.gather(each_or_failure(read, DirectoryUser, list(ids.values())), each_or_failure(read, Licences, list(ids.values()))),
        asyncio.gather(each_or_failure(read, ContactStore, sips), each_or_failure(read, Delegates, sips)),
    )
    return [
        UserSnapshot(
            person=person,
            estate=common,
            online=online[sip],
            ad=ad[name],
            directory=directory.get(ids.get(sip, "")),
            licences=licences.get(ids.get(sip, "")),
            contacts=contacts[sip],
            delegates=delegates[sip],
            mailbox=mailboxes[name],
            agent_groups=agents,
        )
        for person, sip, name in zip(people, sips, names, strict=True)
    ]


async def read_estate_snapshot(read: Reader, cloud: Cloud) -> EstateSnapshot:
    """The hybrid parts, domains and versions: a handful of whole reads at once."""
    (edge, providers, federation, sites), (builds, modules), (online_domains, domains, conferencing) = await asyncio.gather(
        asyncio.gather(
            all_or_failure(read, AccessEdge),
            all_or_failure(read, HostingProvider),
            all_or_failure(read, TenantFederation),
            all_or_failure(read, Site),
        ),
        asyncio.gather(all_or_failure(read, PatchVersion), all_or_failure(read, TeamsModule)),
        asyncio.gather(all_or_failure(read, OnlineSipDomain), all_or_failure(read, Domain), all_or_failure(read, ConferencingPolicy)),
    )
    return EstateSnapshot(
        cloud=cloud,
        edge=edge,
        providers=providers,
        federation=federation,
        builds=builds,
        modules=modules,
        online_domains=online_domains,
        domains=domains,
        conferencing=conferencing,
        sites=sites,
    )


async def _read_mailboxes(read: Reader, names: Sequence[str]) -> Mapping[str, Mailbox | ReadFailure | None]:
    """Mailboxes on premises.

    Most people's are in Exchange Online, where finding a mailbox costs less than missing one.
    """
    remote = await each_or_failure(read, RemoteMailbox, names)
    left = [name for name in names if not isinstance(remote[name], RemoteMailbox)]
    return {**dict.fromkeys(names), **(await each_or_failure(read, Mailbox, left) if left else {})}


async def _read_online_by_name(read: Reader, people: Sequence[OnPremUser]) -> dict[str, OnlineUser | ReadFailure | None]:
    """Those whose SIP address nobody knows online may be there without it, or with another one."""
    found = await each_or_failure(read, OnlineUserByName, [_name(person) for person in people])
    return {person.sip: found[_name(person)] for person in people}


def _name(person: OnPremUser) -> str:
    return person.user_principal_name.lower() or person.sip
