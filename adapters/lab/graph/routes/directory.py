"""What can be read of people and groups at the pretend Graph."""

from collections.abc import Iterator
from typing import Any

from adapters.lab.estate.person import HERE, EstatePerson, Licence
from adapters.lab.estate.state import EntraGroup, ServicePlan
from adapters.lab.graph.context import RequestContext, RouteResult, is_in_cloud
from adapters.lab.graph.messages import GraphResponse, bad_request, unsupported_query
from adapters.lab.graph.query import page, page_of, short_collection
from adapters.lab.graph.routing import route
from adapters.lab.graph.serializers import GROUP, USER, format_time, visible_licences


@route("GET /users")
def users(visit: RequestContext) -> RouteResult:
    people = visit.state.people
    return page_of(USER, visit.request, visit.view, sorted(people), lambda key: people[key] if is_in_cloud(people[key]) else None)


@route("GET /users/$count")
def users_count(visit: RequestContext) -> RouteResult:
    _require_eventual(visit)
    fits = USER.object_test(visit.request, visit.view)
    return GraphResponse(body=sum(is_in_cloud(person) and fits(person) for person in visit.state.people.values()))


@route("GET /users/{user-id}")
def user(visit: RequestContext) -> RouteResult:
    return USER.single_row(visit.request, visit.person(), visit.view)


@route("GET /directory/deletedItems/graph.user")
def deleted_users(visit: RequestContext) -> RouteResult:
    people = visit.state.people
    gone = sorted(number for number, person in people.items() if person.online and person.online.deleted)
    return page_of(USER, visit.request, visit.view, gone, lambda key: people[key])


@route("GET /users/{user-id}/licenseDetails")
def licence_details(visit: RequestContext) -> RouteResult:
    skus, held = visit.state.skus, {licence.sku: licence for licence in visible_licences(visit.person(), visit.view) if not licence.error}

    def row(licence: Licence) -> dict[str, Any]:
        sku = skus[licence.sku]
        return {
            "id": sku.id,
            "skuId": sku.id,
            "skuPartNumber": sku.name,
            "servicePlans": [_plan_row(visit, licence, each) for each in sku.plans],
        }

    return short_collection(visit.request, "licenseDetails", map(row, held.values()))


@route("POST /users/{user-id}/checkMemberGroups")
def check_member_groups(visit: RequestContext) -> RouteResult:
    """Transitive."""
    asked, person = visit.body.get("groupIds"), visit.person()
    if not isinstance(asked, list) or len(asked) > 20:
        raise bad_request("The groupIds collection must be a list of at most 20 ids.")
    groups = visit.state.groups
    return {
        "value": [id_ for id_ in asked if id_ in groups and any(found == person for found in _members_at_any_depth(visit, groups[id_]))]
    }


@route("POST /directoryObjects/getByIds")
def get_by_ids(visit: RequestContext) -> RouteResult:
    asked = visit.body.get("ids")
    if not isinstance(asked, list) or len(asked) > 1000:
        raise bad_request("The ids collection must be a list of at most 1000 ids.")
    types = set(visit.body.get("types") or ("user", "group"))
    found = (_find_member(visit, id_) for id_ in asked)
    rows = [_typed_row(visit, thing) for thing in found if thing and ("group" if isinstance(thing, EntraGroup) else "user") in types]
    return {"@odata.context": f"{visit.request.root}/$metadata#directoryObjects", "value": rows}


@route("GET /groups")
def groups(visit: RequestContext) -> RouteResult:
    return page_of(GROUP, visit.request, visit.view, sorted(visit.state.groups), visit.state.groups.get)


@route("GET /groups/{group-id}")
def group(visit: RequestContext) -> RouteResult:
    return GROUP.single_row(visit.request, visit.group(), visit.view)


@route("GET /groups/{group-id}/members")
def members(visit: RequestContext) -> RouteResult:
    """People and groups mixed, told apart by their type."""
    return _mixed_page(visit, [thing for id_ in visit.group().members if (thing := _find_member(visit, id_))])


@route("GET /groups/{group-id}/transitiveMembers")
def transitive_members(visit: RequestContext) -> RouteResult:
    return _mixed_page(visit, list(_members_at_any_depth(visit, visit.group())))


@route("GET /groups/{group-id}/members/$count")
def members_count(visit: RequestContext) -> RouteResult:
    _require_eventual(visit)
    return GraphResponse(body=len(visit.group().members))


@route("GET /groups/{group-id}/members/graph.user")
def member_users(visit: RequestContext) -> RouteResult:
    """The cast to users; with any query option it needs the advanced index."""
    if visit.request.query and not visit.request.advanced:
        raise unsupported_query("The specified query requires $count=true query parameter and ConsistencyLevel:eventual header.")
    people = {id_: thing for id_ in visit.group().members if isinstance(thing := _find_member(visit, id_), EstatePerson)}
    return page_of(USER, visit.request, visit.view, sorted(people), people.get)


@route("GET /admin/teams/userConfigurations")
def user_configurations(visit: RequestContext) -> RouteResult:
    return short_collection(
        visit.request,
        "userConfigurations",
        (_teams_configuration(visit, person) for person in visit.state.people.values() if is_in_cloud(person)),
    )


@route("GET /admin/teams/userConfigurations/{teamsUserConfiguration-id}")
def user_configuration(visit: RequestContext) -> RouteResult:
    return _teams_configuration(visit, visit.person("teamsUserConfiguration_id"))


def _require_eventual(visit: RequestContext) -> None:
    if not visit.request.eventual:
        raise bad_request("$count is not currently supported.")


def _plan_row(visit: RequestContext, licence: Licence, plan: ServicePlan) -> dict[str, Any]:
    status = "Success" if visit.view.now >= licence.ready else "PendingProvisioning"
    status = "Disabled" if plan.id in licence.disabled else status
    return {"servicePlanId": plan.id, "servicePlanName": plan.name, "provisioningStatus": status, "appliesTo": "User"}


def _find_member(visit: RequestContext, id_: str) -> EstatePerson | EntraGroup | None:
    person = visit.state.person(id_)
    return person if person and is_in_cloud(person) else visit.state.groups.get(id_)


def _members_at_any_depth(visit: RequestContext, outer: EntraGroup) -> Iterator[EstatePerson | EntraGroup]:
    """Everything in a group and in the groups inside it, each once."""
    seen, waiting = {outer.id}, list(outer.members)
    while waiting:
        id_ = waiting.pop(0)
        if id_ in seen or not (thing := _find_member(visit, id_)):
            continue
        seen.add(id_)
        waiting += thing.members if isinstance(thing, EntraGroup) else ()
        yield thing


def _mixed_page(visit: RequestContext, things: list[EstatePerson | EntraGroup]) -> RouteResult:
    rows = {thing.id: _typed_row(visit, thing) for thing in things}
    return page("directoryObjects", visit.request, sorted(rows), rows.get, lambda row: row)


def _typed_row(visit: RequestContext, thing: EstatePerson | EntraGroup) -> dict[str, Any]:
    if isinstance(thing, EntraGroup):
        return GROUP.typed_row(visit.request, thing, visit.view)
    return USER.typed_row(visit.request, thing, visit.view)


def _teams_configuration(visit: RequestContext, person: EstatePerson) -> dict[str, Any]:
    online, now = person.online, visit.view.now
    assert online
    return {
        "id": person.id,
        "tenantId": visit.state.tenant.id,
        "userPrincipalName": online.upn,
        "accountType": "sfbOnPremUser" if online.hosting_provider(now) == HERE else "user",
        "featureTypes": [plan.feature for licence, plan in visit.state.plans(person) if plan.feature and plan.id not in licence.disabled],
        "isEnterpriseVoiceEnabled": online.enterprise_voice,
        "telephoneNumbers": [],
        "effectivePolicyAssignments": [],
        "createdDateTime": format_time(online.created),
        "modifiedDateTime": format_time(online.changed),
    }
