"""Whose number is asked for, and what is read about it: nothing at all where nobody has asked."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.errors import GatewayError
from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.directory import DirectoryUser
from bot.facts.history import MoveHistory
from bot.facts.licences import Licences
from bot.facts.numbers import PhoneNumberAssignment
from bot.facts.policies import VoiceRoutingPolicy
from bot.facts.teams_users import MovedUser, NumberOwner
from bot.facts.telephone import Telephone, normalize_number, parse_number
from bot.facts.users import OnPremUser
from bot.i18n import say
from bot.known_errors import describe_error
from bot.reader.tolerant import all_or_failure, each_or_failure
from bot.step import Finding, Obstacle, Reason, Unclear
from bot.step_names import MOVE_USERS
from bot.steps.aftercare.numbers import NUMBER
from bot.steps.aftercare.snapshots import NumberSnapshot
from bot.steps.shared.account_lookup import Found, look_up_accounts
from bot.steps.shared.decide import Doubt
from bot.steps.shared.people_input.people_list import NamedPerson

Entries = Mapping[str, PhoneNumberAssignment | ReadFailure | None]
TWICE = say("the number is asked for more than one person"), say("give it to one of them")
NOT_YET = Reason(say("is not in Teams yet: a number can be assigned only after the move"), say("move this person first"), MOVE_USERS)
NOT_ASKED = Reason(say("is not among the people that were asked about"), say("name this person there too, or leave the line out"))


@dataclass(frozen=True, kw_only=True)
class NumberRequests:
    """The numbers that were asked for, and for whom."""

    by_person: Mapping[NamedPerson, Telephone]
    #: Everybody who is not named gets the number that they had on premises.
    takes_over: bool
    #: The voice routing policy for Direct Routing.
    routing: str
    #: Address -> objectGUID, of the people whom the run knows already.
    known_ids: Mapping[str, str] = field(default_factory=dict)
    #: Addresses that may mean two people, with what is said of them.
    hindrances: Mapping[str, Reason | Doubt] = field(default_factory=dict)

    def number_for(self, person: OnPremUser, online: MovedUser | None = None, before: MoveHistory | None = None) -> str:
        """The number for this person; empty = none is asked for, or none is known."""
        told = self.source_for(person, online, before)
        return normalize_number(told) if isinstance(told, str) else told.text

    def source_for(self, person: OnPremUser, online: MovedUser | None = None, before: MoveHistory | None = None) -> Telephone | str:
        """The same, as it was understood, or as AD and the records have it."""
        named = next((number for one, number in self.by_person.items() if self._means(one, person)), None)
        return named or (_number_before(person, online, before) if self.takes_over and not self.hindrances_of(person) else "")

    def hindrances_of(self, person: OnPremUser) -> list[Reason | Doubt]:
        """Why nothing can be said of this person's number."""
        return [self.hindrances[name] for name in dict.fromkeys(_names(person)) if name in self.hindrances]

    def find_unmatched(self, people: Iterable[OnPremUser], told: Sequence[Finding]) -> Iterator[Finding]:
        """A finding for each line that names none of these people.

        `told` are the findings about names that were not found.
        """
        them = list(people)
        known = {one.address for one in self.by_person if any(self._means(one, person) for person in them)}
        unclear = {finding.subject: finding for finding in told if isinstance(finding, Unclear)}
        for address in {one.address: None for one in self.by_person}.keys() - known:
            subject, doubt = NUMBER.format(sip=address), unclear.get(address)
            yield replace(doubt, subject=subject) if doubt else Obstacle(subject, (NOT_ASKED,))

    def _means(self, one: NamedPerson, person: OnPremUser) -> bool:
        """Whether a line is about this person: the one who was meant, whoever has that name by now."""
        if one.address in self.known_ids:
            return bool(person.guid) and self.known_ids[one.address] == person.guid
        return _has_name(one, person)


async def resolve_names(wishes: NumberRequests, people: Iterable[OnPremUser], read: Reader) -> NumberRequests:
    """The same requests, with each name looked up that two people may have.

    It is for one of them, or for nobody.
    """
    mixed = {name for person in people for name in _names(person) if len(set(_names(person))) > 1}
    unsure = [one for one in wishes.by_person if one.address in mixed and not one.exact and one.address not in wishes.known_ids]
    if not unsure:
        return wishes
    try:
        found: Mapping[NamedPerson, Found] = await look_up_accounts(unsure, read)
    except GatewayError as trouble:
        found = dict.fromkeys(unsure, ReadFailure(describe_error(trouble)))
    sure = {one: number for one, number in wishes.by_person.items() if one not in found}
    meant = {
        NamedPerson(account.sip, "sip", True): wishes.by_person[one] for one, account in found.items() if isinstance(account, OnPremUser)
    }
    stopped = {one.address: _hindrance(account) for one, account in found.items() if not isinstance(account, OnPremUser)}
    return replace(wishes, by_person={**sure, **meant}, hindrances=stopped)


def _hindrance(account: Found) -> Reason | Doubt:
    if isinstance(account, Reason):
        return account
    why = account.why if isinstance(account, ReadFailure) else say("nobody of this name is known on premises")
    return Doubt(say("whose number this is could not be read: {why}", why=why))


def _names(person: OnPremUser) -> tuple[str, str]:
    return person.sip, person.user_principal_name.lower()


def _has_name(one: NamedPerson, person: OnPremUser) -> bool:
    sip, upn = _names(person)
    return one.address == (upn if one.lookup_by == "upn" else sip) if one.exact else one.address in (sip, upn)


def _number_before(person: OnPremUser, online: MovedUser | None, before: MoveHistory | None) -> str:
    """The number that AD owns or has just released, or the one from before our move.

    The latter only where Teams has none meanwhile.
    """
    owned = person.line_uri or (online.on_prem_line_uri if online else "")
    remembered = before.line_uri if before and online and not online.line_uri else ""
    return owned or remembered


async def read_numbers(
    read: Reader, cloud: Cloud, wishes: NumberRequests, people: Sequence[tuple[OnPremUser, MovedUser, MoveHistory | None]]
) -> list[NumberSnapshot]:
    """One for each of these people, in their order."""
    every = [_snapshot(wishes, cloud, person, online, before) for person, online, before in people]
    asked = [voice for voice in every if voice.wanted]
    if not asked:
        return every
    ids = [voice.online.identity for voice in asked]
    entries, policies, directory, licences = await asyncio.gather(
        _read_entries(read, sorted({number for voice in asked for number in (voice.wanted, voice.now) if number})),
        all_or_failure(read, VoiceRoutingPolicy) if wishes.routing else _no_policies(),
        each_or_failure(read, DirectoryUser, ids),
        each_or_failure(read, Licences, ids),
    )
    owners = await each_or_failure(read, NumberOwner, sorted({owner for voice in asked if (owner := _owner(voice, entries))}))
    wanted = Counter(voice.wanted for voice in asked)
    return [
        replace(
            voice,
            entry=entries[voice.wanted],
            other=entries[voice.now] if voice.now not in ("", voice.wanted) else None,
            owner=owners.get(_owner(voice, entries)),
            policies=policies,
            directory=directory[voice.online.identity],
            licences=licences[voice.online.identity],
            remarks=(*voice.remarks, Reason(*TWICE)) if wanted[voice.wanted] > 1 else voice.remarks,
        )
        if voice.wanted
        else voice
        for voice in every
    ]


def _snapshot(wishes: NumberRequests, cloud: Cloud, person: OnPremUser, online: MovedUser, before: MoveHistory | None) -> NumberSnapshot:
    told = wishes.source_for(person, online, before)
    number = parse_number(told) if isinstance(told, str) else told
    notes = number.notes if isinstance(number, Telephone) else ()
    remarks = (*wishes.hindrances_of(person), *notes)
    return NumberSnapshot(
        person=person,
        online=online,
        wanted=wishes.number_for(person, online, before),
        own_wanted=wishes.takes_over,
        routing=wishes.routing,
        remarks=remarks,
        cloud=cloud,
    )


async def _no_policies() -> list[VoiceRoutingPolicy]:
    return []


async def _read_entries(read: Reader, numbers: Sequence[str]) -> Entries:
    """Each number as the tenant has it.

    Numbers that are not found together are read one by one: then an empty answer means that there is none.
    """
    found = await each_or_failure(read, PhoneNumberAssignment, numbers)
    left = [number for number in numbers if not isinstance(found[number], PhoneNumberAssignment)]
    alone = await asyncio.gather(*(all_or_failure(read, PhoneNumberAssignment, number=number) for number in left))
    rest = {number: one if isinstance(one, ReadFailure) else next(iter(one), None) for number, one in zip(left, alone, strict=True)}
    return {**found, **rest}


def _owner(voice: NumberSnapshot, entries: Entries) -> str:
    """Somebody else who has the wanted number; empty = nobody."""
    entry = entries.get(voice.wanted)
    owner = entry.assigned_pstn_target_id if isinstance(entry, PhoneNumberAssignment) else ""
    return "" if owner.lower() == voice.online.identity.lower() else owner
