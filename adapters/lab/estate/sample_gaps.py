"""In a large estate one in 500 ordinary people has each of the gaps that directory synchronisation can leave."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from adapters.lab.estate.person import Conflict, Online, Person, carried_over

MANY, EVERY = 5_000, 500  # smaller estates have their gaps in the cast alone
Gap = Callable[[Person, Person, datetime], None]


def put_gaps(people: Mapping[int, Person], first: int, now: datetime) -> None:
    """`first` is the number of the first ordinary person."""
    for number in range(first, first + len(people)):
        gap = _GAPS.get((number - first) % EVERY)
        if gap and number in people:
            gap(people[number], people[number - 1], now)


def _online(person: Person) -> Online:
    assert person.online
    return person.online


def _absent(person: Person, before: Person, now: datetime) -> None:
    assert person.account
    person.account.sync, person.online = "out of scope", None


def _stranger(person: Person, before: Person, now: datetime) -> None:
    """Somebody made the cloud user by hand."""
    assert person.account
    person.account.sync = "out of scope"
    _online(person).synced, _online(person).home, _online(person).home_before = None, "", ""


def _other_address(person: Person, before: Person, now: datetime) -> None:
    assert person.account
    person.account.sync, _online(person).sip = "blocked", f"before.{person.account.sip}"


def _same_address(person: Person, before: Person, now: datetime) -> None:
    """Two accounts with one address, as it happens where ADSI Edit is at hand: the cloud keeps the second one's old address."""
    assert person.account and before.account
    person.account.sync, person.account.sip = "blocked", before.account.sip


def _unverified(person: Person, before: Person, now: datetime) -> None:
    assert person.account
    person.account.sip = f"{person.account.sip.partition('@')[0]}@fabrikam.com"
    _online(person).sip = _online(person).home = _online(person).home_before = ""
    _online(person).synced = carried_over(person.account)


def _other_name(person: Person, before: Person, now: datetime) -> None:
    assert person.account
    person.account.upn = _online(person).upn = f"{person.account.sam}@contoso.com"
    _online(person).synced = carried_over(person.account)


def _disabled(person: Person, before: Person, now: datetime) -> None:
    assert person.account
    person.account.disabled, _online(person).enabled = True, False


def _deleted(person: Person, before: Person, now: datetime) -> None:
    _online(person).deleted = now - timedelta(days=1)


def _refused(person: Person, before: Person, now: datetime) -> None:
    _online(person).conflicts = (Conflict("ProxyAddresses", f"smtp:{_online(person).upn}"),)


def _invalid(person: Person, before: Person, now: datetime) -> None:
    _online(person).validation_errors = ("ErrorCode=UserValidationFailed: Two or more users have the same SIP address.",)


_GAPS: dict[int, Gap] = {
    10: _absent,
    60: _stranger,
    110: _other_address,
    160: _same_address,
    210: _unverified,
    260: _other_name,
    310: _disabled,
    360: _deleted,
    410: _refused,
    460: _invalid,
}
