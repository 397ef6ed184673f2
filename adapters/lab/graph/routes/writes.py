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
def change_user(context: RequestContext) -> RouteResult:
    """`usageLocation` alone: everything else of a synchronised user is mastered in the AD."""
    person = context.person()
    if set(context.body) != {"usageLocation"}:
        raise bad_request(FROM_AD)
    before = cloud_user_of(person).usage_location
    tenant_changes.set_usage_location(context.estate, person, str(context.body["usageLocation"]))
    _note_write(context, person.id, "usage_location", before)
    return _log(context, person.sip or person.upn, GraphResponse(204))


@route("POST /users/{user-id}/assignLicense")
def assign_licence(context: RequestContext) -> RouteResult:
    person, add, remove = context.person(), context.body.get("addLicenses"), context.body.get("removeLicenses")
    if not isinstance(add, list) or not isinstance(remove, list):
        raise bad_request("One or more parameters of the operation 'assignLicense' are missing from the request payload.")
    before = cloud_user_of(person).licences
    wanted = {str(one.get("skuId")): tuple(one.get("disabledPlans") or ()) for one in add}
    tenant_changes.assign_licences(context.estate, person, wanted, remove)
    _note_write(context, person.id, "licences", before)
    return _log(context, person.sip or person.upn, GraphResponse(200, USER.single_row(context.request, person, context.view)))


@route("POST /domains")
def add_domain(context: RequestContext) -> RouteResult:
    """`id` is the only property allowed."""
    if set(context.body) != {"id"}:
        raise bad_request("Invalid value specified for property 'id' of resource 'Domain'.")
    added = tenant_changes.add_domain(context.estate, str(context.body["id"]))
    _note_write(context, added.name, "exists", False)
    return _log(context, added.name, GraphResponse(201, domain_row(context, added)))


@route("POST /domains/{domain-id}/verify")
def verify_domain(context: RequestContext) -> RouteResult:
    domain = context.domain()
    tenant_changes.verify_domain(context.estate, domain)
    _note_write(context, domain.name, "verified", False)
    return _log(context, domain.name, GraphResponse(200, {**domain_row(context, domain), "availabilityStatus": "AvailableImmediately"}))


@route("PATCH /domains/{domain-id}")
def change_domain(context: RequestContext) -> RouteResult:
    domain, body = context.domain(), context.body
    if foreign := sorted(set(body) - {"isDefault", "supportedServices"}):
        raise bad_request(f"Invalid value specified for property '{foreign[0]}' of resource 'Domain'.")
    tenant_changes.change_domain(context.estate, domain, body.get("supportedServices"), bool(body.get("isDefault")))
    return _log(context, domain.name, GraphResponse(204))


@route("DELETE /domains/{domain-id}")
def remove_domain(context: RequestContext) -> RouteResult:
    domain = context.domain()
    tenant_changes.remove_domain(context.estate, domain)
    return _log(context, domain.name, GraphResponse(204))


def _note_write(context: RequestContext, thing: str, what: str, before: Any) -> None:
    context.view.lag.note_write(thing, what, before, context.view.now, timedelta(seconds=VISIBLE / context.estate.time_factor))


def _log(context: RequestContext, subject: str, response: GraphResponse) -> GraphResponse:
    """Each change is kept together with its effect."""
    context.estate.log("graph", context.operation.line, subject)
    return response
