"""What can be read of the tenant at the pretend Graph: organisation, subscriptions, domains, service principals."""

import base64
from collections.abc import Iterator
from typing import Any

from adapters.lab.estate.state import Domain, ServicePrincipal
from adapters.lab.graph.context import Answered, Visit, is_there
from adapters.lab.graph.messages import unknown
from adapters.lab.graph.query import page, single, whole
from adapters.lab.graph.routing import route
from adapters.lab.graph.serializers import USER, online, stamp

KIND = "#microsoft.graph.domainDns"


@route("GET /organization")
def organization(visit: Visit) -> Answered:
    tenant, world = visit.world.tenant, visit.world
    row = {
        "id": tenant.id,
        "displayName": tenant.name,
        "countryLetterCode": tenant.country,
        "defaultUsageLocation": tenant.country,
        "onPremisesSyncEnabled": tenant.sync_enabled or None,
        "onPremisesLastSyncDateTime": stamp(tenant.last_sync),
        "assignedPlans": [],
        "verifiedDomains": [
            {"name": domain.name, "isDefault": domain.default, "isInitial": domain.initial, "type": domain.authentication}
            for domain in world.domains.values()
            if domain.verified
        ],
    }
    return whole(visit.asked, "organization", [row])


@route("GET /subscribedSkus")
def subscribed_skus(visit: Visit) -> Answered:
    rows = (
        {
            "id": f"{visit.world.tenant.id}_{sku.id}",
            "skuId": sku.id,
            "skuPartNumber": sku.name,
            "capabilityStatus": "Enabled",
            "appliesTo": "User",
            "consumedUnits": sku.consumed,
            "prepaidUnits": {"enabled": sku.units, "suspended": 0, "warning": 0, "lockedOut": 0},
            "servicePlans": [
                {"servicePlanId": plan.id, "servicePlanName": plan.name, "provisioningStatus": "Success", "appliesTo": "User"}
                for plan in sku.plans
            ],
        }
        for sku in visit.world.skus.values()
    )
    return whole(visit.asked, "subscribedSkus", rows)


@route("GET /domains")
def domains(visit: Visit) -> Answered:
    there = (domain for domain in visit.world.domains.values() if visit.moment.seen(domain.name, "exists", True))
    return whole(visit.asked, "domains", (domain_row(visit, domain) for domain in there))


@route("GET /domains/{domain-id}")
def domain(visit: Visit) -> Answered:
    return single(visit.asked, "domains", domain_row(visit, visit.domain()))


def domain_row(visit: Visit, domain: Domain) -> dict[str, Any]:
    verified = visit.moment.seen(domain.name, "verified", domain.verified)
    parents = (name for name, known in visit.world.domains.items() if known.verified)
    return {
        "id": domain.name,
        "authenticationType": domain.authentication,
        "availabilityStatus": None,
        "isAdminManaged": True,
        "isDefault": domain.default,
        "isInitial": domain.initial,
        "isRoot": verified and not any(domain.name.endswith(f".{parent}") for parent in parents),
        "isVerified": verified,
        "supportedServices": list(domain.services) if verified else [],
        "passwordValidityPeriodInDays": None,
        "passwordNotificationWindowInDays": None,
        "state": None,
    }


@route("GET /domains/{domain-id}/verificationDnsRecords")
def verification_records(visit: Visit) -> Answered:
    domain = visit.domain()
    common = {"isOptional": False, "label": domain.name, "supportedService": "Email", "ttl": 3600}
    txt = {"@odata.type": f"{KIND}TxtRecord", "id": f"{domain.name}-txt", "recordType": "Txt", "text": domain.text, **common}
    exchange = f"{domain.text.removeprefix('MS=')}.msv1.invalid"
    mx = {"@odata.type": f"{KIND}MxRecord", "id": f"{domain.name}-mx", "recordType": "Mx", "mailExchange": exchange, "preference": 32767}
    return whole(visit.asked, f"domains('{domain.name}')/verificationDnsRecords", [txt, {**mx, **common}])


@route("GET /domains/{domain-id}/serviceConfigurationRecords")
def service_records(visit: Visit) -> Answered:
    """The cloud's idea of the DNS records; in a hybrid they must not be published yet."""
    name = visit.domain().name
    return whole(visit.asked, f"domains('{name}')/serviceConfigurationRecords", _service_records(name))


@route("GET /domains/{domain-id}/domainNameReferences")
def name_references(visit: Visit) -> Answered:
    name = visit.domain().name
    using = {person.id: person for person in visit.world.people.values() if is_there(person) and online(person).uses(name)}
    return page("directoryObjects", visit.asked, sorted(using), using.get, lambda found: USER.typed(visit.asked, found, visit.moment))


@route("GET /servicePrincipals(appId='{appId}')")
def principal_by_app(visit: Visit) -> Answered:
    found = visit.world.principals.get(visit.id("appId"))
    if found is None:
        raise unknown(visit.id("appId"))
    return _principal(visit, found)


@route("GET /servicePrincipals/{servicePrincipal-id}")
def principal(visit: Visit) -> Answered:
    asked = visit.id("servicePrincipal_id")
    found = next((known for known in visit.world.principals.values() if known.id == asked), None)
    if found is None:
        raise unknown(asked)
    return _principal(visit, found)


def _service_records(name: str) -> Iterator[dict[str, Any]]:
    common = {"isOptional": False, "supportedService": "OfficeCommunicationsOnline", "ttl": 3600}
    for host, target in (("sip", "sipdir.online.lync.com"), ("lyncdiscover", "webdir.online.lync.com")):
        cname = {"@odata.type": f"{KIND}CnameRecord", "id": f"{name}-{host}", "recordType": "CName", "label": f"{host}.{name}"}
        yield {**cname, "canonicalName": target, **common}
    services = (("_sip", "_tls", 443, "sipdir.online.lync.com"), ("_sipfederationtls", "_tcp", 5061, "sipfed.online.lync.com"))
    for service, protocol, port, target in services:
        srv = {"@odata.type": f"{KIND}SrvRecord", "id": f"{name}-{service}", "recordType": "Srv", "label": f"{service}.{protocol}.{name}"}
        where = {"service": service, "protocol": protocol, "port": port, "priority": 100, "weight": 1, "nameTarget": target}
        yield {**srv, **where, **common}


def _principal(visit: Visit, found: ServicePrincipal) -> Answered:
    """`key` itself is returned only when it is selected."""
    keys = [
        {
            "keyId": key.id,
            "displayName": key.name,
            "customKeyIdentifier": base64.b64encode(bytes.fromhex(key.thumbprint)).decode(),
            "startDateTime": stamp(key.starts),
            "endDateTime": stamp(key.ends),
            "type": "AsymmetricX509Cert",
            "usage": "Verify",
            "key": None,
        }
        for key in found.keys
    ]
    row = {
        "id": found.id,
        "appId": found.app_id,
        "displayName": found.name,
        "servicePrincipalNames": list(found.names),
        "keyCredentials": keys,
    }
    return single(visit.asked, "servicePrincipals", row)
