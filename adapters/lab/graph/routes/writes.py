"""What can be changed at the pretend Graph: each body is read, the estate says yes or no, and for a while readers still see what was."""

from datetime import timedelta
from typing import Any

from adapters.lab.estate import tenant_changes
from adapters.lab.graph.context import Answered, Visit
from adapters.lab.graph.messages import Told, bad
from adapters.lab.graph.replication_lag import VISIBLE
from adapters.lab.graph.routes.tenant import domain_row
from adapters.lab.graph.routing import route
from adapters.lab.graph.serializers import USER, online

FROM_AD = (
    "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration."
)


@route("PATCH /users/{user-id}")
def change_user(visit: Visit) -> Answered:
    """`usageLocation` alone: everything else of a synchronised user is mastered in the AD."""
    person = visit.person()
    if set(visit.body) != {"usageLocation"}:
        raise bad(FROM_AD)
    before = online(person).usage_location
    tenant_changes.set_usage_location(visit.estate, person, str(visit.body["usageLocation"]))
    _lag(visit, person.id, "usage_location", before)
    return _logged(visit, person.sip or person.upn, Told(204))


@route("POST /users/{user-id}/assignLicense")
def assign_licence(visit: Visit) -> Answered:
    person, add, remove = visit.person(), visit.body.get("addLicenses"), visit.body.get("removeLicenses")
    if not isinstance(add, list) or not isinstance(remove, list):
        raise bad("One or more parameters of the operation 'assignLicense' are missing from the request payload.")
    before = online(person).licences
    wanted = {str(one.get("skuId")): tuple(one.get("disabledPlans") or ()) for one in add}
    tenant_changes.assign_licences(visit.estate, person, wanted, remove)
    _lag(visit, person.id, "licences", before)
    return _logged(visit, person.sip or person.upn, Told(200, USER.one(visit.asked, person, visit.moment)))


@route("POST /domains")
def add_domain(visit: Visit) -> Answered:
    """`id` is the only property allowed."""
    if set(visit.body) != {"id"}:
        raise bad("Invalid value specified for property 'id' of resource 'Domain'.")
    added = tenant_changes.add_domain(visit.estate, str(visit.body["id"]))
    _lag(visit, added.name, "exists", False)
    return _logged(visit, added.name, Told(201, domain_row(visit, added)))


@route("POST /domains/{domain-id}/verify")
def verify_domain(visit: Visit) -> Answered:
    domain = visit.domain()
    tenant_changes.verify_domain(visit.estate, domain)
    _lag(visit, domain.name, "verified", False)
    return _logged(visit, domain.name, Told(200, {**domain_row(visit, domain), "availabilityStatus": "AvailableImmediately"}))


@route("PATCH /domains/{domain-id}")
def change_domain(visit: Visit) -> Answered:
    domain, body = visit.domain(), visit.body
    if foreign := sorted(set(body) - {"isDefault", "supportedServices"}):
        raise bad(f"Invalid value specified for property '{foreign[0]}' of resource 'Domain'.")
    tenant_changes.change_domain(visit.estate, domain, body.get("supportedServices"), bool(body.get("isDefault")))
    return _logged(visit, domain.name, Told(204))


@route("DELETE /domains/{domain-id}")
def remove_domain(visit: Visit) -> Answered:
    domain = visit.domain()
    tenant_changes.remove_domain(visit.estate, domain)
    return _logged(visit, domain.name, Told(204))


def _lag(visit: Visit, thing: str, what: str, before: Any) -> None:
    visit.moment.lag.written(thing, what, before, visit.moment.now, timedelta(seconds=VISIBLE / visit.estate.hurry))


def _logged(visit: Visit, subject: str, told: Told) -> Told:
    """Each change is kept together with its effect."""
    visit.estate.log("graph", visit.operation.line, subject)
    return told
