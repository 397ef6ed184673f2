"""In a large estate one in 500 ordinary people has each of the gaps that directory synchronisation can leave."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from adapters.lab.estate.person import CloudUser, EstatePerson, ProvisioningConflict, synced_attributes

MANY, EVERY = 5_000, 500  # smaller estates have their gaps in the cast alone
Gap = Callable[[EstatePerson, EstatePerson, datetime], None]


def add_gaps(people: Mapping[int, EstatePerson], first: int, now: datetime) -> None:
    """`first` is the number of the first ordinary person."""
    for number in range(first, first + len(people)):
        gap = _GAPS.get((number - first) % EVERY)
        if gap and number in people:
            gap(people[number], people[number - 1], now)


def _cloud_user(person: EstatePerson) -> CloudUser:
    assert person.online
    return person.online


def _remove_cloud_user(person: EstatePerson, before: EstatePerson, now: datetime) -> None:
    assert person.account
    person.account.sync, person.online = "out of scope", None


def _make_cloud_born(person: EstatePerson, before: EstatePerson, now: datetime) -> None:
    """Somebody made the cloud user by hand."""
    assert person.account
    person.account.sync = "out of scope"
    _cloud_user(person).synced, _cloud_user(person).home, _cloud_user(person).home_before = None, "", ""


def _give_other_address(person: EstatePerson, before: EstatePerson, now: datetime) -> None:
    assert person.account
    person.account.sync, _cloud_user(person).sip = "blocked", f"before.{person.account.sip}"


def _give_same_address(person: EstatePerson, before: EstatePerson, now: datetime) -> None:
    """Two accounts with one address, as it happens where ADSI Edit is at hand: the cloud keeps the second one's old address."""
    assert person.account and before.account
    person.account.sync, person.account.sip = "blocked", before.account.sip


def _give_unverified_domain(person: EstatePerson, before: EstatePerson, now: datetime) -> None:
    assert person.account
    person.account.sip = f"{person.account.sip.partition('@')[0]}@fabrikam.com"
    _cloud_user(person).sip = _cloud_user(person).home = _cloud_user(person).home_before = ""
    _cloud_user(person).synced = synced_attributes(person.account)


def _give_other_name(person: EstatePerson, before: EstatePerson, now: datetime) -> None:
    assert person.account
    person.account.upn = _cloud_user(person).upn = f"{person.account.sam}@contoso.com"
    _cloud_user(person).synced = synced_attributes(person.account)


def _disable(person: EstatePerson, before: EstatePerson, now: datetime) -> None:
    assert person.account
    person.account.disabled, _cloud_user(person).enabled = True, False


def _delete(person: EstatePerson, before: EstatePerson, now: datetime) -> None:
    _cloud_user(person).deleted = now - timedelta(days=1)


def _add_conflict(person: EstatePerson, before: EstatePerson, now: datetime) -> None:
    _cloud_user(person).conflicts = (ProvisioningConflict("ProxyAddresses", f"smtp:{_cloud_user(person).upn}"),)


def _add_validation_error(person: EstatePerson, before: EstatePerson, now: datetime) -> None:
    _cloud_user(person).validation_errors = ("ErrorCode=UserValidationFailed: Two or more users have the same SIP address.",)


_GAPS: dict[int, Gap] = {
    10: _remove_cloud_user,
    60: _make_cloud_born,
    110: _give_other_address,
    160: _give_same_address,
    210: _give_unverified_domain,
    260: _give_other_name,
    310: _disable,
    360: _delete,
    410: _add_conflict,
    460: _add_validation_error,
}
