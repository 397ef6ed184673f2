"""What can be changed at the pretend Graph: each body is read, the estate says yes or no, and for a while readers still see what was."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from adapters.lab.estate import cloud
from adapters.lab.graph.lag import VISIBLE
from adapters.lab.graph.reads import Route
from adapters.lab.graph.shapes import USER, online
from adapters.lab.graph.talk import Told, bad
from adapters.lab.graph.tenant import domain_row
from adapters.lab.graph.visit import Answered, Visit

FROM_AD = (
    "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration."
)


def change_user(visit: Visit) -> Answered:
    """`usageLocation` alone: everything else of a synchronised user is mastered in the AD."""
    person = visit.person()
    if set(visit.body) != {"usageLocation"}:
        raise bad(FROM_AD)
    before = online(person).usage_location
    cloud.set_usage_location(visit.estate, person, str(visit.body["usageLocation"]))
    _lag(visit, person.id, "usage_location", before)
    return _logged(visit, person.sip or person.upn, Told(204))


def assign_licence(visit: Visit) -> Answered:
    person, add, remove = visit.person(), visit.body.get("addLicenses"), visit.body.get("removeLicenses")
    if not isinstance(add, list) or not isinstance(remove, list):
        raise bad("One or more parameters of the operation 'assignLicense' are missing from the request payload.")
    before = online(person).licences
    wanted = {str(one.get("skuId")): tuple(one.get("disabledPlans") or ()) for one in add}
    cloud.assign_licences(visit.estate, person, wanted, remove)
    _lag(visit, person.id, "licences", before)
    return _logged(visit, person.sip or person.upn, Told(200, USER.one(visit.asked, person, visit.moment)))


def add_domain(visit: Visit) -> Answered:
    """`id` is the only property allowed."""
    if set(visit.body) != {"id"}:
        raise bad("Invalid value specified for property 'id' of resource 'Domain'.")
    added = cloud.add_domain(visit.estate, str(visit.body["id"]))
    _lag(visit, added.name, "exists", False)
    return _logged(visit, added.name, Told(201, domain_row(visit, added)))


def verify_domain(visit: Visit) -> Answered:
    domain = visit.domain()
    cloud.verify_domain(visit.estate, domain)
    _lag(visit, domain.name, "verified", False)
    return _logged(visit, domain.name, Told(200, {**domain_row(visit, domain), "availabilityStatus": "AvailableImmediately"}))


def change_domain(visit: Visit) -> Answered:
    domain, body = visit.domain(), visit.body
    if foreign := sorted(set(body) - {"isDefault", "supportedServices"}):
        raise bad(f"Invalid value specified for property '{foreign[0]}' of resource 'Domain'.")
    cloud.change_domain(visit.estate, domain, body.get("supportedServices"), bool(body.get("isDefault")))
    return _logged(visit, domain.name, Told(204))


def remove_domain(visit: Visit) -> Answered:
    domain = visit.domain()
    cloud.remove_domain(visit.estate, domain)
    return _logged(visit, domain.name, Told(204))


WRITES: Mapping[str, Route] = {
    "PATCH /users/{user-id}": change_user,
    "POST /users/{user-id}/assignLicense": assign_licence,
    "POST /domains": add_domain,
    "POST /domains/{domain-id}/verify": verify_domain,
    "PATCH /domains/{domain-id}": change_domain,
    "DELETE /domains/{domain-id}": remove_domain,
}


def _lag(visit: Visit, thing: str, what: str, before: Any) -> None:
    visit.moment.lag.written(thing, what, before, visit.moment.now, timedelta(seconds=VISIBLE / visit.estate.hurry))


def _logged(visit: Visit, subject: str, told: Told) -> Told:
    """Each change is kept together with its effect."""
    visit.estate.log("graph", visit.operation.line, subject)
    return told
