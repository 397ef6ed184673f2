"""What can be changed at the pretend Graph: each body is read, the estate says yes or no, and for a while readers still see what was."""

from datetime import timedelta
from typing import Any

from adapters.lab.estate import tenant_changes
from adapters.lab.graph.context import RequestContext, RouteResult
from adapters.lab.graph.messages import GraphResponse, bad_request
from adapters.lab.graph.replication_lag import VISIBLE
from adapters.lab.graph.routes.tenant import domain_row
from adapters.lab.graph.routing import route
from adapters.lab.graph.serializers import USER, cloud_user_of

FROM_AD = (
    "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration."
)


@route("PATCH /users/{user-id}")
def change_user(visit: RequestContext) -> RouteResult:
    """`usageLocation` alone: everything else of a synchronised user is mastered in the AD."""
    person = visit.person()
    if set(visit.body) != {"usageLocation"}:
        raise bad_request(FROM_AD)
    before = cloud_user_of(person).usage_location
    tenant_changes.set_usage_location(visit.estate, person, str(visit.body["usageLocation"]))
    _note_write(visit, person.id, "usage_location", before)
    return _log(visit, person.sip or person.upn, GraphResponse(204))


@route("POST /users/{user-id}/assignLicense")
def assign_licence(visit: RequestContext) -> RouteResult:
    person, add, remove = visit.person(), visit.body.get("addLicenses"), visit.body.get("removeLicenses")
    if not isinstance(add, list) or not isinstance(remove, list):
        raise bad_request("One or more parameters of the operation 'assignLicense' are missing from the request payload.")
    before = cloud_user_of(person).licences
    wanted = {str(one.get("skuId")): tuple(one.get("disabledPlans") or ()) for one in add}
    tenant_changes.assign_licences(visit.estate, person, wanted, remove)
    _note_write(visit, person.id, "licences", before)
    return _log(visit, person.sip or person.upn, GraphResponse(200, USER.single_row(visit.request, person, visit.view)))


@route("POST /domains")
def add_domain(visit: RequestContext) -> RouteResult:
    """`id` is the only property allowed."""
    if set(visit.body) != {"id"}:
        raise bad_request("Invalid value specified for property 'id' of resource 'Domain'.")
    added = tenant_changes.add_domain(visit.estate, str(visit.body["id"]))
    _note_write(visit, added.name, "exists", False)
    return _log(visit, added.name, GraphResponse(201, domain_row(visit, added)))


@route("POST /domains/{domain-id}/verify")
def verify_domain(visit: RequestContext) -> RouteResult:
    domain = visit.domain()
    tenant_changes.verify_domain(visit.estate, domain)
    _note_write(visit, domain.name, "verified", False)
    return _log(visit, domain.name, GraphResponse(200, {**domain_row(visit, domain), "availabilityStatus": "AvailableImmediately"}))


@route("PATCH /domains/{domain-id}")
def change_domain(visit: RequestContext) -> RouteResult:
    domain, body = visit.domain(), visit.body
    if foreign := sorted(set(body) - {"isDefault", "supportedServices"}):
        raise bad_request(f"Invalid value specified for property '{foreign[0]}' of resource 'Domain'.")
    tenant_changes.change_domain(visit.estate, domain, body.get("supportedServices"), bool(body.get("isDefault")))
    return _log(visit, domain.name, GraphResponse(204))


@route("DELETE /domains/{domain-id}")
def remove_domain(visit: RequestContext) -> RouteResult:
    domain = visit.domain()
    tenant_changes.remove_domain(visit.estate, domain)
    return _log(visit, domain.name, GraphResponse(204))


def _note_write(visit: RequestContext, thing: str, what: str, before: Any) -> None:
    visit.view.lag.note_write(thing, what, before, visit.view.now, timedelta(seconds=VISIBLE / visit.estate.time_factor))


def _log(visit: RequestContext, subject: str, told: GraphResponse) -> GraphResponse:
    """Each change is kept together with its effect."""
    visit.estate.log("graph", visit.operation.line, subject)
    return told
