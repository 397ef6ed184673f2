"""The people left on premises, by two witnesses, and homes that were only left behind in AD.

That the servers name nobody may be because a session is not shown everybody; that Teams still shows somebody may be because
`Disable-CsUser` leaves msRTCSIP-DeploymentLocator in AD, from where it is synchronised for ever.
https://learn.microsoft.com/skypeforbusiness/hybrid/cloud-consolidation-managing-attributes
"""

import asyncio
from collections.abc import Mapping, Sequence

from bot.facts import Reader, ReadFailure
from bot.facts.ad_users import AdUser
from bot.facts.domains import SipDomain
from bot.facts.homes import ON_PREMISES, HomedUser, ModeOnPremises
from bot.facts.types import normalize_address
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, first_few, label, say
from bot.reader.tolerant import all_or_failure, each_or_failure
from bot.step import Finding, Fine, Obstacle, Reason, Unclear
from bot.step_names import MOVE_USERS
from bot.steps.shared.decide import AGAIN
from bot.steps.shared.undo_guard import first_names

PEOPLE = label("People on premises")
MOST = 1000  # people who are counted
MOVE = say("move them; whom nobody needs any more, disable (Disable-CsUser): contacts and meetings are gone then for good")
LATER = say("whoever was disabled just now is no longer shown after the next synchronisation")


async def check_left_on_premises(read: Reader) -> Finding:
    """Fine only when nobody is homed on premises.

    An account that merely says so is named, with what to clear.
    """
    people = await read.list_all(HomedUser, name=ON_PREMISES, most=str(MOST))
    if people:
        count = f"{MOST}+" if len(people) >= MOST else str(len(people))
        why = say("still on premises ({count}): {names}", count=count, names=first_names(people))
        return Obstacle(PEOPLE, (Reason(why, MOVE, MOVE_USERS),))
    shown = await read.list_all(ModeOnPremises, most=str(MOST))
    if not shown:
        return Fine(PEOPLE, say("nobody is left on premises"))
    if len(shown) >= MOST:
        why = say("the servers name nobody, and Teams still shows as homed on premises: more than {n}", n=MOST - 1)
        return Unclear(PEOPLE, why, AGAIN, (LATER,))
    return await _compare(shown, read)


async def _compare(shown: Sequence[ModeOnPremises], read: Reader) -> Finding:
    """Whom only Teams shows is asked for at the servers and in AD, each by name."""
    sips = [normalize_address(one.sip_address) for one in shown]
    names = [one.user_principal_name.lower() or sip for one, sip in zip(shown, sips, strict=True)]
    homes, accounts, domains = await asyncio.gather(
        each_or_failure(read, OnPremUser, sips), each_or_failure(read, AdUser, names), all_or_failure(read, SipDomain)
    )
    ours = None if isinstance(domains, ReadFailure) else {domain.name.lower() for domain in domains}
    kinds: dict[str, list[str]] = {}
    for sip, name in zip(sips, names, strict=True):
        kinds.setdefault(_kind(homes[sip], accounts[name], sip, ours), []).append(sip)
    unread = next((one.why for one in (*homes.values(), *accounts.values()) if isinstance(one, ReadFailure)), "")
    return _finding({kind: first_few(who, 10) for kind, who in kinds.items()}, unread)


def _kind(home: OnPremUser | ReadFailure | None, account: AdUser | ReadFailure | None, sip: str, ours: set[str] | None) -> str:
    if isinstance(home, ReadFailure) or isinstance(account, ReadFailure):
        return "unread"
    if home is not None and home.enabled and home.hosting_provider == ON_PREMISES:
        return "here"
    if home is not None and home.enabled and home.hosting_provider:
        return "moved"
    if account is not None and (home is None or not home.enabled or not account.sip_address):
        return "left behind"
    if account is None and home is None and ours is not None and sip.rpartition("@")[2] not in ours:
        return "elsewhere"
    return "unknown"


def _finding(names: Mapping[str, str], unread: str | LocalizedText) -> Finding:
    """`unread` is why those could not be looked up who could not: what was said of the first."""
    notes = tuple(_notes(names))
    if "here" in names:
        why = say("asked for everybody the servers name nobody, and by name they have at home: {names}", names=names["here"])
        return Obstacle(PEOPLE, (Reason(why, MOVE, MOVE_USERS),), notes)
    if "moved" in names:
        why = say("the servers show them as moved, and Teams still as homed on premises: {names}", names=names["moved"])
        return Unclear(PEOPLE, why, AGAIN, (say("wait for the next synchronisation; who stays like this is moved once more"), *notes))
    if "unread" in names:
        who = names["unread"]
        why = say("Teams shows as homed on premises, and they could not be looked up there: {names} ({why})", names=who, why=unread)
        return Unclear(PEOPLE, why, AGAIN, notes)
    if "unknown" in names:
        why = say("Teams shows as homed on premises, and neither the servers nor AD show why: {names}", names=names["unknown"])
        remedy = say(
            "look at these accounts in AD: a person is moved, a meeting room (Get-CsMeetingRoom) gets an account of its own in Teams;"
            " of anything else msRTCSIP-DeploymentLocator is cleared (Set-ADUser -Clear) and synchronised"
        )
        return Obstacle(PEOPLE, (Reason(why, remedy),), notes)
    return Fine(PEOPLE, say("nobody is left on premises"), notes)


def _notes(names: Mapping[str, str]) -> list[LocalizedText]:
    told = []
    if left := names.get("left behind"):
        words = say(
            "not enabled on the servers, and Teams still shows a home on premises: {names}; to clean, clear msRTCSIP-DeploymentLocator"
            " in AD (Set-ADUser -Clear) and let it synchronise",
            names=left,
        )
        told += [words, LATER]
    if others := names.get("elsewhere"):
        words = say("Teams shows as homed on servers that are not these, in SIP domains which these do not have: {names}", names=others)
        told.append(words)
    return told
