"""What can be read of the tenant at the pretend Graph: organisation, subscriptions, domains, service principals."""

import base64
from collections.abc import Iterator
from typing import Any

from adapters.lab.estate.state import Domain, ServicePrincipal
from adapters.lab.graph.context import RequestContext, RouteResult, is_in_cloud
from adapters.lab.graph.messages import not_found
from adapters.lab.graph.query import page, short_collection, single_object
from adapters.lab.graph.routing import route
from adapters.lab.graph.serializers import USER, cloud_user_of, format_time

KIND = "#microsoft.graph.domainDns"


@route("GET /organization")
def organization(context: RequestContext) -> RouteResult:
    tenant, world = context.state.tenant, context.state
    row = {
        "id": tenant.id,
        "displayName": tenant.name,
        "countryLetterCode": tenant.country,
        "defaultUsageLocation": tenant.country,
        "onPremisesSyncEnabled": tenant.sync_enabled or None,
        "onPremisesLastSyncDateTime": format_time(tenant.last_sync),
        "assignedPlans": [],
        "verifiedDomains": [
            {"name": domain.name, "isDefault": domain.default, "isInitial": domain.initial, "type": domain.authentication}
            for domain in world.domains.values()
            if domain.verified
        ],
    }
    return short_collection(context.request, "organization", [row])


@route("GET /subscribedSkus")
def subscribed_skus(context: RequestContext) -> RouteResult:
    rows = (
        {
            "id": f"{context.state.tenant.id}_{sku.id}",
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
        for sku in context.state.skus.values()
    )
    return short_collection(context.request, "subscribedSkus", rows)


@route("GET /domains")
def domains(context: RequestContext) -> RouteResult:
    there = (domain for domain in context.state.domains.values() if context.view.visible_value(domain.name, "exists", True))
    return short_collection(context.request, "domains", (domain_row(context, domain) for domain in there))


@route("GET /domains/{domain-id}")
def domain(context: RequestContext) -> RouteResult:
    return single_object(context.request, "domains", domain_row(context, context.domain()))


def domain_row(context: RequestContext, domain: Domain) -> dict[str, Any]:
    verified = context.view.visible_value(domain.name, "verified", domain.verified)
    parents = (name for name, known in context.state.domains.items() if known.verified)
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
def verification_records(context: RequestContext) -> RouteResult:
    domain = context.domain()
    common = {"isOptional": False, "label": domain.name, "supportedService": "Email", "ttl": 3600}
    txt = {"@odata.type": f"{KIND}TxtRecord", "id": f"{domain.name}-txt", "recordType": "Txt", "text": domain.text, **common}
    exchange = f"{domain.text.removeprefix('MS=')}.msv1.invalid"
    mx = {"@odata.type": f"{KIND}MxRecord", "id": f"{domain.name}-mx", "recordType": "Mx", "mailExchange": exchange, "preference": 32767}
    return short_collection(context.request, f"domains('{domain.name}')/verificationDnsRecords", [txt, {**mx, **common}])


@route("GET /domains/{domain-id}/serviceConfigurationRecords")
def service_records(context: RequestContext) -> RouteResult:
    """The cloud's idea of the DNS records; in a hybrid they must not be published yet."""
    name = context.domain().name
    return short_collection(context.request, f"domains('{name}')/serviceConfigurationRecords", _service_records(name))


@route("GET /domains/{domain-id}/domainNameReferences")
def name_references(context: RequestContext) -> RouteResult:
    name = context.domain().name
    using = {
        person.id: person for person in context.state.people.values() if is_in_cloud(person) and cloud_user_of(person).has_address_in(name)
    }
    return page(
        "directoryObjects", context.request, sorted(using), using.get, lambda found: USER.typed_row(context.request, found, context.view)
    )


@route("GET /servicePrincipals(appId='{appId}')")
def principal_by_app(context: RequestContext) -> RouteResult:
    found = context.state.principals.get(context.path_id("appId"))
    if found is None:
        raise not_found(context.path_id("appId"))
    return _principal_row(context, found)


@route("GET /servicePrincipals/{servicePrincipal-id}")
def principal(context: RequestContext) -> RouteResult:
    asked = context.path_id("servicePrincipal_id")
    found = next((known for known in context.state.principals.values() if known.id == asked), None)
    if found is None:
        raise not_found(asked)
    return _principal_row(context, found)


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


def _principal_row(context: RequestContext, found: ServicePrincipal) -> RouteResult:
    """`key` itself is returned only when it is selected."""
    keys = [
        {
            "keyId": key.id,
            "displayName": key.name,
            "customKeyIdentifier": base64.b64encode(bytes.fromhex(key.thumbprint)).decode(),
            "startDateTime": format_time(key.starts),
            "endDateTime": format_time(key.ends),
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
    return single_object(context.request, "servicePrincipals", row)
