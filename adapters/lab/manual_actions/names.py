"""By hand, about what people are called: somebody is renamed, an address goes to somebody else, two people swap theirs."""

from typing import Literal

from adapters.lab.estate.estate import Estate
from adapters.lab.estate.person import AdAccount, EstatePerson
from adapters.lab.manual_actions.lookup import find_person
from adapters.lab.manual_actions.registry import manual_action

Which = Literal["both", "sip", "upn"]


@manual_action
def rename(estate: Estate, who: str, to: str, which: Which = "both", synchronised: bool = False) -> str:
    """An AD admin gives somebody another SIP address, sign-in name, or both. The cloud learns of it with the next sync."""
    person, account = _find_account(estate, "who", who)
    _check_name_is_free(estate, to, person)
    before = account.sip or account.upn
    _set_names(estate, person, to if which != "upn" else account.sip, to if which != "sip" else account.upn, synchronised)
    return f"{before} is called {to} ({which})"


@manual_action
def give_address(estate: Estate, who: str, to: str, becomes: str = "", synchronised: bool = False) -> str:
    """An AD admin gives SIP address and sign-in name of one person to another. Who had them becomes another name, or leaves."""
    (person, account), (heir, _) = _find_account(estate, "who", who), _find_account(estate, "to", to)
    if person is heir:
        raise ValueError(f"to: {to!r} has the address already")
    _check_name_is_free(estate, becomes, person)
    sip, upn = account.sip, account.upn
    _set_names(estate, person, becomes, becomes or f"left.{upn}", synchronised)
    _set_names(estate, heir, sip, upn, synchronised)
    return f"{sip} belongs to {heir.display_name}; {person.display_name} {f'is {becomes}' if becomes else 'is no longer enabled'}"


@manual_action
def swap_names(estate: Estate, who: str, other: str, which: Which = "both", synchronised: bool = False) -> str:
    """Two people get each other's SIP address, sign-in name, or both: afterwards one may sign in with what calls the other."""
    (one, here), (two, there) = _find_account(estate, "who", who), _find_account(estate, "other", other)
    (sip, upn), (sip2, upn2) = (here.sip, here.upn), (there.sip, there.upn)
    _set_names(estate, one, sip2 if which != "upn" else sip, upn2 if which != "sip" else upn, synchronised)
    _set_names(estate, two, sip if which != "upn" else sip2, upn if which != "sip" else upn2, synchronised)
    return f"{sip} and {sip2} have swapped their names ({which})"


def _find_account(estate: Estate, field: str, who: str) -> tuple[EstatePerson, AdAccount]:
    person = find_person(estate, who)
    if person.account is None:
        raise ValueError(f"{field}: {who!r} has no account in AD")
    return person, person.account


def _check_name_is_free(estate: Estate, name: str, person: EstatePerson) -> None:
    holder = estate.directory.find_on_premises(name) if name else None
    if holder not in (None, person):
        raise ValueError(f"{name} belongs to {holder.display_name if holder else ''}: give it away, or swap")


def _set_names(estate: Estate, person: EstatePerson, sip: str, upn: str, synchronised: bool) -> None:
    """Without a SIP address somebody is no longer enabled; what that clears besides is left to Disable-CsUser."""
    account = person.account
    assert account
    account.sip, account.upn, account.enabled, account.changed = sip, upn, bool(sip) and account.enabled, estate.now
    estate.mark_changed("people", person.number)
    if synchronised:
        estate.entra_connect.sync_one(person)
