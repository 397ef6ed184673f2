"""What can be changed at the pretend Graph, by Graph's own rules. Each change is kept and logged as an effect of the estate.

https://learn.microsoft.com/graph/api/user-assignlicense and /domain-verify; the messages are known from the field only.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from adapters.lab.estate.cloud import ELSEWHERE, prove
from adapters.lab.estate.estate import LICENCE_COUNTS, LICENCE_READY
from adapters.lab.estate.model import Domain
from adapters.lab.estate.person import Licence, Person
from adapters.lab.estate.tenant import ownership
from adapters.lab.graph.lag import VISIBLE
from adapters.lab.graph.reads import Route
from adapters.lab.graph.shapes import USER, online
from adapters.lab.graph.talk import Told, bad
from adapters.lab.graph.tenant import domain_row, uses
from adapters.lab.graph.visit import Answered, Visit, is_there
from adapters.lab.house.dns import NEGATIVE

FROM_AD = (
    "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration."
)
CHANGEABLE_SERVICES = {"Email", "OfficeCommunicationsOnline", "Yammer"}


def change_user(visit: Visit) -> Answered:
    """`usageLocation` alone: everything else of a synchronised user is mastered in the AD."""
    person, body = visit.person(), visit.body
    if set(body) != {"usageLocation"}:
        raise bad(FROM_AD)
    if any(met.property.startswith("ProxyAddress") for met in online(person).conflicts):
        raise bad("Another object with the same value for property proxyAddresses already exists.")
    if not isinstance(body["usageLocation"], str) or not re.fullmatch("[A-Z]{2}", body["usageLocation"]):
        raise bad("Invalid value specified for property 'usageLocation' of resource 'User'.")
    _lag(visit, person.id, "usage_location", online(person).usage_location)
    online(person).usage_location = body["usageLocation"]
    return _kept_person(visit, person, Told(204))


def assign_licence(visit: Visit) -> Answered:
    person, add, remove = visit.person(), visit.body.get("addLicenses"), visit.body.get("removeLicenses")
    if not isinstance(add, list) or not isinstance(remove, list):
        raise bad("One or more parameters of the operation 'assignLicense' are missing from the request payload.")
    before = online(person).licences
    after = _without(visit, before, remove)
    for wanted in add:
        after = _with(visit, person, after, wanted)
    _lag(visit, person.id, "licences", before)
    online(person).licences = after
    for sku in {licence.sku for licence in before} ^ {licence.sku for licence in after}:
        visit.world.skus[sku].consumed += 1 if sku in {licence.sku for licence in after} else -1
        visit.estate.keep("skus", sku)
    return _kept_person(visit, person, Told(200, USER.one(visit.asked, person, visit.moment)))


def add_domain(visit: Visit) -> Answered:
    """`id` is the only property allowed. A domain below a verified one is verified by itself."""
    name = visit.body.get("id")
    if set(visit.body) != {"id"} or not isinstance(name, str) or not re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", name.lower()):
        raise bad("Invalid value specified for property 'id' of resource 'Domain'.")
    name = name.lower()
    if name in visit.world.domains:
        raise bad(f"A domain with the name {name} already exists.")
    verified = any(known.verified and name.endswith(f".{parent}") for parent, known in visit.world.domains.items())
    visit.world.domains[name] = added = Domain(name, ownership(name), verified)
    _lag(visit, name, "exists", False)
    return _kept_domain(visit, name, Told(201, domain_row(visit, added)))


def verify_domain(visit: Visit) -> Answered:
    """Looks for the record; that there was none is remembered for a while."""
    domain = visit.domain()
    if domain.verified:
        raise bad("Domain is already verified.")
    if domain.name in visit.world.tenant.elsewhere:
        raise bad(f"Domain verification failed with the following error: '{ELSEWHERE}'")
    wanted = (domain.name, "TXT", domain.text)
    published = {(record.name.lower(), record.type, record.value.strip('"')) for record in visit.world.records.values()}
    remembered = visit.moment.now < domain.missed + timedelta(seconds=NEGATIVE / visit.estate.hurry)
    if wanted not in published or remembered:
        domain.missed = domain.missed if remembered else visit.moment.now
        raise bad("Domain verification failed with the following error: 'DNS verification record was not found.'")
    _lag(visit, domain.name, "verified", False)
    prove(visit.estate, domain)
    return _kept_domain(visit, domain.name, Told(200, {**domain_row(visit, domain), "availabilityStatus": "AvailableImmediately"}))


def change_domain(visit: Visit) -> Answered:
    domain, body = visit.domain(), visit.body
    services = set(body.get("supportedServices", domain.services))
    if not domain.verified or set(body) - {"isDefault", "supportedServices"} or services - CHANGEABLE_SERVICES:
        raise bad("Invalid value specified for a property of resource 'Domain', or the domain is not verified.")
    domain.services = tuple(sorted(services))
    if body.get("isDefault"):
        for other in visit.world.domains.values():
            other.default = other is domain
            visit.estate.keep("domains", other.name)
    return _kept_domain(visit, domain.name, Told(204))


def remove_domain(visit: Visit) -> Answered:
    domain = visit.domain()
    if domain.default or domain.initial:
        raise bad("The default or the initial domain of a company cannot be removed.")
    if any(is_there(person) and uses(online(person), domain.name) for person in visit.world.people.values()):
        raise bad(f"The domain {domain.name} has references to it and cannot be removed.")
    del visit.world.domains[domain.name]
    return _kept_domain(visit, domain.name, Told(204))


WRITES: Mapping[str, Route] = {
    "PATCH /users/{user-id}": change_user,
    "POST /users/{user-id}/assignLicense": assign_licence,
    "POST /domains": add_domain,
    "POST /domains/{domain-id}/verify": verify_domain,
    "PATCH /domains/{domain-id}": change_domain,
    "DELETE /domains/{domain-id}": remove_domain,
}


def _without(visit: Visit, licences: tuple[Licence, ...], remove: list[Any]) -> tuple[Licence, ...]:
    for sku in remove:
        held = [licence for licence in licences if licence.sku == sku]
        if not held:
            raise bad("User does not have a corresponding license.")
        if all(licence.group for licence in held):
            raise bad("User license is inherited from a group membership and it cannot be removed directly from the user.")
        licences = tuple(licence for licence in licences if licence.sku != sku or licence.group)
    return licences


def _with(visit: Visit, person: Person, licences: tuple[Licence, ...], wanted: Mapping[str, Any]) -> tuple[Licence, ...]:
    """A SKU that is there already gets the new list of disabled plans instead of the old one."""
    if not online(person).usage_location:
        raise bad("License assignment cannot be done for user with invalid usage location.")
    sku = visit.world.skus.get(str(wanted.get("skuId")))
    if sku is None:
        raise bad(f"License {wanted.get('skuId')} does not correspond to a valid company License.")
    disabled = tuple(wanted.get("disabledPlans") or ())
    if any(licence.sku == sku.id and not licence.group for licence in licences):
        return tuple(replace(each, disabled=disabled) if each.sku == sku.id and not each.group else each for each in licences)
    if sku.consumed >= sku.units:
        raise bad(f"Subscription with SKU {sku.id} does not have any available licenses.")
    ready, counts = visit.estate.after(LICENCE_READY), visit.estate.after(LICENCE_COUNTS)
    return (*licences, Licence(sku.id, disabled, since=visit.moment.now, ready=ready, counts=counts))


def _lag(visit: Visit, thing: str, what: str, before: Any) -> None:
    visit.moment.lag.written(thing, what, before, visit.moment.now, timedelta(seconds=VISIBLE / visit.estate.hurry))


def _kept_person(visit: Visit, person: Person, told: Told) -> Told:
    online(person).changed = visit.moment.now
    visit.estate.keep("people", person.number)
    visit.estate.log("graph", visit.operation.line, person.sip or person.upn)
    return told


def _kept_domain(visit: Visit, name: str, told: Told) -> Told:
    visit.estate.keep("domains", name)
    visit.estate.log("graph", visit.operation.line, name)
    return told
