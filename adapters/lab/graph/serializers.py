"""How the people and groups of the estate look through the pretend Graph: one getter per property that is ever set."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from adapters.lab.estate.person import Licence, Online, Person, Synced
from adapters.lab.estate.state import Group
from adapters.lab.graph.filter import index
from adapters.lab.graph.query import Getter, Kind
from adapters.lab.graph.replication_lag import Moment

SERVICES = {"TEAMS1": "TeamspaceAPI", "EXCHANGE_S_ENTERPRISE": "exchange"}  # everything else here is MicrosoftCommunicationsOnline


def stamp(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def licences(person: Person, moment: Moment) -> tuple[Licence, ...]:
    return moment.seen(person.id, "licences", online(person).licences)


def online(person: Person) -> Online:
    if person.online is None:
        raise LookupError(f"{person.upn} is not in the cloud")
    return person.online


def _of(get: Callable[[Person], Any]) -> Getter[Person]:
    return lambda person, _: get(person)


def _synced(get: Callable[[Person, Synced], Any]) -> Getter[Person]:
    """Only synchronised people have it."""

    def got(person: Person, _: Moment) -> Any:
        synced = online(person).synced
        return get(person, synced) if synced else None

    return got


def _assigned(person: Person, moment: Moment) -> list[dict[str, Any]]:
    """One entry per SKU, however many ways it came."""
    working = {licence.sku: licence for licence in licences(person, moment) if not licence.error}
    return [{"skuId": sku, "disabledPlans": list(licence.disabled)} for sku, licence in working.items()]


def _states(person: Person, moment: Moment) -> list[dict[str, Any]]:
    return [
        {
            "skuId": licence.sku,
            "disabledPlans": list(licence.disabled),
            "assignedByGroup": licence.group or None,
            "state": "Error" if licence.error else "Active",
            "error": licence.error or "None",
            "lastUpdatedDateTime": stamp(licence.since),
        }
        for licence in licences(person, moment)
    ]


def _plans(person: Person, moment: Moment) -> list[dict[str, Any]]:
    return [
        {
            "assignedDateTime": stamp(licence.since),
            "capabilityStatus": "Deleted" if plan.id in licence.disabled else "Enabled",
            "service": SERVICES.get(plan.name, "MicrosoftCommunicationsOnline"),
            "servicePlanId": plan.id,
        }
        for licence in licences(person, moment)
        for plan in moment.world.skus[licence.sku].plans
    ]


def _conflicts(person: Person, _: Moment) -> list[dict[str, Any]]:
    return [
        {"category": "PropertyConflict", "propertyCausingError": met.property, "value": met.value, "occurredDateTime": stamp(met.at)}
        for met in online(person).conflicts
    ]


def _service_errors(person: Person, moment: Moment) -> list[dict[str, Any]]:
    met = {"createdDateTime": stamp(online(person).changed), "isResolved": False, "serviceInstance": moment.world.tenant.service_instance}
    return [met for _ in online(person).service_errors]


def _signed_in(at: datetime | None) -> dict[str, Any] | None:
    return {"lastSignInDateTime": stamp(at), "lastNonInteractiveSignInDateTime": stamp(at)} if at else None


def _ad_domain(_: Person, synced: Synced) -> str:
    return ".".join(part[3:] for part in synced.ou.split(",") if part.upper().startswith("DC="))


def _accepted(*operators: str) -> str:
    return " ".join(("eq", "in", *operators))


USER_GETTERS: dict[str, Getter[Person]] = {
    "id": _of(lambda person: person.id),
    "userPrincipalName": _of(lambda person: online(person).upn),
    "displayName": _of(lambda person: person.display_name),
    "givenName": _of(lambda person: person.given_name),
    "surname": _of(lambda person: person.surname),
    "mail": _of(lambda person: person.mail or None),
    "mailNickname": _of(lambda person: online(person).upn.partition("@")[0]),
    "department": _of(lambda person: person.department or None),
    "accountEnabled": _of(lambda person: online(person).enabled),
    "userType": _of(lambda _: "Member"),
    "usageLocation": lambda person, moment: moment.seen(person.id, "usage_location", online(person).usage_location) or None,
    "assignedLicenses": _assigned,
    "assignedPlans": _plans,
    "licenseAssignmentStates": _states,
    "imAddresses": _of(lambda person: list(online(person).im_addresses)),
    "proxyAddresses": _of(lambda person: list(online(person).proxy_addresses)),
    "createdDateTime": _of(lambda person: stamp(online(person).created)),
    "deletedDateTime": _of(lambda person: stamp(online(person).deleted)),
    "signInActivity": _of(lambda person: _signed_in(online(person).signed_in)),
    "onPremisesSyncEnabled": _synced(lambda *_: True),
    "onPremisesImmutableId": _synced(lambda person, _: person.immutable_id),
    "onPremisesSecurityIdentifier": _synced(lambda person, _: person.sid),
    "onPremisesDistinguishedName": _synced(lambda person, _: person.dn or None),
    "onPremisesSamAccountName": _synced(lambda _, synced: synced.sam),
    "onPremisesUserPrincipalName": _synced(lambda _, synced: synced.upn),
    "onPremisesDomainName": _synced(_ad_domain),
    "onPremisesLastSyncDateTime": _synced(lambda _, synced: stamp(synced.at)),
    "onPremisesProvisioningErrors": _conflicts,
    "serviceProvisioningErrors": _service_errors,
}
_NAMES = index(_accepted("startswith", "ge", "le"), "ne endswith eq-null")
_DIRECTORY = index("", _accepted("ne", "ge", "le", "startswith", "eq-null"))
USER = Kind(
    "user",
    USER_GETTERS,
    defaults=(
        *("businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation"),
        *("preferredLanguage", "surname", "userPrincipalName", "id"),
    ),
    indexes={
        "id": index("eq in"),
        "accountEnabled": index("eq in", "ne"),
        "userType": index("eq in", "ne"),
        **dict.fromkeys(("displayName", "givenName", "surname", "mail", "mailNickname", "userPrincipalName", "department"), _NAMES),
        "usageLocation": _NAMES,
        "onPremisesUserPrincipalName": _NAMES,
        "onPremisesSyncEnabled": index("eq in", "ne ge le eq-null"),
        "onPremisesSecurityIdentifier": index("eq in", "ne eq-null"),
        **dict.fromkeys(("onPremisesImmutableId", "onPremisesLastSyncDateTime", "onPremisesSamAccountName"), _DIRECTORY),
        "proxyAddresses": index("eq ge le startswith", "endswith eq-null"),
        "imAddresses": index("eq ge le startswith", "ne"),
        "assignedLicenses": index("eq"),
        "assignedLicenses/$count": index("", "eq ne"),
    },
    only_single=frozenset({"aboutMe", "birthday", "hireDate", "interests", "mySite", "pastProjects", "preferredName", "schools", "skills"}),
)

GROUP_GETTERS: dict[str, Getter[Group]] = {
    "id": lambda group, _: group.id,
    "displayName": lambda group, _: group.name,
    "mail": lambda group, _: group.mail or None,
    "mailEnabled": lambda group, _: bool(group.mail),
    "mailNickname": lambda group, _: group.name.replace(" ", ""),
    "securityEnabled": lambda *_: True,
    "groupTypes": lambda *_: [],
    "assignedLicenses": lambda group, _: [{"skuId": each.sku, "disabledPlans": list(each.disabled)} for each in group.licences],
}
GROUP = Kind(
    "group",
    GROUP_GETTERS,
    defaults=("id", "displayName", "description", "mail", "mailEnabled", "mailNickname", "securityEnabled", "groupTypes", "visibility"),
    indexes={"id": index("eq in"), **dict.fromkeys(("displayName", "mail"), _NAMES)},
)
