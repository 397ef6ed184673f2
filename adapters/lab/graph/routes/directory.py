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
def users(context: RequestContext) -> RouteResult:
    people = context.state.people
    return page_of(USER, context.request, context.view, sorted(people), lambda key: people[key] if is_in_cloud(people[key]) else None)


@route("GET /users/$count")
def users_count(context: RequestContext) -> RouteResult:
    _require_eventual(context)
    fits = USER.object_test(context.request, context.view)
    return GraphResponse(body=sum(is_in_cloud(person) and fits(person) for person in context.state.people.values()))


@route("GET /users/{user-id}")
def user(context: RequestContext) -> RouteResult:
    return USER.single_row(context.request, context.person(), context.view)


@route("GET /directory/deletedItems/graph.user")
def deleted_users(context: RequestContext) -> RouteResult:
    people = context.state.people
    gone = sorted(number for number, person in people.items() if person.online and person.online.deleted)
    return page_of(USER, context.request, context.view, gone, lambda key: people[key])


@route("GET /users/{user-id}/licenseDetails")
def licence_details(context: RequestContext) -> RouteResult:
    skus, held = (
        context.state.skus,
        {licence.sku: licence for licence in visible_licences(context.person(), context.view) if not licence.error},
    )

    def row(licence: Licence) -> dict[str, Any]:
        sku = skus[licence.sku]
        return {
            "id": sku.id,
            "skuId": sku.id,
            "skuPartNumber": sku.name,
            "servicePlans": [_plan_row(context, licence, each) for each in sku.plans],
        }

    return short_collection(context.request, "licenseDetails", map(row, held.values()))


@route("POST /users/{user-id}/checkMemberGroups")
def check_member_groups(context: RequestContext) -> RouteResult:
    """Transitive."""
    asked, person = context.body.get("groupIds"), context.person()
    if not isinstance(asked, list) or len(asked) > 20:
        raise bad_request("The groupIds collection must be a list of at most 20 ids.")
    groups = context.state.groups
    return {
        "value": [id_ for id_ in asked if id_ in groups and any(found == person for found in _members_at_any_depth(context, groups[id_]))]
    }


@route("POST /directoryObjects/getByIds")
def get_by_ids(context: RequestContext) -> RouteResult:
    asked = context.body.get("ids")
    if not isinstance(asked, list) or len(asked) > 1000:
        raise bad_request("The ids collection must be a list of at most 1000 ids.")
    types = set(context.body.get("types") or ("user", "group"))
    found = (_find_member(context, id_) for id_ in asked)
    rows = [_typed_row(context, thing) for thing in found if thing and ("group" if isinstance(thing, EntraGroup) else "user") in types]
    return {"@odata.context": f"{context.request.root}/$metadata#directoryObjects", "value": rows}


@route("GET /groups")
def groups(context: RequestContext) -> RouteResult:
    return page_of(GROUP, context.request, context.view, sorted(context.state.groups), context.state.groups.get)


@route("GET /groups/{group-id}")
def group(context: RequestContext) -> RouteResult:
    return GROUP.single_row(context.request, context.group(), context.view)


@route("GET /groups/{group-id}/members")
def members(context: RequestContext) -> RouteResult:
    """People and groups mixed, told apart by their type."""
    return _mixed_page(context, [thing for id_ in context.group().members if (thing := _find_member(context, id_))])


@route("GET /groups/{group-id}/transitiveMembers")
def transitive_members(context: RequestContext) -> RouteResult:
    return _mixed_page(context, list(_members_at_any_depth(context, context.group())))


@route("GET /groups/{group-id}/members/$count")
def members_count(context: RequestContext) -> RouteResult:
    _require_eventual(context)
    return GraphResponse(body=len(context.group().members))


@route("GET /groups/{group-id}/members/graph.user")
def member_users(context: RequestContext) -> RouteResult:
    """The cast to users; with any query option it needs the advanced index."""
    if context.request.query and not context.request.is_advanced:
        raise unsupported_query("The specified query requires $count=true query parameter and ConsistencyLevel:eventual header.")
    people = {id_: thing for id_ in context.group().members if isinstance(thing := _find_member(context, id_), EstatePerson)}
    return page_of(USER, context.request, context.view, sorted(people), people.get)


@route("GET /admin/teams/userConfigurations")
def user_configurations(context: RequestContext) -> RouteResult:
    return short_collection(
        context.request,
        "userConfigurations",
        (_teams_configuration(context, person) for person in context.state.people.values() if is_in_cloud(person)),
    )


@route("GET /admin/teams/userConfigurations/{teamsUserConfiguration-id}")
def user_configuration(context: RequestContext) -> RouteResult:
    return _teams_configuration(context, context.person("teamsUserConfiguration_id"))


def _require_eventual(context: RequestContext) -> None:
    if not context.request.is_eventual:
        raise bad_request("$count is not currently supported.")


def _plan_row(context: RequestContext, licence: Licence, plan: ServicePlan) -> dict[str, Any]:
    status = "Success" if context.view.now >= licence.ready else "PendingProvisioning"
    status = "Disabled" if plan.id in licence.disabled else status
    return {"servicePlanId": plan.id, "servicePlanName": plan.name, "provisioningStatus": status, "appliesTo": "User"}


def _find_member(context: RequestContext, id_: str) -> EstatePerson | EntraGroup | None:
    person = context.state.person(id_)
    return person if person and is_in_cloud(person) else context.state.groups.get(id_)


def _members_at_any_depth(context: RequestContext, outer: EntraGroup) -> Iterator[EstatePerson | EntraGroup]:
    """Everything in a group and in the groups inside it, each once."""
    seen, waiting = {outer.id}, list(outer.members)
    while waiting:
        id_ = waiting.pop(0)
        if id_ in seen or not (thing := _find_member(context, id_)):
            continue
        seen.add(id_)
        waiting += thing.members if isinstance(thing, EntraGroup) else ()
        yield thing


def _mixed_page(context: RequestContext, things: list[EstatePerson | EntraGroup]) -> RouteResult:
    rows = {thing.id: _typed_row(context, thing) for thing in things}
    return page("directoryObjects", context.request, sorted(rows), rows.get, lambda row: row)


def _typed_row(context: RequestContext, thing: EstatePerson | EntraGroup) -> dict[str, Any]:
    if isinstance(thing, EntraGroup):
        return GROUP.typed_row(context.request, thing, context.view)
    return USER.typed_row(context.request, thing, context.view)


def _teams_configuration(context: RequestContext, person: EstatePerson) -> dict[str, Any]:
    online, now = person.online, context.view.now
    assert online
    return {
        "id": person.id,
        "tenantId": context.state.tenant.id,
        "userPrincipalName": online.upn,
        "accountType": "sfbOnPremUser" if online.hosting_provider(now) == HERE else "user",
        "featureTypes": [plan.feature for licence, plan in context.state.plans(person) if plan.feature and plan.id not in licence.disabled],
        "isEnterpriseVoiceEnabled": online.enterprise_voice,
        "telephoneNumbers": [],
        "effectivePolicyAssignments": [],
        "createdDateTime": format_time(online.created),
        "modifiedDateTime": format_time(online.changed),
    }
