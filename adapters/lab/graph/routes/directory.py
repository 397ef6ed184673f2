"""What can be read of people and groups at the pretend Graph."""

from collections.abc import Iterator
from typing import Any

from adapters.lab.estate.person import HERE, Licence, Person
from adapters.lab.estate.state import Group, ServicePlan
from adapters.lab.graph.context import Answered, Visit, is_there
from adapters.lab.graph.messages import Told, bad, unsupported
from adapters.lab.graph.query import page, page_of, whole
from adapters.lab.graph.routing import route
from adapters.lab.graph.serializers import GROUP, USER, licences, stamp


@route("GET /users")
def users(visit: Visit) -> Answered:
    people = visit.world.people
    return page_of(USER, visit.asked, visit.moment, sorted(people), lambda key: people[key] if is_there(people[key]) else None)


@route("GET /users/$count")
def users_count(visit: Visit) -> Answered:
    _only_eventual(visit)
    fits = USER.test(visit.asked, visit.moment)
    return Told(body=sum(is_there(person) and fits(person) for person in visit.world.people.values()))


@route("GET /users/{user-id}")
def user(visit: Visit) -> Answered:
    return USER.one(visit.asked, visit.person(), visit.moment)


@route("GET /directory/deletedItems/graph.user")
def deleted_users(visit: Visit) -> Answered:
    people = visit.world.people
    gone = sorted(number for number, person in people.items() if person.online and person.online.deleted)
    return page_of(USER, visit.asked, visit.moment, gone, lambda key: people[key])


@route("GET /users/{user-id}/licenseDetails")
def licence_details(visit: Visit) -> Answered:
    skus, held = visit.world.skus, {licence.sku: licence for licence in licences(visit.person(), visit.moment) if not licence.error}

    def row(licence: Licence) -> dict[str, Any]:
        sku = skus[licence.sku]
        return {
            "id": sku.id,
            "skuId": sku.id,
            "skuPartNumber": sku.name,
            "servicePlans": [_plan(visit, licence, each) for each in sku.plans],
        }

    return whole(visit.asked, "licenseDetails", map(row, held.values()))


@route("POST /users/{user-id}/checkMemberGroups")
def check_member_groups(visit: Visit) -> Answered:
    """Transitive."""
    asked, person = visit.body.get("groupIds"), visit.person()
    if not isinstance(asked, list) or len(asked) > 20:
        raise bad("The groupIds collection must be a list of at most 20 ids.")
    groups = visit.world.groups
    return {"value": [id_ for id_ in asked if id_ in groups and any(found == person for found in _inside(visit, groups[id_]))]}


@route("POST /directoryObjects/getByIds")
def get_by_ids(visit: Visit) -> Answered:
    asked = visit.body.get("ids")
    if not isinstance(asked, list) or len(asked) > 1000:
        raise bad("The ids collection must be a list of at most 1000 ids.")
    types = set(visit.body.get("types") or ("user", "group"))
    found = (_thing(visit, id_) for id_ in asked)
    rows = [_typed(visit, thing) for thing in found if thing and ("group" if isinstance(thing, Group) else "user") in types]
    return {"@odata.context": f"{visit.asked.root}/$metadata#directoryObjects", "value": rows}


@route("GET /groups")
def groups(visit: Visit) -> Answered:
    return page_of(GROUP, visit.asked, visit.moment, sorted(visit.world.groups), visit.world.groups.get)


@route("GET /groups/{group-id}")
def group(visit: Visit) -> Answered:
    return GROUP.one(visit.asked, visit.group(), visit.moment)


@route("GET /groups/{group-id}/members")
def members(visit: Visit) -> Answered:
    """People and groups mixed, told apart by their type."""
    return _mixed(visit, [thing for id_ in visit.group().members if (thing := _thing(visit, id_))])


@route("GET /groups/{group-id}/transitiveMembers")
def transitive_members(visit: Visit) -> Answered:
    return _mixed(visit, list(_inside(visit, visit.group())))


@route("GET /groups/{group-id}/members/$count")
def members_count(visit: Visit) -> Answered:
    _only_eventual(visit)
    return Told(body=len(visit.group().members))


@route("GET /groups/{group-id}/members/graph.user")
def member_users(visit: Visit) -> Answered:
    """The cast to users; with any query option it needs the advanced index."""
    if visit.asked.query and not visit.asked.advanced:
        raise unsupported("The specified query requires $count=true query parameter and ConsistencyLevel:eventual header.")
    people = {id_: thing for id_ in visit.group().members if isinstance(thing := _thing(visit, id_), Person)}
    return page_of(USER, visit.asked, visit.moment, sorted(people), people.get)


@route("GET /admin/teams/userConfigurations")
def user_configurations(visit: Visit) -> Answered:
    return whole(visit.asked, "userConfigurations", (_teams(visit, person) for person in visit.world.people.values() if is_there(person)))


@route("GET /admin/teams/userConfigurations/{teamsUserConfiguration-id}")
def user_configuration(visit: Visit) -> Answered:
    return _teams(visit, visit.person("teamsUserConfiguration_id"))


def _only_eventual(visit: Visit) -> None:
    if not visit.asked.eventual:
        raise bad("$count is not currently supported.")


def _plan(visit: Visit, licence: Licence, plan: ServicePlan) -> dict[str, Any]:
    status = "Success" if visit.moment.now >= licence.ready else "PendingProvisioning"
    status = "Disabled" if plan.id in licence.disabled else status
    return {"servicePlanId": plan.id, "servicePlanName": plan.name, "provisioningStatus": status, "appliesTo": "User"}


def _thing(visit: Visit, id_: str) -> Person | Group | None:
    person = visit.world.person(id_)
    return person if person and is_there(person) else visit.world.groups.get(id_)


def _inside(visit: Visit, outer: Group) -> Iterator[Person | Group]:
    """Everything in a group and in the groups inside it, each once."""
    seen, waiting = {outer.id}, list(outer.members)
    while waiting:
        id_ = waiting.pop(0)
        if id_ in seen or not (thing := _thing(visit, id_)):
            continue
        seen.add(id_)
        waiting += thing.members if isinstance(thing, Group) else ()
        yield thing


def _mixed(visit: Visit, things: list[Person | Group]) -> Answered:
    rows = {thing.id: _typed(visit, thing) for thing in things}
    return page("directoryObjects", visit.asked, sorted(rows), rows.get, lambda row: row)


def _typed(visit: Visit, thing: Person | Group) -> dict[str, Any]:
    if isinstance(thing, Group):
        return GROUP.typed(visit.asked, thing, visit.moment)
    return USER.typed(visit.asked, thing, visit.moment)


def _teams(visit: Visit, person: Person) -> dict[str, Any]:
    online, now = person.online, visit.moment.now
    assert online
    return {
        "id": person.id,
        "tenantId": visit.world.tenant.id,
        "userPrincipalName": online.upn,
        "accountType": "sfbOnPremUser" if online.hosting_provider(now) == HERE else "user",
        "featureTypes": [plan.feature for licence, plan in visit.world.plans(person) if plan.feature and plan.id not in licence.disabled],
        "isEnterpriseVoiceEnabled": online.enterprise_voice,
        "telephoneNumbers": [],
        "effectivePolicyAssignments": [],
        "createdDateTime": stamp(online.created),
        "modifiedDateTime": stamp(online.changed),
    }
