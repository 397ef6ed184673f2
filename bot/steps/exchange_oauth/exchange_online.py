"""The trust of Exchange on premises with Exchange Online.

https://learn.microsoft.com/exchange/configure-oauth-authentication-between-exchange-and-exchange-online-organizations-exchange-2013-help
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from bot.calls import ManualAction, Value
from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.exchange import (
    AcceptedDomain,
    AuthConfig,
    AuthServer,
    ExchangeCertificate,
    IntraOrganizationConfiguration,
    IntraOrganizationConnector,
    OAuthTest,
    PartnerApplication,
)
from bot.facts.mailboxes import SampleMailbox
from bot.i18n import LocalizedText, label, say
from bot.reader.tolerant import all_or_failure
from bot.step import Finding, Fine, Obstacle, Reason, Unclear
from bot.steps.exchange_oauth import commands
from bot.steps.exchange_oauth.trust import (
    EXCHANGE_ONLINE,
    check_certificate,
    check_key_in_cloud,
    check_names_in_cloud,
    check_proof,
    decide_by_fact,
    name_taken,
    prefer_enabled,
    unread,
)

CERTIFICATE, KEY, NAMES = (
    label("certificate of Exchange"),
    label("certificate of Exchange in the cloud"),
    label("names of Exchange in the cloud"),
)
DOMAINS, HYBRID = label("accepted domains"), label("hybrid organisation of Exchange")
PARTNER, CONNECTOR = label("Exchange Online as partner application"), label("connector to Exchange Online")
ACS, STS = label("auth server for servers"), label("auth server for people")
NO_DEFAULT = Reason(say("no accepted domain is the default one"), say("make one the default (Set-AcceptedDomain -MakeDefault)"))
RENEW = say("renew it: MonitorExchangeAuthCertificate.ps1 checks and renews")
WIZARD = say("run the Hybrid Configuration Wizard on an Exchange server")
IGNORED = "has no mailbox associated with it"  # Microsoft's page: may be ignored
PATIENCE = say(
    "Nothing more has to be set. Exchange reads new settings within hours; iisreset on the Exchange servers shortens it. "
    "The test is made again every few minutes."
)


async def check_exchange_online(read: Reader, person: str) -> list[Finding]:
    """Exchange on premises and Exchange Online trust each other."""
    settings = await check_settings(read)
    return [*settings, await check_proof(settings, lambda: run_test(read, person), PATIENCE)]


async def check_settings(read: Reader) -> list[Finding]:
    """All but the test. Without a coexistence domain nothing else can be named."""
    domains, cloud = await check_accepted_domains(read), await read(Cloud)
    config, endpoints = await asyncio.gather(check_certificate_of_exchange(read), all_or_failure(read, IntraOrganizationConfiguration))
    if isinstance(endpoints, ReadFailure):
        return [domains, config[0], unread(HYBRID, endpoints)]
    here = endpoints[0] if endpoints else IntraOrganizationConfiguration()
    if not here.online_target_address:
        return [domains, config[0], Obstacle(HYBRID, (Reason(say("no coexistence domain (….mail.onmicrosoft.com) is known"), WIZARD),))]
    hybrid = Fine(HYBRID, say("the coexistence domain is {domain}", domain=here.online_target_address))
    return [domains, config[0], hybrid, *await _check_online_objects(read, cloud, here), *await _check_cloud(read, here, config)]


def default_domain(found: Sequence[AcceptedDomain]) -> str:
    """The mail domain of new addresses; empty = there is none."""
    return next((one.domain_name for one in found if one.default), "")


async def check_accepted_domains(read: Reader) -> Finding:
    def decide(found: Sequence[AcceptedDomain]) -> Finding:
        wild = ", ".join(one.domain_name for one in found if "*" in one.domain_name)
        if wild:
            why = say("a wildcard is not supported (event 32054): {names}", names=wild)
            return Obstacle(DOMAINS, (Reason(why, say("accept each mail domain by its name (New-AcceptedDomain)")),))
        return Fine(DOMAINS, say("each stands there by its name"))

    return await decide_by_fact(read, DOMAINS, AcceptedDomain, decide)


ExchangeCertificateCheck = tuple[Finding, str, ExchangeCertificate | None]


async def check_certificate_of_exchange(read: Reader) -> ExchangeCertificateCheck:
    """What is to be said of it, its thumbprint, and itself where it was found."""
    configs, certificates = await asyncio.gather(all_or_failure(read, AuthConfig), all_or_failure(read, ExchangeCertificate))
    if isinstance(configs, ReadFailure) or isinstance(certificates, ReadFailure):
        return unread(CERTIFICATE, next(one for one in (configs, certificates) if isinstance(one, ReadFailure))), "", None
    thumbprint = configs[0].current_certificate_thumbprint
    here = next((one for one in certificates if one.thumbprint.lower() == thumbprint.lower()), None)
    if here is None:
        why = say("{thumbprint} is not on the Exchange server", thumbprint=thumbprint or "-")
        return Obstacle(CERTIFICATE, (Reason(why, RENEW),)), thumbprint, None
    found = await check_certificate(read, CERTIFICATE, thumbprint, here.not_after, RENEW)
    if isinstance(found, Fine):
        found = replace(found, notes=(*found.notes, *_note_next_certificate(configs[0])))
    return found, thumbprint, here


def _note_next_certificate(config: AuthConfig) -> Iterator[LocalizedText]:
    if config.next_certificate_thumbprint:
        day = config.next_certificate_effective_date
        told = {"thumbprint": config.next_certificate_thumbprint, "day": day.date().isoformat() if day else "?"}
        yield say("the next one, {thumbprint}, takes over on {day}: it has to be uploaded too before that", **told)


async def _check_online_objects(read: Reader, cloud: Cloud, here: IntraOrganizationConfiguration) -> list[Finding]:
    domain = here.online_target_address
    acs = f"{cloud.access_control}/{domain}/metadata/json/1"
    sts = f"{cloud.federation_metadata}/{domain}/federationmetadata/2007-06/federationmetadata.xml"
    return [
        await decide_by_fact(read, PARTNER, PartnerApplication, _partner),
        await decide_by_fact(read, ACS, AuthServer, _auth_server(ACS, "WindowsAzureACS", acs, {})),
        await decide_by_fact(read, STS, AuthServer, _auth_server(STS, "evoSTS", sts, {"Type": "AzureAD"})),
        await decide_by_fact(read, CONNECTOR, IntraOrganizationConnector, _connector(cloud, domain)),
    ]


def _partner(found: Sequence[PartnerApplication]) -> Finding:
    here = prefer_enabled(one for one in found if one.application_identifier == EXCHANGE_ONLINE and not one.realm)
    if here is None:
        return Obstacle(PARTNER, (Reason(say("Exchange has no entry for it"), WIZARD),))
    if here.enabled:
        return Fine(PARTNER, say("{name} is enabled", name=here.name))
    return commands.enable(PARTNER, "PartnerApplication", here.identity, here.name)


def _auth_server(subject: str, name: str, url: str, more: dict[str, Value]) -> Callable[[Sequence[AuthServer]], Finding]:
    """The one of that host will do, whatever it is called."""
    host = urlsplit(url).hostname

    def decide(found: Sequence[AuthServer]) -> Finding:
        here = prefer_enabled(one for one in found if urlsplit(one.auth_metadata_url).hostname == host)
        other = next((one for one in found if one.identity.lower() == name.lower()), None)
        if here is None and other:
            return name_taken(subject, name, other.auth_metadata_url, url)
        if here is None:
            return commands.create_in_exchange(subject, "AuthServer", name, {"AuthMetadataUrl": url, **more})
        if here.enabled:
            return Fine(subject, say("{name} is enabled", name=here.identity))
        return commands.enable(subject, "AuthServer", here.identity, here.identity)

    return decide


def _connector(cloud: Cloud, domain: str) -> Callable[[Sequence[IntraOrganizationConnector]], Finding]:
    name, noun = "ExchangeHybridOnPremisesToOnline", "IntraOrganizationConnector"
    way_back = say("its counterpart ExchangeHybridOnlineToOnPremises in Exchange Online cannot be seen from here: look there")

    def decide(found: Sequence[IntraOrganizationConnector]) -> Finding:
        here = prefer_enabled(one for one in found if domain.lower() in map(str.lower, one.target_address_domains))
        other = next((one for one in found if one.identity.lower() == name.lower()), None)
        if here and here.enabled:
            return Fine(CONNECTOR, say("{name} is enabled", name=here.identity), (way_back,))
        if here:
            return commands.enable(CONNECTOR, noun, here.identity, here.identity, (way_back,))
        if other:
            return name_taken(CONNECTOR, name, ", ".join(other.target_address_domains), domain)
        endpoint = f"{cloud.exchange_online}/autodiscover/autodiscover.svc"
        return commands.create_in_exchange(
            CONNECTOR, noun, name, {"DiscoveryEndpoint": endpoint, "TargetAddressDomains": (domain,)}, (way_back,)
        )

    return decide


async def _check_cloud(read: Reader, here: IntraOrganizationConfiguration, config: ExchangeCertificateCheck) -> list[Finding]:
    hosts = [urlsplit(url).hostname for url in (here.on_premise_web_service_endpoint, here.on_premise_discovery_endpoint)]
    wanted = dict.fromkeys(f"https://{host}/" for host in hosts) if all(hosts) else ()
    names = await check_names_in_cloud(read, NAMES, EXCHANGE_ONLINE, tuple(wanted))
    servers = await all_or_failure(read, AuthServer)
    if isinstance(servers, ReadFailure):
        return [names, unread(KEY, servers)]
    dedicated = [one.application_identifier for one in servers if one.application_identifier]
    return [names, await check_key(read, (EXCHANGE_ONLINE, *dedicated), config, commands.run_hybrid_application_script())]


async def check_key(read: Reader, apps: Sequence[str], config: ExchangeCertificateCheck, by_script: ManualAction | None = None) -> Finding:
    found, thumbprint, here = config
    if not isinstance(found, Fine) or here is None:
        return Unclear(KEY, say("the certificate comes first"))
    return await check_key_in_cloud(read, KEY, apps, thumbprint, here.not_after, by_script)


async def run_test(read: Reader, person: str) -> LocalizedText | None:
    """With the mailbox of that person, or of anybody on premises."""
    cloud = await read(Cloud)
    name = person or next((one.primary_smtp_address for one in await read.list_all(SampleMailbox) if one.primary_smtp_address), "")
    if not name:
        return say("there is no mailbox on premises to test with")
    lines = await read.list_all(OAuthTest, name=name, uri=cloud.exchange_online)
    bad = [line for line in lines if line.result_type != "Success" and IGNORED not in line.detail]
    if not lines:
        return say("nothing at all")
    return say("{name}: {detail}", name=name, detail=bad[0].detail or bad[0].task) if bad else None
