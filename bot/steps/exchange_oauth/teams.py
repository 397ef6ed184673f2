"""The trust of Exchange on premises with Teams, which builds on the one with Exchange Online.

https://learn.microsoft.com/skypeforbusiness/deploy/integrate-with-exchange-server/oauth-with-online-and-on-premises
"""

import asyncio
from collections.abc import Callable, Sequence

from bot.calls import Value
from bot.facts import Reader, ReadFailure
from bot.facts.exchange import AcceptedDomain, PartnerApplication, RoleAssignment
from bot.facts.mailboxes import MailUser
from bot.i18n import label, say
from bot.reader.tolerant import all_or_failure
from bot.step import Change, Finding, Fine, Obstacle, Reason, Unclear
from bot.step_names import EXCHANGE_OAUTH
from bot.steps.exchange_oauth import commands
from bot.steps.exchange_oauth.exchange_online import (
    CERTIFICATE,
    NO_DEFAULT,
    PATIENCE,
    check_certificate_of_exchange,
    check_key,
    check_settings,
    default_domain,
    run_test,
)
from bot.steps.exchange_oauth.trust import SKYPE_ONLINE, check_proof, decide_by_fact, name_taken, prefer_enabled, unread
from bot.steps.shared.decide import AGAIN

BELOW = label("trust with Exchange Online")
ACCOUNT, HIDDEN, TEAMS = label("account for Teams"), label("account for Teams hidden"), label("Teams as partner application")
USER, ROLES = commands.TEAMS_ACCOUNT, ("UserApplication", "ArchiveApplication")


async def check_teams(read: Reader, person: str) -> list[Finding]:
    """Exchange on premises and Teams trust each other; that needs the trust with Exchange Online."""
    below = await check_settings(read)
    if any(not isinstance(one, Fine) for one in below):
        return [_base_missing(below)]
    kept = [one for one in below if one.subject == CERTIFICATE]
    settings = [Fine(BELOW, say("is set up")), *kept, *await _check_settings(read)]
    return [*settings, await check_proof(settings, lambda: run_test(read, person), PATIENCE)]


def _base_missing(below: Sequence[Finding]) -> Finding:
    missing = ", ".join(one.subject for one in below if isinstance(one, Change | Obstacle))
    if not missing:
        unclear = ", ".join(one.subject for one in below if isinstance(one, Unclear))
        return Unclear(BELOW, say("could not be read: {why}", why=unclear), AGAIN)
    why = say("is not there yet, and Teams builds on it: {missing}", missing=missing)
    return Obstacle(BELOW, (Reason(why, say("ask for Exchange and Exchange Online first"), EXCHANGE_OAUTH),))


async def _check_settings(read: Reader) -> list[Finding]:
    users, domains = await asyncio.gather(all_or_failure(read, MailUser, name=USER), all_or_failure(read, AcceptedDomain))
    if isinstance(users, ReadFailure) or isinstance(domains, ReadFailure):
        return [unread(ACCOUNT, next(one for one in (users, domains) if isinstance(one, ReadFailure)))]
    if not (mail := default_domain(domains)):
        return [Obstacle(ACCOUNT, (NO_DEFAULT,))]
    return [
        _account(users, mail),
        _hide_account(users),
        *[await decide_by_fact(read, f"role {role} for Teams", RoleAssignment, _role(role), name=role) for role in ROLES],
        await decide_by_fact(read, TEAMS, PartnerApplication, _teams),
        await check_key(read, (SKYPE_ONLINE,), await check_certificate_of_exchange(read)),
    ]


def _account(users: Sequence[MailUser], domain: str) -> Finding:
    if users:
        return Fine(ACCOUNT, say("{name} is there", name=USER))
    return commands.create_in_exchange(ACCOUNT, "MailUser", USER, {"ExternalEmailAddress": f"{USER}@{domain}"})


def _hide_account(users: Sequence[MailUser]) -> Finding:
    if users and users[0].hidden_from_address_lists_enabled:
        return Fine(HIDDEN, say("stands in no address list"))
    return commands.hide_account(HIDDEN)


def _role(role: str) -> Callable[[Sequence[RoleAssignment]], Finding]:
    subject = f"role {role} for Teams"

    def decide(found: Sequence[RoleAssignment]) -> Finding:
        if any(USER.lower() in (one.role_assignee_name.lower(), one.name.lower().removeprefix(f"{role.lower()}-")) for one in found):
            return Fine(subject, say("is assigned"))
        return commands.assign_role(subject, role)

    return decide


def _teams(found: Sequence[PartnerApplication]) -> Finding:
    """The servers' own entry has the same identifier, and the realm of the servers."""
    name = "SfBOnline"
    here = prefer_enabled(one for one in found if one.application_identifier == SKYPE_ONLINE and not one.realm)
    other = next((one for one in found if one.identity.lower() == name.lower()), None)
    if here:
        return _repair_application(here)
    if other:
        return name_taken(TEAMS, name, other.application_identifier, SKYPE_ONLINE)
    return commands.create_in_exchange(
        TEAMS, "PartnerApplication", name, {"ApplicationIdentifier": SKYPE_ONLINE, "Enabled": True, "LinkedAccount": USER}
    )


def _repair_application(here: PartnerApplication) -> Finding:
    """On, and with an account as which it acts; one that somebody chose stays."""
    old: dict[str, Value] = {"Enabled": here.enabled, "LinkedAccount": here.linked_account or None}
    wanted: dict[str, Value] = {"Enabled": True, "LinkedAccount": USER}
    missing = {name: value for name, value in wanted.items() if not old[name]}
    if not missing:
        return Fine(TEAMS, say("{name} is enabled", name=here.name))
    return commands.complete_partner(TEAMS, here, old, missing)
