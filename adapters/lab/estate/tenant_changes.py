"""What is changed in the pretend tenant, through Graph or by hand: licences, usage location, domains, each by Graph's own rules.

https://learn.microsoft.com/graph/api/user-assignlicense and /domain-verify; the messages of the refusals are known from the field only.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from adapters.lab.estate.estate import LICENCE_COUNTS, LICENCE_READY, NEGATIVE, Estate
from adapters.lab.estate.initial_state import ownership_record
from adapters.lab.estate.person import EstatePerson, Licence
from adapters.lab.estate.state import Domain, EstateState

ELSEWHERE = (
    "Unable to verify this domain because it is used elsewhere in Office 365."
    " Remove the verified domain from the other service before adding it here."
)
NOT_VERIFIED = "Domain verification failed with the following error: '{why}'"
CHANGEABLE_SERVICES = {"Email", "OfficeCommunicationsOnline", "Yammer"}


class TenantRefusal(ValueError):
    """The tenant says no, in Graph's words. Nothing has changed."""


def assign_licences(estate: Estate, person: EstatePerson, add: Mapping[str, Sequence[str]], remove: Collection[str]) -> None:
    """`add`: SKU id → disabled plan ids (replaces those of a SKU that is there already). All or nothing."""
    online = person.online
    assert online
    for sku_id in remove:
        _check_removable(online.licences, sku_id)
    for sku_id, disabled in add.items():
        _check_assignable(estate.state, person, sku_id, disabled)
    before = {held.sku: held for held in online.licences if not held.group}
    kept = [held for held in online.licences if held.group or (held.sku not in remove and held.sku not in add)]
    added = (_licence(estate, sku_id, disabled, before.get(sku_id)) for sku_id, disabled in add.items())
    _set_licences(estate, person, (*kept, *added))


def _check_removable(licences: Sequence[Licence], sku_id: str) -> None:
    held = [licence for licence in licences if licence.sku == sku_id]
    if not held:
        raise TenantRefusal("User does not have a corresponding license.")
    if all(licence.group for licence in held):
        raise TenantRefusal("User license is inherited from a group membership and it cannot be removed directly from the user.")


def _check_assignable(world: EstateState, person: EstatePerson, sku_id: str, disabled: Sequence[str]) -> None:
    sku, online = world.skus.get(sku_id), person.online
    if online is None or not online.usage_location:
        raise TenantRefusal("License assignment cannot be done for user with invalid usage location.")
    if sku is None:
        raise TenantRefusal(f"License {sku_id} does not correspond to a valid company License.")
    if unknown := set(disabled) - {plan.id for plan in sku.plans}:
        raise TenantRefusal(f"License assignment failed because service plan {min(unknown)} does not belong to SKU {sku_id}.")
    if not any(held.sku == sku_id for held in online.licences) and sku.consumed >= sku.units:
        raise TenantRefusal(f"Subscription with SKU {sku_id} does not have any available licenses.")


def _licence(estate: Estate, sku_id: str, disabled: Sequence[str], before: Licence | None) -> Licence:
    """A plan that comes to be lets its whole SKU wait; who only switches plans off waits for nothing."""
    if before and set(disabled) >= set(before.disabled):
        return replace(before, disabled=tuple(disabled))
    return Licence(
        sku=sku_id,
        disabled=tuple(disabled),
        since=estate.now,
        ready=estate.time_after(LICENCE_READY),
        counts=estate.time_after(LICENCE_COUNTS),
    )


def inherit_licences(estate: Estate, person: EstatePerson, group_id: str, joins: bool) -> None:
    """A licence through a group comes and goes with the membership."""
    online, group = person.online, estate.state.groups[group_id]
    if online is None or not group.licences:
        return
    kept = tuple(held for held in online.licences if held.group != group_id)
    added = [replace(_licence(estate, held.sku, held.disabled, None), group=group_id) for held in group.licences if joins]
    _set_licences(estate, person, (*kept, *added))


def _set_licences(estate: Estate, person: EstatePerson, licences: tuple[Licence, ...]) -> None:
    """Gives somebody these licences and counts the units that are used."""
    assert person.online
    before, after = ({held.sku for held in some} for some in (person.online.licences, licences))
    person.online.licences = licences
    for sku_id in before ^ after:
        estate.state.skus[sku_id].consumed += 1 if sku_id in after else -1
        estate.mark_changed("skus", sku_id)
    _save_person(estate, person)


def set_usage_location(estate: Estate, person: EstatePerson, country: str | None) -> None:
    """None takes it away."""
    assert person.online
    if any(met.property.startswith("ProxyAddress") for met in person.online.conflicts):
        raise TenantRefusal("Another object with the same value for property proxyAddresses already exists.")
    if country is not None and not re.fullmatch("[A-Z]{2}", country):
        raise TenantRefusal("Invalid value specified for property 'usageLocation' of resource 'User'.")
    person.online.usage_location = country or ""
    _save_person(estate, person)


def _save_person(estate: Estate, person: EstatePerson) -> None:
    assert person.online
    person.online.changed = estate.now
    estate.mark_changed("people", person.number)


def add_domain(estate: Estate, name: str) -> Domain:
    """A domain below a verified one is verified by itself."""
    world, name = estate.state, name.lower()
    if not re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", name):
        raise TenantRefusal("Invalid value specified for property 'id' of resource 'Domain'.")
    if name in world.domains:
        raise TenantRefusal(f"A domain with the name {name} already exists.")
    verified = any(known.verified and name.endswith(f".{parent}") for parent, known in world.domains.items())
    domain = world.domains[name] = Domain(name=name, text=ownership_record(name), verified=verified)
    estate.mark_changed("domains", name)
    return domain


def verify_domain(estate: Estate, domain: Domain) -> None:
    """Looks for the record; that there was none is remembered for a while."""
    if domain.verified:
        raise TenantRefusal("Domain is already verified.")
    if domain.name in estate.state.tenant.elsewhere:
        raise TenantRefusal(NOT_VERIFIED.format(why=ELSEWHERE))
    wanted = (domain.name, "TXT", domain.text)
    published = {(record.name.lower(), record.type, record.value.strip('"')) for record in estate.state.records.values()}
    remembered = estate.now < domain.missed + timedelta(seconds=NEGATIVE / estate.time_factor)
    if wanted not in published or remembered:
        domain.missed = domain.missed if remembered else estate.now
        raise TenantRefusal(NOT_VERIFIED.format(why="DNS verification record was not found."))
    _mark_verified(estate, domain)


def _mark_verified(estate: Estate, domain: Domain) -> None:
    """A lyncdiscover on premises ends a forced TeamsOnly, and addresses of the domain come with the next cycle."""
    world = estate.state
    domain.verified = True
    if world.tenant.forced_teams_only and is_lyncdiscover_on_premises(world, domain.name):
        world.tenant.forced_teams_only = False
        estate.mark_changed("tenant")
    estate.entra_connect.check_all_again()
    estate.mark_changed("domains", domain.name)


def is_lyncdiscover_on_premises(world: EstateState, domain: str) -> bool:
    """Whether the public lyncdiscover of a domain exists and points elsewhere than Microsoft 365."""
    found = [record for record in world.records.values() if record.name == f"lyncdiscover.{domain}" and record.type in ("A", "CNAME")]
    return any(not record.value.rstrip(".").endswith("online.lync.com") for record in found)


def change_domain(estate: Estate, domain: Domain, services: Collection[str] | None, default: bool) -> None:
    """`services` None leaves them as they are; `default` makes it the default domain in place of the one before."""
    if not domain.verified or set(services or ()) - CHANGEABLE_SERVICES:
        raise TenantRefusal("Invalid value specified for a property of resource 'Domain', or the domain is not verified.")
    domain.services = domain.services if services is None else tuple(sorted(services))
    for other in estate.state.domains.values() if default else ():
        other.default = other is domain
        estate.mark_changed("domains", other.name)
    estate.mark_changed("domains", domain.name)


def remove_domain(estate: Estate, domain: Domain) -> None:
    world = estate.state
    if domain.default or domain.initial:
        raise TenantRefusal("The default or the initial domain of a company cannot be removed.")
    if any(person.online and not person.online.deleted and person.online.has_address_in(domain.name) for person in world.people.values()):
        raise TenantRefusal(f"The domain {domain.name} has references to it and cannot be removed.")
    del world.domains[domain.name]
    estate.mark_changed("domains", domain.name)
