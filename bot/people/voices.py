"""Whose number is asked for, and what is read about it: nothing at all where nobody has asked."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.checks.numbers import NUMBER, Voice
from bot.facts import Read, Unread
from bot.facts.aftercare import MovedUser
from bot.facts.cloud import Cloud
from bot.facts.directory import DirectoryUser
from bot.facts.licences import Licences
from bot.facts.numbers import NumberOwner, PhoneNumber, VoiceRoutingPolicy, plain
from bot.facts.people import OnPremUser
from bot.facts.records import CameFrom
from bot.reading.forgiving import each, whole
from bot.say import say
from bot.step import Finding, Obstacle, Reason, Unclear

Entries = Mapping[str, PhoneNumber | Unread | None]
TWICE = say("the number is asked for more than one person"), say("give it to one of them")
NOT_YET = Reason(say("is not in Teams yet: a number can be assigned only after the move"), say("move this person first"), "move_users")
NOT_ASKED = Reason(say("is not among the people that were asked about"), say("name this person there too, or leave the line out"))


@dataclass(frozen=True)
class Wishes:
    """The numbers that were named, by address; and whether everybody else gets the one that they had on premises."""

    named: Mapping[str, str]
    own: bool
    routing: str  # voice routing policy

    def of(self, person: OnPremUser, online: MovedUser | None = None, before: CameFrom | None = None) -> str:
        """The number for this person; empty = none is asked for, or none is known."""
        names = (person.sip, person.user_principal_name.lower())
        named = next((self.named[name] for name in names if name in self.named), "")
        return named or (_had(person, online, before) if self.own else "")

    def of_others(self, people: Iterable[OnPremUser], told: Sequence[Finding]) -> Iterator[Finding]:
        """What is to be said of the lines that name none of these people: `told` are the findings about those whom nobody found."""
        known = {name for person in people for name in (person.sip, person.user_principal_name.lower())}
        unclear = {finding.subject: finding for finding in told if isinstance(finding, Unclear)}
        for address in self.named.keys() - known:
            subject, doubt = NUMBER.format(sip=address), unclear.get(address)
            yield replace(doubt, subject=subject) if doubt else Obstacle(subject, (NOT_ASKED,))


def _had(person: OnPremUser, online: MovedUser | None, before: CameFrom | None) -> str:
    """The number that AD owns or has just let go; else the one from before our move, where Teams has none meanwhile."""
    owned = person.line_uri or (online.on_prem_line_uri if online else "")
    remembered = before.line_uri if before and online and not online.line_uri else ""
    return plain(owned or remembered)


async def voices(read: Read, cloud: Cloud, wishes: Wishes, people: Sequence[tuple[OnPremUser, MovedUser, CameFrom | None]]) -> list[Voice]:
    """One for each of these people, in their order."""
    every = [
        Voice(person, online, wishes.of(person, online, before), wishes.own, wishes.routing, cloud=cloud)
        for person, online, before in people
    ]
    asked = [voice for voice in every if voice.wanted]
    if not asked:
        return every
    ids = [voice.online.identity for voice in asked]
    entries, policies, directory, licences = await asyncio.gather(
        _entries(read, sorted({number for voice in asked for number in (voice.wanted, voice.now) if number})),
        whole(read, VoiceRoutingPolicy) if wishes.routing else _none(),
        each(read, DirectoryUser, ids),
        each(read, Licences, ids),
    )
    owners = await each(read, NumberOwner, sorted({owner for voice in asked if (owner := _owner(voice, entries))}))
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
            remarks=(Reason(*TWICE),) if wanted[voice.wanted] > 1 else (),
        )
        if voice.wanted
        else voice
        for voice in every
    ]


async def _none() -> list[VoiceRoutingPolicy]:
    return []


async def _entries(read: Read, numbers: Sequence[str]) -> Entries:
    """Each number as the tenant has it. Those that are not found together are asked for one by one: that silence is an answer."""
    found = await each(read, PhoneNumber, numbers)
    left = [number for number in numbers if not isinstance(found[number], PhoneNumber)]
    alone = await asyncio.gather(*(whole(read, PhoneNumber, number=number) for number in left))
    rest = {number: one if isinstance(one, Unread) else next(iter(one), None) for number, one in zip(left, alone, strict=True)}
    return {**found, **rest}


def _owner(voice: Voice, entries: Entries) -> str:
    """Somebody else who has the wanted number; empty = nobody."""
    entry = entries.get(voice.wanted)
    owner = entry.assigned_pstn_target_id if isinstance(entry, PhoneNumber) else ""
    return "" if owner.lower() == voice.online.identity.lower() else owner
