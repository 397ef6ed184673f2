"""How the people and groups of the estate look through the pretend Graph: one getter per property that is ever set."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from adapters.lab.estate.person import CloudUser, EstatePerson, Licence, SyncedAttributes
from adapters.lab.estate.state import EntraGroup
from adapters.lab.graph.filter import filter_index
from adapters.lab.graph.query import Getter, ResourceType
from adapters.lab.graph.replication_lag import ReadView

SERVICES = {"TEAMS1": "TeamspaceAPI", "EXCHANGE_S_ENTERPRISE": "exchange"}  # everything else here is MicrosoftCommunicationsOnline


def format_time(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def visible_licences(person: EstatePerson, view: ReadView) -> tuple[Licence, ...]:
    return view.visible_value(person.id, "licences", cloud_user_of(person).licences)


def cloud_user_of(person: EstatePerson) -> CloudUser:
    if person.online is None:
        raise LookupError(f"{person.upn} is not in the cloud")
    return person.online


def _getter(get: Callable[[EstatePerson], Any]) -> Getter[EstatePerson]:
    return lambda person, _: get(person)


def _synced_getter(get: Callable[[EstatePerson, SyncedAttributes], Any]) -> Getter[EstatePerson]:
    """Only synchronised people have it."""

    def value(person: EstatePerson, _: ReadView) -> Any:
        synced = cloud_user_of(person).synced
        return get(person, synced) if synced else None

    return value


def _assigned_licences(person: EstatePerson, view: ReadView) -> list[dict[str, Any]]:
    """One entry per SKU, however many ways it came."""
    working = {licence.sku: licence for licence in visible_licences(person, view) if not licence.error}
    return [{"skuId": sku, "disabledPlans": list(licence.disabled)} for sku, licence in working.items()]


def _licence_states(person: EstatePerson, view: ReadView) -> list[dict[str, Any]]:
    return [
        {
            "skuId": licence.sku,
            "disabledPlans": list(licence.disabled),
            "assignedByGroup": licence.group or None,
            "state": "Error" if licence.error else "Active",
            "error": licence.error or "None",
            "lastUpdatedDateTime": format_time(licence.since),
        }
        for licence in visible_licences(person, view)
    ]


def _assigned_plans(person: EstatePerson, view: ReadView) -> list[dict[str, Any]]:
    return [
        {
            "assignedDateTime": format_time(licence.since),
            "capabilityStatus": "Deleted" if plan.id in licence.disabled else "Enabled",
            "service": SERVICES.get(plan.name, "MicrosoftCommunicationsOnline"),
            "servicePlanId": plan.id,
        }
        for licence in visible_licences(person, view)
        for plan in view.state.skus[licence.sku].plans
    ]


def _provisioning_errors(person: EstatePerson, _: ReadView) -> list[dict[str, Any]]:
    return [
        {"category": "PropertyConflict", "propertyCausingError": met.property, "value": met.value, "occurredDateTime": format_time(met.at)}
        for met in cloud_user_of(person).conflicts
    ]


def _service_errors(person: EstatePerson, view: ReadView) -> list[dict[str, Any]]:
    met = {
        "createdDateTime": format_time(cloud_user_of(person).changed),
        "isResolved": False,
        "serviceInstance": view.state.tenant.service_instance,
    }
    return [met for _ in cloud_user_of(person).service_errors]


def _sign_in_activity(at: datetime | None) -> dict[str, Any] | None:
    return {"lastSignInDateTime": format_time(at), "lastNonInteractiveSignInDateTime": format_time(at)} if at else None


def _ad_domain(_: EstatePerson, synced: SyncedAttributes) -> str:
    return ".".join(part[3:] for part in synced.ou.split(",") if part.upper().startswith("DC="))


def _operators(*operators: str) -> str:
    return " ".join(("eq", "in", *operators))


USER_GETTERS: dict[str, Getter[EstatePerson]] = {
    "id": _getter(lambda person: person.id),
    "userPrincipalName": _getter(lambda person: cloud_user_of(person).upn),
    "displayName": _getter(lambda person: person.display_name),
    "givenName": _getter(lambda person: person.given_name),
    "surname": _getter(lambda person: person.surname),
    "mail": _getter(lambda person: person.mail or None),
    "mailNickname": _getter(lambda person: cloud_user_of(person).upn.partition("@")[0]),
    "department": _getter(lambda person: person.department or None),
    "accountEnabled": _getter(lambda person: cloud_user_of(person).enabled),
    "userType": _getter(lambda _: "Member"),
    "usageLocation": lambda person, view: view.visible_value(person.id, "usage_location", cloud_user_of(person).usage_location) or None,
    "assignedLicenses": _assigned_licences,
    "assignedPlans": _assigned_plans,
    "licenseAssignmentStates": _licence_states,
    "imAddresses": _getter(lambda person: list(cloud_user_of(person).im_addresses)),
    "proxyAddresses": _getter(lambda person: list(cloud_user_of(person).proxy_addresses)),
    "createdDateTime": _getter(lambda person: format_time(cloud_user_of(person).created)),
    "deletedDateTime": _getter(lambda person: format_time(cloud_user_of(person).deleted)),
    "signInActivity": _getter(lambda person: _sign_in_activity(cloud_user_of(person).signed_in)),
    "onPremisesSyncEnabled": _synced_getter(lambda *_: True),
    "onPremisesImmutableId": _synced_getter(lambda person, _: person.immutable_id),
    "onPremisesSecurityIdentifier": _synced_getter(lambda person, _: person.sid),
    "onPremisesDistinguishedName": _synced_getter(lambda person, _: person.dn or None),
    "onPremisesSamAccountName": _synced_getter(lambda _, synced: synced.sam),
    "onPremisesUserPrincipalName": _synced_getter(lambda _, synced: synced.upn),
    "onPremisesDomainName": _synced_getter(_ad_domain),
    "onPremisesLastSyncDateTime": _synced_getter(lambda _, synced: format_time(synced.at)),
    "onPremisesProvisioningErrors": _provisioning_errors,
    "serviceProvisioningErrors": _service_errors,
}
_NAMES = filter_index(_operators("startswith", "ge", "le"), "ne endswith eq-null")
_DIRECTORY = filter_index("", _operators("ne", "ge", "le", "startswith", "eq-null"))
USER = ResourceType(
    name="user",
    getters=USER_GETTERS,
    defaults=(
        *("businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation"),
        *("preferredLanguage", "surname", "userPrincipalName", "id"),
    ),
    indexes={
        "id": filter_index("eq in"),
        "accountEnabled": filter_index("eq in", "ne"),
        "userType": filter_index("eq in", "ne"),
        **dict.fromkeys(("displayName", "givenName", "surname", "mail", "mailNickname", "userPrincipalName", "department"), _NAMES),
        "usageLocation": _NAMES,
        "onPremisesUserPrincipalName": _NAMES,
        "onPremisesSyncEnabled": filter_index("eq in", "ne ge le eq-null"),
        "onPremisesSecurityIdentifier": filter_index("eq in", "ne eq-null"),
        **dict.fromkeys(("onPremisesImmutableId", "onPremisesLastSyncDateTime", "onPremisesSamAccountName"), _DIRECTORY),
        "proxyAddresses": filter_index("eq ge le startswith", "endswith eq-null"),
        "imAddresses": filter_index("eq ge le startswith", "ne"),
        "assignedLicenses": filter_index("eq"),
        "assignedLicenses/$count": filter_index("", "eq ne"),
    },
    only_single=frozenset({"aboutMe", "birthday", "hireDate", "interests", "mySite", "pastProjects", "preferredName", "schools", "skills"}),
)

GROUP_GETTERS: dict[str, Getter[EntraGroup]] = {
    "id": lambda group, _: group.id,
    "displayName": lambda group, _: group.name,
    "mail": lambda group, _: group.mail or None,
    "mailEnabled": lambda group, _: bool(group.mail),
    "mailNickname": lambda group, _: group.name.replace(" ", ""),
    "securityEnabled": lambda *_: True,
    "groupTypes": lambda *_: [],
    "assignedLicenses": lambda group, _: [{"skuId": each.sku, "disabledPlans": list(each.disabled)} for each in group.licences],
}
GROUP = ResourceType(
    name="group",
    getters=GROUP_GETTERS,
    defaults=("id", "displayName", "description", "mail", "mailEnabled", "mailNickname", "securityEnabled", "groupTypes", "visibility"),
    indexes={"id": filter_index("eq in"), **dict.fromkeys(("displayName", "mail"), _NAMES)},
)
