"""One round of each step on the pretend estate: from where it starts, what is answered, and what people do by hand meanwhile."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from adapters.lab.estate.initial_state import Stage, ownership_record
from adapters.lab.manual_actions.oauth_trusts import DEDICATED
from adapters.lab.manual_actions.registry import perform_manual_action
from bot.steps.exchange_oauth import trust
from bot.views import RunView
from tests.support.estate_harness import EstateHarness

Hand = Mapping[str, Any]
NEW, LINUS, CAROL, BOB = "fabrikam.com", "linus.ohne@contoso.com", "carol@contoso.com", "bob@contoso.com"
VICTOR = "victor.voice@contoso.com"
TWO = f"{BOB}\n{CAROL}"
DEDICATED_KEY = "0FEDCBA98765432100112233445566778899AABB"
MAIL = ("https://mail.contoso.com/", "https://autodiscover.contoso.com/")
HOUR = 3600.0


async def leave_as_is(office: EstateHarness) -> None:
    """The stage is as the step wants it."""


@dataclass(frozen=True)
class Scenario:
    """`hands` and `back` are done one at a time when the run, or the run that takes it back, waits for a person.

    `aside`: reads without which something is still changed, while the plan says what is not checked or unclear.
    `idle`: reads that say nothing about what is changed in this round: they are about others or the other direction, or another
    read answers in their place.
    `keeps`: what an undo leaves behind in the estate, because it loses it.
    """

    stage: Stage = "ready"
    answers: Mapping[str, str] = field(default_factory=dict)
    users: int = 12
    before: Callable[[EstateHarness], Awaitable[None]] = leave_as_is
    hands: tuple[Hand, ...] = ()
    back: tuple[Hand, ...] = ()
    aside: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    changes: bool = True


async def remove_hybrid(office: EstateHarness) -> None:
    """Nothing of hybrid is there, but the domains are verified and Microsoft forces nothing."""
    world = office.estate.state
    world.hosting_providers.clear()
    world.edge.outside = world.edge.federated = world.edge.discovery = False
    world.sip_domains.pop(NEW)


async def change_an_account(office: EstateHarness) -> None:
    """An account has changed since the last cycle."""
    office.pass_time(60)
    perform_manual_action(office.estate, {"do": "change account", "who": CAROL, "sip": "carol.neu@contoso.com"})


async def move_two(office: EstateHarness) -> None:
    run = await office.start_and_approve(await office.make_plan("move_users", people=TWO))
    assert run.state == "verified", run


async def move_with_a_number(office: EstateHarness) -> None:
    """Bob's meetings could not be converted; Victor's number is still in AD."""
    office.estate.uncertain.meetings_succeed = False
    await move_two(office)
    office.estate.uncertain.meetings_succeed = True
    await office.start_and_approve(await office.make_plan("move_users", people=VICTOR))
    for who in (BOB, VICTOR):
        perform_manual_action(office.estate, {"do": "sign in to teams", "who": who})
    office.pass_time(5 * HOUR)


async def empty_the_premises(office: EstateHarness) -> None:
    """Nobody is left on premises, and DNS leads to Microsoft 365."""
    for domain in ("contoso.com", NEW, "wingtiptoys.com"):
        lead_online(office, domain)


def lead_online(office: EstateHarness, domain: str) -> None:
    """What the registrar does with the records that the plan names."""
    for name in (f"_sipfederationtls._tcp.{domain}", f"_sip._tls.{domain}"):
        perform_manual_action(office.estate, {"do": "remove dns record", "name": name, "type": "SRV"})
    for name in (f"lyncdiscover.{domain}", f"sip.{domain}"):
        perform_manual_action(office.estate, {"do": "remove dns record", "name": name, "type": "A"})
    for name, type_, value in (
        (f"_sipfederationtls._tcp.{domain}", "SRV", "100 1 5061 sipfed.online.lync.com"),
        (f"_sip._tls.{domain}", "SRV", "100 1 443 sipdir.online.lync.com"),
        (f"lyncdiscover.{domain}", "CNAME", "webdir.online.lync.com"),
        (f"sip.{domain}", "CNAME", "sipdir.online.lync.com"),
    ):
        perform_manual_action(office.estate, {"do": "publish dns record", "name": name, "type": type_, "value": value})


MACHINE = ("Get-CsSite", "Get-CsServerPatchVersion", "Get-Module")
POOLS = ("Get-CsPool", "Get-CsWindowsService", "Get-CsPoolFabricState")
LEADING = (("CNAME", "lyncdiscover"), ("A", "lyncdiscover"))
# what tells whether hybrid is over
JOURNEY = ("Get-CsTenantFederationConfiguration", "Get-CsHostingProvider", "Get-CsTeamsUpgradePolicy")
OPEN = {"partner_discovery": "open"}
SCENARIOS: Mapping[str, Scenario] = {
    "tenant": Scenario(answers={"pilot_users": "10"}, changes=False),
    "domain": Scenario(
        "half",
        answers={"domains": NEW},
        aside=(
            *JOURNEY,
            *(f"{type_} {name}.{NEW} public" for type_, name in (("SRV", "_sipfederationtls._tcp"), *LEADING)),
        ),
        idle=("Get-CsOnlineSipDomain",),
        hands=({"do": "publish dns record", "name": NEW, "type": "TXT", "value": ownership_record(NEW)},),
    ),
    "directory_sync": Scenario(before=change_an_account, aside=("Get-ADSyncRunProfileResult", "Get-CsOnlineUser")),
    "licences": Scenario(users=60, answers={"people": LINUS, "licence": "SPE_E3"}, aside=("Get-CsConferencingPolicy",)),
    "federation": Scenario("half", OPEN, before=remove_hybrid, aside=(*POOLS, *JOURNEY)),
    "hosting_provider": Scenario("half", before=remove_hybrid, aside=("Get-CsPool", JOURNEY[0], JOURNEY[2])),
    "shared_sip_space": Scenario("half", before=remove_hybrid, aside=("Get-CsTeamsUpgradePolicy",)),
    "configure_hybrid": Scenario("half", OPEN, before=remove_hybrid, aside=(*POOLS, "Get-CsTeamsUpgradePolicy")),
    "exchange_oauth": Scenario(
        users=60,
        answers={"exchange": "on_premises", "trust": "exchange_and_exchange_online"},
        hands=({"do": "register names", "app": trust.EXCHANGE_ONLINE, "names": list(MAIL)}, {"do": "run hybrid app script"}),
        aside=(  # each setting has its own; what comes before an unclear one is in place by then
            *("Get-AcceptedDomain", "Get-AuthConfig", "Get-ExchangeCertificate", "Get-PartnerApplication", "Get-AuthServer"),
            *("Get-IntraOrganizationConnector", *JOURNEY, "GET /servicePrincipals(appId='{appId}')"),
        ),
        back=(
            {"do": "remove certificate", "app": DEDICATED, "thumbprint": DEDICATED_KEY},
            {"do": "remove names", "app": trust.EXCHANGE_ONLINE, "names": list(MAIL)},
        ),
        keeps=(f"principals/{DEDICATED}/*",),
    ),
    "coexistence": Scenario(
        "half",
        {"mode": "SfBWithTeamsCollab", "people": TWO, "notice": "true"},
        aside=("Get-CsUser", "Get-CsOnlineUser", "Get-CsTenant", *JOURNEY[1:]),  # each of the three has its own
        idle=JOURNEY[:1],
    ),
    "move_users": Scenario(
        answers={"people": TWO},
        aside=(
            *(*MACHINE, "Debug-CsUnifiedContactStore", "Get-CsUserDelegates", "Get-CsRgsAgentGroup"),
            *("Get-Mailbox", "Get-CsConferencingPolicy"),
        ),
        idle=("Get-RemoteMailbox",),
        keeps=("people/*/account/contacts", "people/*/online/migrations"),
    ),
    "aftercare": Scenario(
        users=20,
        answers={"people": f"{BOB}\n{VICTOR}", "other_numbers": f"{VICTOR} +4930555020001"},
        before=move_with_a_number,
        aside=(  # meetings and number have their own, and what a number needs to know does not stop the meetings
            *("Get-Mailbox", "Get-CsMeetingMigrationStatus", "Get-CsPhoneNumberAssignment"),
            *("GET /users/{user-id}", "GET /users/{user-id}/licenseDetails", "Get-CsTenantMigrationConfiguration"),
        ),
        keeps=("people/*/online/migrations",),
    ),
    "move_back": Scenario(
        answers={"people": TWO},
        before=move_two,
        aside=(
            *(*MACHINE, *POOLS[1:]),
            *("Get-CsManagementStoreReplicationStatus", "Get-CsTeamsUpgradePolicy"),
        ),
        idle=("Get-CsOnlineSipDomain", "GET /domains", "Get-CsConferencingPolicy"),
        keeps=("people/*/online/migrations",),
    ),
    "switch_off": Scenario("finished", before=empty_the_premises, aside=("Get-CsPool",)),
}


# What time does, whoever acts: moments, and what Entra Connect counts.
PASSING = (
    *("*/changed", "*/*_from", "*/*_before", "*/at", "*/missed", "replicas/*/change", "sync_runs/*", "sync/*", "tenant/last_sync"),
    *("tenant/mode_before", "records/*"),  # what a registrar published stays published
    "people/*/online/synced/*",  # follows AD with the next cycle
)


async def perform_manual_actions(office: EstateHarness, run: RunView, hands: tuple[Hand, ...]) -> RunView:
    """The run with each act done by hand when it waits for a person."""
    for act in hands:
        assert run.state == "waiting_for_admin", run
        perform_manual_action(office.estate, dict(act))
        run = await office.advance(run.id)
    return run


def flatten_estate(thing: Any, path: str = "") -> Iterator[tuple[str, object]]:
    """Everything in the estate by its path, without what only time changes."""
    if any(fnmatchcase(path, passing) for passing in PASSING):
        return
    if isinstance(thing, dict) and thing:
        for name, value in thing.items():
            yield from flatten_estate(value, f"{path}/{name}" if path else str(name))
    else:
        yield path, str(thing)
