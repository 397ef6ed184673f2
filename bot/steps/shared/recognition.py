"""Whether a name still means the same person, compared by the id, which never changes.

It is decided before anything is given back to anybody.

An address that was given to somebody else is no longer a name of whom we knew by it; who was renamed is found by id.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.facts import Reader, ReadFailure
from bot.facts.history import MoveHistory, ResolvedIdentity
from bot.facts.users import OnPremUser, OnPremUserById
from bot.i18n import LocalizedText, say
from bot.reader.tolerant import all_or_failure
from bot.step import Finding, Identity, Obstacle, Reason, Unclear
from bot.steps.shared.account_lookup import Found
from bot.steps.shared.decide import AGAIN
from bot.steps.shared.people_input.people_list import NamedPerson

RecordUse = Literal["not needed", "told", "given back"]  # what a step makes of our records of moved people

SOMEBODY_ELSE = say("this address belonged to somebody else when we moved it")
SOMEBODY_ELSE_SINCE = say("this address belonged to somebody else when this run was asked for")
BY_HAND = say("name whom you mean by the address of today; see to who has this one now by hand")
UNPROVEN = Reason(
    say("our records know this person by the address only, and nobody can tell any more whose it was then"),
    say("compare by hand; nothing is given back to who has the address now"),
)
GONE = Reason(say("the account that this name meant is not on premises any more"), say("look for it in AD; nobody else is taken for it"))
NOT_ENABLED_ANY_MORE = Reason(
    say("the account that this name meant is no longer enabled for Skype for Business"), say("enable it (Enable-CsUser), or leave it out")
)
NOT_TOLD = say("the servers do not tell who this is (Guid), so that it cannot be compared with our records")


class Origins:
    """Where those whom we moved came from. Nobody is found by an address."""

    def __init__(self, records: Sequence[MoveHistory]) -> None:
        self._by_id = {one.guid: one for one in records if one.guid}
        self.by_address: dict[str, list[MoveHistory]] = defaultdict(list)
        for one in records:
            self.by_address[one.sip].append(one)

    def history_of(self, person: OnPremUser) -> MoveHistory | None:
        """How this very person was before we moved them; None when we did not, or nobody knows who it was."""
        return self._by_id.get(person.guid)


@dataclass(kw_only=True)
class Recognition:
    """The people of a list, each compared with those whom this run and our records know."""

    #: The accounts, by how they were named.
    accounts: dict[NamedPerson, Found]
    notes: defaultdict[NamedPerson, list[LocalizedText]] = field(default_factory=lambda: defaultdict(list))
    #: A finding for each name that means nobody here.
    strangers: list[Finding] = field(default_factory=list)
    #: The names whose person was found by id, under another address.
    renamed: set[NamedPerson] = field(default_factory=set)
    #: Address as it was named -> objectGUID, of the people whom this run knows already.
    meant: dict[str, str] = field(default_factory=dict)

    def turn_away(self, one: NamedPerson, why: Reason | LocalizedText) -> None:
        """Nobody is taken for this one."""
        del self.accounts[one]
        self.strangers.append(Obstacle(one.address, (why,)) if isinstance(why, Reason) else Unclear(one.address, why, AGAIN))


def lookup_key(one: NamedPerson) -> str:
    """Under which a run remembers whom it has meant: one name may mean two people, looked up in two ways."""
    return one.address if one.lookup_by == "any" else f"{one.lookup_by}:{one.address}"


async def recognise_people(accounts: Mapping[NamedPerson, Found], read: Reader, records: RecordUse = "not needed") -> Recognition:
    """Everybody who is still the person that the name meant, in their order.

    A person who was renamed takes the place of the one who has the name now.

    Raises like `Read` when our own records cannot be read.
    """
    meant = {one.name: one.guid for one in await read.list_all(ResolvedIdentity)}
    known = Recognition(accounts=dict(accounts), meant=_by_address(meant))
    came = Origins(await read.list_all(MoveHistory) if records != "not needed" else [])
    lost: dict[NamedPerson, str] = {}  # the id to look for
    for one, account in accounts.items():
        if isinstance(account, ReadFailure):
            continue
        if lookup_key(one) not in meant:
            _compare_with_records(known, one, account, came, records, lost)
        elif not (guid := meant[lookup_key(one)]):
            known.turn_away(one, UNPROVEN)
        elif isinstance(account, OnPremUser) and not account.guid:
            known.turn_away(one, NOT_TOLD)
        elif not isinstance(account, OnPremUser) or account.guid != guid:
            lost[one] = guid
    found = await asyncio.gather(*(all_or_failure(read, OnPremUserById, guid=guid) for guid in lost.values()))
    for one, there in zip(lost, found, strict=True):
        _resolve_renamed(known, one, accounts[one], there)
    return known


def _by_address(meant: Mapping[str, str]) -> dict[str, str]:
    """An address that was looked up in two ways and meant two people means nobody."""
    by_address: dict[str, str] = {}
    for name, guid in meant.items():
        address = name.rpartition(":")[2]
        by_address[address] = guid if by_address.get(address, guid) == guid else ""
    return by_address


def _compare_with_records(
    known: Recognition, one: NamedPerson, account: Found, came: Origins, records: RecordUse, lost: dict[NamedPerson, str]
) -> None:
    """A name that this run meets for the first time, against those whom we have moved."""
    person = account if isinstance(account, OnPremUser) else None
    ours = came.history_of(person) if person else None
    if ours and person and ours.sip != person.sip:
        known.notes[one].append(say("was {then} when we moved it, is now {now}", then=ours.sip, now=person.sip))
    others = [other for other in came.by_address.get(person.sip if person else one.address, ()) if other is not ours]
    if ours or not others or isinstance(account, Reason):
        return
    if records == "told":
        known.notes[one] += [SOMEBODY_ELSE] if person else []
    elif not others[-1].guid:
        known.turn_away(one, UNPROVEN)
    elif person is None:
        lost[one] = others[-1].guid
    else:
        known.turn_away(one, Reason(SOMEBODY_ELSE, BY_HAND) if person.guid else NOT_TOLD)


def _resolve_renamed(known: Recognition, one: NamedPerson, account: Found, found: Sequence[OnPremUser] | ReadFailure) -> None:
    """What has become of somebody whom this name does not mean any more."""
    if isinstance(found, ReadFailure):
        known.turn_away(one, say("whom this name meant could not be looked up: {why}", why=found.why))
    elif not found:
        known.turn_away(one, GONE if account is None else Reason(SOMEBODY_ELSE_SINCE, BY_HAND))
    elif not found[0].sip:
        known.turn_away(one, NOT_ENABLED_ANY_MORE)
    else:
        known.accounts[one] = found[0]
        known.renamed.add(one)
        known.notes[one].append(say("found by its id: was {then}, is now {now}", then=one.address, now=found[0].sip))
        if account is not None:
            known.notes[one].append(say("{name} belongs to somebody else now, who is left alone", name=one.address))


def identity_of(person: OnPremUser, named: str, sign_in: str = "") -> Identity | None:
    """Whom a finding about this person means; None where the servers do not tell."""
    if not person.guid:
        return None
    return Identity(person.guid, named or person.sip, person.sip, sign_in or person.user_principal_name.lower())


def with_known_subjects(found: Sequence[Finding], subjects: Mapping[str, str]) -> list[Finding]:
    """The findings under the addresses by which the run knows people, whatever they are called now.

    `subjects`: id -> address.
    """
    names = [_known_subject(finding, subjects) for finding in found]
    often = Counter(names)
    told = []
    for finding, name in zip(found, names, strict=True):
        if often[name] > 1 and finding.identity and finding.identity.id not in subjects:
            name = f"{name} ({finding.identity.id})"  # has an address now by which this run knows somebody else
        told.append(finding if name == finding.subject else replace(finding, subject=name))
    return told


def _known_subject(finding: Finding, subjects: Mapping[str, str]) -> str:
    head, blank, rest = finding.subject.partition(" ")
    if finding.identity is None or head != finding.identity.address:
        return finding.subject
    return f"{subjects.get(finding.identity.id, head)}{blank}{rest}"
