"""What must hold in the cloud before a person is moved."""

from collections.abc import Iterator

from bot.facts import ReadFailure
from bot.facts.homes import ON_PREMISES
from bot.facts.teams_users import OnlineUser
from bot.facts.types import normalize_address
from bot.i18n import say
from bot.step import Reason
from bot.step_names import DIRECTORY_SYNC, DOMAIN, LICENCES
from bot.steps.shared.decide import Doubt, Remark
from bot.steps.shared.public_domains import is_public
from bot.steps.shared.snapshots import UserSnapshot


def check_synchronisation(known: UserSnapshot) -> Iterator[Remark]:
    match known.online:
        case ReadFailure() as unread:
            yield Doubt(say("the cloud account could not be read: {why}", why=unread.why))
        case None:
            yield Reason(
                say("is not in the cloud: the account has not been synchronised"),
                say("bring it into the scope of Entra Connect and wait for a cycle"),
                DIRECTORY_SYNC,
            )
        case online if online.soft_deletion_timestamp:
            yield Reason(say("is deleted in the cloud"), say("restore the account in Entra, or repair its synchronisation"), DIRECTORY_SYNC)
        case online:
            yield from _check_both_sides(known, online)


def _check_both_sides(known: UserSnapshot, online: OnlineUser) -> Iterator[Remark]:
    arrived = {normalize_address(online.on_prem_sip_address), normalize_address(online.sip_address) or known.person.sip}
    if "" in arrived:
        yield Reason(say("the SIP address has not arrived in the cloud"), say("let it synchronise"), DIRECTORY_SYNC)
    elif arrived != {known.person.sip}:
        yield Reason(
            say("the SIP address differs in the cloud: {there}", there=", ".join(sorted(arrived - {known.person.sip}))),
            say("let the address synchronise; look for somebody else who has it"),
            DIRECTORY_SYNC,
        )
    if online.on_prem_hosting_provider != ON_PREMISES:
        yield Reason(
            say("the cloud does not see the home on premises (OnPremHostingProvider: {home})", home=online.on_prem_hosting_provider or "-"),
            say("let Entra Connect refresh its schema, so that the Skype for Business attributes are synchronised"),
            DIRECTORY_SYNC,
        )
    for error in online.user_validation_errors:
        yield Reason(
            say("Teams reports a validation error: {error}", error=error),
            say("repair what it names, then let it synchronise"),
            DIRECTORY_SYNC,
        )
    if online.teams_upgrade_effective_mode == "TeamsOnly":
        yield say("is TeamsOnly already while homed on premises: by a mode of their own, or because the tenant is forced to TeamsOnly")


def check_provisioning(known: UserSnapshot) -> Iterator[Remark]:
    match known.directory:
        case ReadFailure() as unread:
            yield Doubt(say("the account in Entra could not be read: {why}", why=unread.why))
        case None if isinstance(known.online, OnlineUser):
            yield Doubt(say("Teams knows the account and Entra does not"))
        case None:
            return
        case user:
            if user.on_premises_sync_enabled is not True:
                yield Reason(say("the account in Entra is not synchronised from AD"), say("repair its synchronisation"), DIRECTORY_SYNC)
            for error in user.on_premises_provisioning_errors:
                what = say(
                    "the directory refused {property}: {value}", property=error.property_causing_error or error.category, value=error.value
                )
                yield Reason(what, say("two objects want the same value: correct one of them in AD and let it synchronise"), DIRECTORY_SYNC)
            for trouble in user.service_provisioning_errors:
                yield Reason(
                    say("a service could not take the account in: {service}", service=trouble.service_instance),
                    say("repair what Entra names"),
                )
            if user.account_enabled is False:
                yield say("sign-in is blocked in Entra")


def check_usage_location(known: UserSnapshot) -> Iterator[Remark]:
    if known.directory and not isinstance(known.directory, ReadFailure) and not known.directory.usage_location:
        yield Reason(say("has no usage location, so that licences do not work"), say("set the usage location"), LICENCES)


def check_sip_domain(known: UserSnapshot) -> Iterator[Remark]:
    domain = known.person.sip.rpartition("@")[2]
    online, verified = known.estate.online_domains, known.estate.domains
    if not is_public(domain):
        why = say("the SIP domain {domain} is no name of the public DNS: Microsoft 365 never takes it", domain=domain)
        yield Reason(why, say("give this person a SIP address in another domain (Set-CsUser -SipAddress), and let it synchronise"))
        return
    if isinstance(verified, ReadFailure):
        yield Doubt(say("the tenant's domains could not be read: {why}", why=verified.why))
    elif not any(one.id.lower() == domain and one.is_verified for one in verified):
        yield Reason(say("the SIP domain {domain} is not verified in the tenant", domain=domain), say("add and verify the domain"), DOMAIN)
        return
    if isinstance(online, ReadFailure):
        yield Doubt(say("the SIP domains of Teams could not be read: {why}", why=online.why))
    elif not any(one.name.lower() == domain and one.status == "Enabled" for one in online):
        yield Reason(
            say("the SIP domain {domain} is not enabled in Teams", domain=domain),
            say("enable it, unless another forest is in hybrid with this tenant"),
            DOMAIN,
        )


def note_voice(known: UserSnapshot) -> Iterator[Remark]:
    person = known.person
    number = person.line_uri.removeprefix("tel:")
    if person.enterprise_voice_enabled and number:
        yield say(
            "has Enterprise Voice: with Phone System, calls go on in Teams with {number} as long as it stays managed in AD (msRTCSIP-Line)",
            number=number,
        )
        yield say(
            "Teams takes it over only when AD lets it go (“Aftercare”): no calls from then until it is assigned, and whatever reads it in "
            "AD, such as an SBC, loses it"
        )
    elif person.enterprise_voice_enabled:
        yield say("has Enterprise Voice without a number in AD: calls only with a number that is assigned in Teams after the move")
    elif number:
        yield say("the number {number} stays in AD until it is taken away there", number=number)
