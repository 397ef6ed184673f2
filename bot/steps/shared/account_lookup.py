"""The account that an entry of a list names.

It is looked up as it was named, and the other way too where that could be another person.

A sign-in name may read like the SIP address of somebody else. Then both are named, and nobody is chosen.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.facts import Reader, ReadFailure
from bot.facts.ad_users import AdUserSearch
from bot.facts.teams_users import OnlineUser, OnlineUserByName
from bot.facts.types import normalize_address
from bot.facts.users import OnPremUser, OnPremUserByName
from bot.i18n import say
from bot.reader.tolerant import all_or_failure, each_or_failure
from bot.step import Reason
from bot.steps.shared.people_input.people_list import NamedPerson

Account = OnPremUser | ReadFailure | None
Found = OnPremUser | ReadFailure | Reason | None  # a reason why nobody can be chosen; None = surely nobody
AT_ONCE = 20  # names in one filter: a statement costs far more than a name


async def look_up_accounts(named: Sequence[NamedPerson], read: Reader) -> dict[NamedPerson, Found]:
    """Exactly one answer for each. Raises when nobody at all could be read."""
    if not named:
        return {}
    known = await _read_first(named, read)
    known = await _read_doubtful(named, known, read)
    found = {one: known.account_for(one) for one in named}
    elsewhere = await each_or_failure(read, OnPremUser, sorted({sip for sip in found.values() if isinstance(sip, str)}))
    return {one: elsewhere[who] if isinstance(who, str) else who for one, who in found.items()}


@dataclass(frozen=True)
class _Answers:
    """What was read so far, by address as it was named."""

    by_sip: Mapping[str, Account]
    by_name: Mapping[str, Account]
    names: Mapping[str, Sequence[AdUserSearch] | ReadFailure]  # everybody in AD with this sign-in name or mail address
    online: Mapping[str, OnlineUser | ReadFailure | None]

    def account_for(self, one: NamedPerson) -> Found | str:
        """Who it is; a text is the SIP address of somebody who must still be read."""
        return self._by_sign_in_name(one) if one.lookup_by == "upn" else self._by_sip_address(one)

    def _by_sip_address(self, one: NamedPerson) -> Found | str:
        account = self.by_sip[one.address]
        if not isinstance(account, OnPremUser):
            return account if account else self._by_other_names(one)
        others = self.names.get(one.address, ())
        if isinstance(others, ReadFailure):
            return others
        other = next((each for each in others if each.sip != account.sip and _is_called(each, one)), None)
        return _two_people(one.address, other.sip, account) if other else account

    def _by_other_names(self, one: NamedPerson) -> Found | str:
        account = self.by_name.get(one.address)
        if isinstance(account, ReadFailure):
            return account
        if account and account.sip and normalize_address(account.user_principal_name) == one.address:
            return _only_sign_in_name(one.address, account) if one.lookup_by == "sip" else account
        others = self.names.get(one.address, ()) if one.lookup_by == "mail" else ()
        if isinstance(others, ReadFailure):
            return others
        sips = sorted({each.sip for each in others if _is_called(each, one)} - {""})
        return _shared_mail_address(sips) if len(sips) > 1 else sips[0] if sips else None

    def _by_sign_in_name(self, one: NamedPerson) -> Found | str:
        account, other = self.by_name[one.address], self.by_sip.get(one.address)
        if isinstance(account, ReadFailure) or isinstance(other, ReadFailure):
            return account if isinstance(account, ReadFailure) else other
        if account and normalize_address(account.user_principal_name) == one.address:
            chosen = account if account.sip else None
            return _two_people(one.address, account.sip, other) if other and other.sip != account.sip and not one.exact else chosen
        other = other or account  # asked for by name, a server may answer with whoever has it as SIP address
        return self._by_address_only(one, other) if other else None

    def _by_address_only(self, one: NamedPerson, other: OnPremUser) -> Found | str:
        names, online = self.names.get(one.address, ()), self.online.get(one.address)
        if isinstance(names, ReadFailure):
            return names
        if signs_in := next((each for each in names if each.upn == one.address), None):
            return signs_in.sip if one.exact and signs_in.sip else _two_people(one.address, signs_in.sip, other)
        if isinstance(online, ReadFailure):
            return online
        same = online and other.sip in (normalize_address(online.sip_address), normalize_address(online.on_prem_sip_address))
        return other if same else _only_address(one.address, other)


async def _read_first(named: Sequence[NamedPerson], read: Reader) -> _Answers:
    """As each was named."""
    sips, names = _addresses(one for one in named if one.lookup_by != "upn"), _addresses(one for one in named if one.lookup_by == "upn")
    by_sip = dict(await read.by_key(OnPremUser, sips)) if sips else {}
    by_name = dict(await read.by_key(OnPremUserByName, names)) if names else {}
    return _Answers(by_sip, by_name, {}, {})


async def _read_doubtful(named: Sequence[NamedPerson], known: _Answers, read: Reader) -> _Answers:
    """The other way, for those with whom it may lead to somebody else, or of whom nothing was found."""
    by_sip, by_name = [one for one in named if one.lookup_by != "upn"], [one for one in named if one.lookup_by == "upn"]
    absent = [one for one in by_sip if known.by_sip[one.address] is None]
    others = [one for one in by_sip if _differs(known.by_sip[one.address], one) and not (one.exact and one.lookup_by == "sip")]
    unsure = [
        one for one in by_name if not _is_same(known.by_name[one.address], one) and not isinstance(known.by_name[one.address], ReadFailure)
    ]
    names, sips = await asyncio.gather(
        each_or_failure(read, OnPremUserByName, _addresses(absent)),
        each_or_failure(read, OnPremUser, [name for name in _addresses(unsure) if name not in known.by_sip]),
    )
    all_sips = {**known.by_sip, **sips}
    alone = [one for one in unsure if all_sips[one.address] and not _has_sign_in_name(known.by_name[one.address], one)]
    mails = [one for one in absent if one.lookup_by == "mail"]
    ad, online = await asyncio.gather(
        _search_ad(read, [*others, *alone, *mails]),
        each_or_failure(read, OnlineUserByName, _addresses(one for one in alone if not one.exact)),
    )
    return _Answers(all_sips, {**names, **known.by_name}, ad, online)


def _is_called(names: AdUserSearch, one: NamedPerson) -> bool:
    """By mail only who is named by mail."""
    return one.address == names.upn or (one.lookup_by == "mail" and one.address == names.mail)


def _differs(account: Account, one: NamedPerson) -> bool:
    """Whether this account signs in by another name, so that somebody else may sign in by this one."""
    return isinstance(account, OnPremUser) and not _has_sign_in_name(account, one)


def _has_sign_in_name(account: Account, one: NamedPerson) -> bool:
    return isinstance(account, OnPremUser) and normalize_address(account.user_principal_name) == one.address


def _is_same(account: Account, one: NamedPerson) -> bool:
    """Whether sign-in name and SIP address are this one: nobody else can have it."""
    return isinstance(account, OnPremUser) and account.sip == one.address == normalize_address(account.user_principal_name)


async def _search_ad(read: Reader, named: Sequence[NamedPerson]) -> dict[str, Sequence[AdUserSearch] | ReadFailure]:
    """Everybody in AD who has one of these names. Nobody found is an answer here: it is a search."""
    by_name, by_mail = await asyncio.gather(
        _search_ad_by(read, _addresses(named), "name"),
        _search_ad_by(read, _addresses(one for one in named if one.lookup_by == "mail"), "mail"),
    )
    return {name: _merge_answers(answer, by_mail.get(name, ())) for name, answer in by_name.items()}


async def _search_ad_by(read: Reader, wanted: Sequence[str], by: str) -> dict[str, Sequence[AdUserSearch] | ReadFailure]:
    parts = [wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE)]
    answers = await asyncio.gather(*(all_or_failure(read, AdUserSearch, by=by, names=" ".join(part)) for part in parts))
    return {
        name: answer if isinstance(answer, ReadFailure) else [one for one in answer if name == (one.mail if by == "mail" else one.upn)]
        for part, answer in zip(parts, answers, strict=True)
        for name in part
    }


def _merge_answers(
    one: Sequence[AdUserSearch] | ReadFailure, other: Sequence[AdUserSearch] | ReadFailure
) -> Sequence[AdUserSearch] | ReadFailure:
    if isinstance(one, ReadFailure):
        return one
    return other if isinstance(other, ReadFailure) else [*one, *other]


def _addresses(named: Iterable[NamedPerson]) -> list[str]:
    return list(dict.fromkeys(one.address for one in named))


def _two_people(name: str, named: str, other: OnPremUser) -> Reason:
    why = say(
        "names two people: it is the sign-in name of {named}, and the SIP address of somebody who signs in as {upn}",
        named=named or say("somebody without a SIP address"),
        upn=other.user_principal_name or "-",
    )
    return Reason(why, say("write sip:{name} for whoever has this SIP address, or upn:{name} for whoever signs in so", name=name))


def _only_sign_in_name(name: str, account: OnPremUser) -> Reason:
    why = say("is nobody's SIP address; {sip} signs in by this name", sip=account.sip)
    return Reason(why, say("write upn:{name} if this person is meant", name=name))


def _only_address(name: str, account: OnPremUser) -> Reason:
    why = say(
        "nobody signs in by this name; it is the SIP address of somebody who signs in as {upn}", upn=account.user_principal_name or "-"
    )
    return Reason(why, say("write sip:{name} if this person is meant", name=name))


def _shared_mail_address(sips: Sequence[str]) -> Reason:
    return Reason(say("is the e-mail address of several people: {names}", names=", ".join(sips)), say("name them by their SIP addresses"))
