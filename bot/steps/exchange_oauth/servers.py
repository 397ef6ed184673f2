"""The trusts of Skype for Business Server: with Exchange Online, and with Exchange on premises.

https://learn.microsoft.com/skypeforbusiness/deploy/integrate-with-exchange-server/configure-a-hybrid-environment
https://learn.microsoft.com/skypeforbusiness/deploy/integrate-with-exchange-server/integrate-with-exchange-server
"""

from collections.abc import Callable, Sequence

from bot.calls import Value
from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.directory import Organization
from bot.facts.exchange import AcceptedDomain, PartnerApplication
from bot.facts.homes import ON_PREMISES, HomedUser
from bot.facts.mailboxes import SampleMailbox
from bot.facts.oauth import OAuthCertificate, OAuthConfiguration, OAuthServer, StorageTest, TrustedPartner
from bot.facts.topology import WebServices
from bot.facts.users import OnPremUserByName
from bot.i18n import LocalizedText, label, say
from bot.reader.tolerant import all_or_failure
from bot.step import Change, Finding, Fine, Obstacle, Reason, Unclear
from bot.steps.exchange_oauth import commands
from bot.steps.exchange_oauth.exchange_online import NO_DEFAULT, check_accepted_domains, check_certificate_of_exchange, default_domain
from bot.steps.exchange_oauth.trust import (
    EXCHANGE_ONLINE,
    SKYPE_ONLINE,
    Test,
    check_certificate,
    check_key_in_cloud,
    check_names_in_cloud,
    check_proof,
    complaint_of,
    decide_by_fact,
    name_taken,
    prefer_enabled,
    unread,
)
from bot.steps.shared.replication import Replication, find_replication_lag, replication_or_failure, with_replication

CERTIFICATE, KEY, NAMES = (
    label("certificate of the servers"),
    label("certificate of the servers in the cloud"),
    label("names of the servers in the cloud"),
)
SERVER, PARTNER, SERVICE = label("OAuth server"), label("Exchange as partner of the servers"), label("service name of the servers")
AUTODISCOVER, BELOW = label("autodiscover of Exchange"), label("servers as partner of Exchange")
RENEW = say("renew it (Request-CsCertificate, Set-CsCertificate -Type OAuthTokenIssuer) and upload the new one")
PATIENCE = say(
    "Nothing more has to be set. The servers read new settings within hours; iisreset on Exchange and on the Front Ends shortens it. "
    "The test is made again every few minutes."
)


async def check_exchange_online(read: Reader, person: str, only_online: bool) -> list[Finding]:
    """Skype for Business Server and Exchange Online trust each other."""
    cloud, organization = await read(Cloud), await all_or_failure(read, Organization)
    if isinstance(organization, ReadFailure):
        return [unread(SERVER, organization)]
    here, issuer = await _check_certificate(read), f"{cloud.access_control}/{organization[0].id}/metadata/json/1"
    settings = [
        here[0],
        await decide_by_fact(read, SERVER, OAuthServer, _oauth_server(issuer)),
        await decide_by_fact(read, PARTNER, TrustedPartner, _partner_online),
        await decide_by_fact(read, SERVICE, OAuthConfiguration, _configuration_value(SERVICE, "ServiceName", SKYPE_ONLINE)),
        *(
            [await decide_by_fact(read, AUTODISCOVER, OAuthConfiguration, _autodiscover(cloud.exchange_autodiscover))]
            if only_online
            else []
        ),
        *await _check_cloud(read, here),
    ]
    return await _with_proof(read, settings, lambda: _run_test(read, person, anybody=True))


async def check_exchange(read: Reader, person: str) -> list[Finding]:
    """Skype for Business Server and Exchange on premises trust each other, without the cloud."""
    domains = await all_or_failure(read, AcceptedDomain)
    if isinstance(domains, ReadFailure):
        return [unread(AUTODISCOVER, domains)]
    if not (mail := default_domain(domains)):
        return [Obstacle(AUTODISCOVER, (NO_DEFAULT,))]
    found = await all_or_failure(read, WebServices)
    if isinstance(found, ReadFailure):
        return [unread(BELOW, found)]
    pool, host = found[0].pool_fqdn, f"https://autodiscover.{mail}/autodiscover"
    settings = [
        await check_accepted_domains(read),
        (await check_certificate_of_exchange(read))[0],
        (await _check_certificate(read))[0],
        await decide_by_fact(read, BELOW, PartnerApplication, _enterprise(pool)),
        await decide_by_fact(read, PARTNER, TrustedPartner, _partner_here(f"{host}/metadata/json/1")),
        await decide_by_fact(read, AUTODISCOVER, OAuthConfiguration, _autodiscover(f"{host}/autodiscover.svc")),
    ]
    return await _with_proof(read, settings, lambda: _run_test(read, person, anybody=False))


CertificateCheck = tuple[Finding, OAuthCertificate | None]


async def _check_certificate(read: Reader) -> CertificateCheck:
    found = await all_or_failure(read, OAuthCertificate)
    if isinstance(found, ReadFailure):
        return unread(CERTIFICATE, found), None
    if len({one.thumbprint for one in found}) != 1:
        why = say("there must be one OAuthTokenIssuer certificate for all servers, and there are {n}", n=len(found))
        return Obstacle(CERTIFICATE, (Reason(why, RENEW),)), None
    return await check_certificate(read, CERTIFICATE, found[0].thumbprint, found[0].not_after, RENEW), found[0]


async def _with_proof(read: Reader, settings: list[Finding], test: Test) -> list[Finding]:
    """The settings as every server has them, and the test.

    The test does not wait for the last server.
    """
    known = await replication_or_failure(read)
    if isinstance(known, ReadFailure):
        settings = [unread(one.subject, known) if _is_replicated(one) else one for one in settings]
        return [*settings, await check_proof(settings, test, PATIENCE)]
    return [*(_with_replication(one, known) for one in settings), await check_proof(settings, test, PATIENCE)]


def _is_replicated(one: Finding) -> bool:
    """What stands in the Central Management Store, or is to be written there."""
    return isinstance(one, Fine | Change) and one.subject in (SERVER, PARTNER, SERVICE, AUTODISCOVER)


def _with_replication(one: Finding, known: Replication) -> Finding:
    """It is there once every server has it, and nothing is changed that no server would get."""
    if not _is_replicated(one):
        return one
    return with_replication(one, known) if isinstance(one, Change) else find_replication_lag(one.subject, known) or one


def _oauth_server(issuer: str) -> Callable[[Sequence[OAuthServer]], Finding]:
    def decide(found: Sequence[OAuthServer]) -> Finding:
        here = next((one for one in found if one.metadata_url.lower() == issuer.lower()), None)
        if here:
            return Fine(SERVER, say("{name} is there", name=here.identity))
        name = "microsoft.sts"
        if other := next((one for one in found if one.identity.lower() == name), None):
            return name_taken(SERVER, name, other.metadata_url, issuer)
        return commands.create_on_servers(SERVER, "CsOAuthServer", name, MetadataUrl=issuer)

    return decide


def _partner_online(found: Sequence[TrustedPartner]) -> Finding:
    how: dict[str, Value] = {"ApplicationIdentifier": EXCHANGE_ONLINE, "ApplicationTrustLevel": "Full", "UseOAuthServer": True}
    here = prefer_enabled(one for one in found if one.application_identifier == EXCHANGE_ONLINE)
    return _partner("microsoft.exchange", here, found, how, EXCHANGE_ONLINE)


def _partner_here(metadata: str) -> Callable[[Sequence[TrustedPartner]], Finding]:
    def decide(found: Sequence[TrustedPartner]) -> Finding:
        how: dict[str, Value] = {"ApplicationTrustLevel": "Full", "MetadataUrl": metadata}
        return _partner(
            "Exchange", prefer_enabled(one for one in found if one.metadata_url.lower() == metadata.lower()), found, how, metadata
        )

    return decide


def _partner(name: str, here: TrustedPartner | None, found: Sequence[TrustedPartner], how: dict[str, Value], leads: str) -> Finding:
    """The parameter set makes it what it is; trust level and switch belong to each of them."""
    other = next((one for one in found if one.identity.lower() == name.lower()), None)
    if here is None and other:
        return name_taken(PARTNER, name, other.metadata_url or other.application_identifier, leads)
    if here is None:
        return commands.create_on_servers(PARTNER, "CsPartnerApplication", name, **how)
    if here.enabled and here.application_trust_level == "Full":
        return Fine(PARTNER, say("{name} is fully trusted", name=here.identity))
    kind: dict[str, Value] = {key: how[key] for key in ("UseOAuthServer", "MetadataUrl") if key in how}
    return commands.trust_partner(PARTNER, here, kind)


def _autodiscover(url: str) -> Callable[[Sequence[OAuthConfiguration]], Finding]:
    return _configuration_value(AUTODISCOVER, "ExchangeAutodiscoverUrl", url)


def _configuration_value(subject: str, name: str, wanted: str) -> Callable[[Sequence[OAuthConfiguration]], Finding]:
    """One property of the one configuration."""

    def decide(found: Sequence[OAuthConfiguration]) -> Finding:
        old = str(found[0].model_dump(by_alias=True)[name])
        if old.lower().rstrip("/") == wanted.lower():
            return Fine(subject, say("is {value}", value=old))
        return commands.configure_servers(subject, name, old, wanted)

    return decide


def _enterprise(pool: str) -> Callable[[Sequence[PartnerApplication]], Finding]:
    def decide(found: Sequence[PartnerApplication]) -> Finding:
        here = next((one for one in found if one.name.startswith("LyncEnterprise")), None)
        if here and here.enabled:
            return Fine(BELOW, say("{name} is enabled", name=here.name))
        return commands.configure_enterprise_partner(BELOW, pool)

    return decide


async def _check_cloud(read: Reader, own: CertificateCheck) -> list[Finding]:
    found, here = own
    names = await _check_names(read)
    if not isinstance(found, Fine) or here is None:
        return [names, Unclear(KEY, say("the certificate comes first"))]
    return [names, await check_key_in_cloud(read, KEY, (SKYPE_ONLINE,), here.thumbprint, here.not_after)]


async def _check_names(read: Reader) -> Finding:
    pools = await all_or_failure(read, WebServices)
    if isinstance(pools, ReadFailure):
        return unread(NAMES, pools)
    hosts = [pool.external_fqdn for pool in pools]
    wanted = dict.fromkeys(f"{SKYPE_ONLINE}/{host}" for host in hosts) if all(hosts) else ()
    return await check_names_in_cloud(read, NAMES, SKYPE_ONLINE, tuple(wanted))


async def _run_test(read: Reader, person: str, anybody: bool) -> LocalizedText | None:
    sip = person or await (_any_user(read) if anybody else _user_with_mailbox(read))
    if not sip:
        return say("there is nobody on premises to test with: name somebody who has a mailbox")
    return await complaint_of(read.list_all(StorageTest, name=sip))


async def _any_user(read: Reader) -> str:
    return next((one.sip for one in await read.list_all(HomedUser, name=ON_PREMISES, most="1")), "")


async def _user_with_mailbox(read: Reader) -> str:
    names = [one.user_principal_name for one in await read.list_all(SampleMailbox) if one.user_principal_name]
    people = (await read.by_key(OnPremUserByName, names)).values() if names else ()
    return next((one.sip for one in people if isinstance(one, OnPremUserByName) and one.enabled and one.sip), "")
