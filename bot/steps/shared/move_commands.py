"""Move-CsUser in both directions."""

from bot.calls import Cmdlet, Secret, Value
from bot.facts.cloud import Cloud
from bot.facts.users import OnPremUser
from bot.i18n import say
from bot.steps.shared.person_checks import ad_domain

SIGN_IN = say("contacts come along only if the first sign-in to Teams is within 30 days")


def move_to_teams(person: OnPremUser, cloud: Cloud) -> Cmdlet:
    """The move to the cloud. Never -Force: it drops contacts and meetings for good."""
    return _move(person, cloud, cloud.proxy_fqdn)


def move_to_pool(person: OnPremUser, cloud: Cloud, pool: str) -> Cmdlet:
    """The move back to a pool on premises."""
    return _move(person, cloud, pool)


def _move(person: OnPremUser, cloud: Cloud, target: str) -> Cmdlet:
    parameters: dict[str, Value] = {"Identity": f"sip:{person.sip}", "Target": target, "Credential": Secret(cloud.admin), "Confirm": False}
    optional = {
        "DomainController": cloud.domain_controllers.get(ad_domain(person.identity), ""),
        "ProxyPool": cloud.proxy_pool,
        "HostedMigrationOverrideUrl": cloud.override_url,
    }
    return Cmdlet("mover", "Move-CsUser", parameters | {name: value for name, value in optional.items() if value})
