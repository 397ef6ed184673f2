"""Every known error that a step can meet: the pretend estate says it, and people read it with its cause and remedy behind it."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.lab.estate.person import NEVER
from adapters.lab.faults import Fault
from adapters.lab.manual_actions.registry import perform_manual_action
from bot.calls import Destination
from bot.errors import Refused
from bot.facts.cloud import Cloud
from bot.known_errors import KNOWN_ERRORS, cause_and_remedy, lookup
from bot.known_errors.sign_in import SIGN_IN
from bot.views import ChangeView, RunView
from dialogs.cards.run import RenderContext, run_card
from dialogs.cards.text_fallback import as_text
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.paths import ROOT
from tests.support.recording_gateway import call_name
from tests.support.run_harness import ANNA, BEN
from tests.support.step_scenarios import BOB, SCENARIOS, perform_manual_actions

MOVE = "Move-CsUser"
MOVER = (MOVE, "Export-CsUserData", "Import-CsUserData")
SECOND_HOP = (
    'Active Directory error "-2147016672" occurred while searching for domain controllers in domain "contoso.com": '
    '"An operations error occurred."'
)
TLS = "The SSL connection cannot be established. Error code: -2144108102"
ASSIGN = "Set-CsPhoneNumberAssignment"
CANNOT_ASK = 'Exception calling "PromptForChoice" with "4" argument(s): "A command that prompts the user failed"'
AMBIGUOUS = "Parameter set cannot be resolved using the specified named parameters."
CODES = {AMBIGUOUS: "AmbiguousParameterSet", "Access Denied.": "Forbidden"}  # of what is told by its code alone
NO_RIGHTS = (
    'Active Directory operation failed on "dc01.contoso.com". You cannot retry this operation: '
    '"Insufficient access rights to perform the operation"'
)
# Said by the estate because of how it stands, in ways that no look before the move can see.
STATES: dict[str, Callable[[EstateHarness], None]] = {
    "Error=(510)": lambda office: setattr(office.estate.state.federation, "shared_from", NEVER),
    "Error=(507)": lambda office: licence_counts(office),
    "SetMoveResourceData failed because the user is not provisioned": lambda office: setattr(account(office), "in_pool_from", NEVER),
    "AADSTS50076": lambda office: hand(office, do="change mover", mfa=True),
    "The underlying connection was closed": lambda office: hand(office, do="change mover", tls12=False),
    "AADSTS50126": lambda office: setattr(office.estate, "cloud_admin", replace(office.estate.cloud_admin, password="another")),
}
# Said where no state of the pretend estate leads to it; near-exact, from Microsoft's pages: (step, call, text).
TOLD = [
    ("move_users", MOVE, "HostedMigration fault: Error=(506), Description=(The user could move be moved because there appears to be …)"),
    ("move_users", MOVE, "Cannot find user in Active Directory with the following SIP URI: sip:bob@contoso.com."),
    ("move_users", MOVE, "The move failed because there are multiple federated Edge pools in the topology."),
    ("move_users", MOVE, "The service did not return expected status code from request for WWW-Authenticate header."),
    ("move_users", MOVE, "Forest header can't be null"),
    ("move_users", MOVE, "AADSTS50079: the user is required to enroll in multi-factor authentication."),
    ("move_users", MOVE, "AADSTS50158: External security challenge was not satisfied."),
    ("move_users", MOVE, NO_RIGHTS),
    ("move_users", MOVE, 'Management object not found for identity "sip:bob@contoso.com".'),
    ("move_users", MOVE, "The remote server returned an error: (403) Forbidden."),
    ("move_users", MOVE, "The remote server returned an error: (401) Unauthorized."),
    ("move_users", MOVE, "The user is enabled for Enterprise Voice and must have an assigned license for Phone System."),
    ("move_users", MOVE, "The user must have an assigned license for Audio Conferencing."),
    ("move_back", MOVE, NO_RIGHTS),
    ("hosting_provider", "New-CsHostingProvider", "There is a duplicate key sequence \"LYNCONLINE\" for the 'ProviderName' key."),
    ("federation", "Set-CsAccessEdgeConfiguration", AMBIGUOUS),
    ("federation", "Set-CsAccessEdgeConfiguration", NO_RIGHTS),
    ("federation", "Set-CsAccessEdgeConfiguration", SECOND_HOP),
    ("federation", "Set-CsAccessEdgeConfiguration", "Cannot open database \"xds\". Login failed for user 'NT AUTHORITY\\ANONYMOUS LOGON'."),
    ("hosting_provider", "New-CsHostingProvider", CANNOT_ASK),
    ("directory_sync", "Start-ADSyncSyncCycle", "The term is not recognized: CommandNotFoundException"),
    ("switch_off", "Grant-CsTeamsUpgradePolicy", "This organization cannot be upgraded to TeamsOnly mode. One or more M365 domains …"),
    ("shared_sip_space", "Set-CsTenantFederationConfiguration", "Access Denied."),
    ("domain", "POST /domains", "Authorization_RequestDenied: Insufficient privileges to complete the operation."),
    ("domain", "POST /domains", "The specified domain is already in use in another directory."),
    ("licences", "POST /users/{user-id}/assignLicense", "License assignment failed because of CountViolation."),
    ("licences", "POST /users/{user-id}/assignLicense", "License cannot be assigned to a user with invalid usage location."),
    ("licences", "POST /users/{user-id}/assignLicense", "License assignment failed: MutuallyExclusiveViolation."),
    ("licences", "POST /users/{user-id}/assignLicense", "License assignment failed: DependencyViolation."),
    ("licences", "POST /users/{user-id}/assignLicense", "InvalidAuthenticationToken: Access token has expired or is not yet valid."),
    ("licences", "POST /users/{user-id}/assignLicense", "Request_ResourceNotFound: Resource does not exist."),
]
# Said to a call before which something is waited for.
TOLD_LATER = [
    ("domain", "POST /domains/{domain-id}/verify", "Domain verification failed with the following error: no record."),
    ("domain", "POST /domains/{domain-id}/verify", "Domain is already verified."),
    ("aftercare", ASSIGN, "Telephone Number '+4930555020001' has already been assigned to another user"),
    ("aftercare", ASSIGN, "The user 'a7e2' already has a telephone number set in the on-premises Active Directory and synchronized to …"),
    ("aftercare", ASSIGN, "User 'a7e2' lacks appropriate licenses to assign a 'DirectRouting' number."),
    ("aftercare", ASSIGN, "Service is unavailable. Please try again"),
]
# Said by the safety export, where a folder for it is configured; texts of .NET.
TOLD_WHEN_SAVING = [
    r"Could not find a part of the path '\\files.contoso.com\moves\bob@contoso.com.zip'.",
    r"Access to the path '\\files.contoso.com\moves\bob@contoso.com.zip' is denied.",
    "The network path was not found.",
    r"The file '\\files.contoso.com\moves\bob@contoso.com.zip' already exists.",
]
# Said when something is taken back.
TOLD_ON_THE_WAY_BACK = [
    ("domain", "DELETE /domains/{domain-id}", "Domain has references from users and groups."),
    ("licences", "POST /users/{user-id}/assignLicense", "User license is inherited from a group membership."),
]


def hand(office: EstateHarness, **act: object) -> None:
    perform_manual_action(office.estate, act)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Met:
    """What became of the call that was refused."""

    run: RunView
    row: ChangeView
    tries: int


async def meets(office: EstateHarness, step: str, call: str, happens: Callable[[EstateHarness], None]) -> Met:
    """The plan is made while all is well; the error comes when the call is sent."""
    turn = SCENARIOS[step]
    await turn.before(office)
    plan = await office.make_plan(step, **turn.answers)
    assert plan.state == "planned", plan
    happens(office)
    office.gateway.executed.clear()
    await office.act_and_settle(plan.id, ("start", ANNA), ("approve", BEN))
    run = await office.view(plan.id)
    return Met(run, next(row for row in run.changes if row.why), tries(office, call))


def tries(office: EstateHarness, call: str) -> int:
    """How often the first call of this name was sent; others of that name were for other people."""
    sent = [act for act in office.gateway.executed if call_name(act) == call]
    return sent.count(sent[0])


def account(office: EstateHarness) -> object:
    person = office.estate.directory.find_on_premises(BOB)
    assert person and person.account
    return person.account


def licence_counts(office: EstateHarness) -> None:
    """Everything that reads shows the licence; only the move service does not accept it yet."""
    person = office.estate.directory.find_on_premises(BOB)
    assert person and person.online
    person.online.licences = tuple(replace(one, counts=NEVER) for one in person.online.licences)


def told_as(told: Refused) -> tuple[str, object]:
    why, remedy = cause_and_remedy(told)
    return str(why), remedy


def without_id(why: object) -> str:
    """Without the id of the request that Graph's words end with."""
    return re.sub(r" \(request-id [^)]*\)", "", str(why))


def told_by(call: str, text: str) -> Refused:
    """The same error as it comes from this call."""
    listed = json.loads((ROOT / "adapters/lab/powershell/cmdlets.json").read_text("utf-8"))
    modules = {each["module"] for each in listed["cmdlets"] if each["name"] == call}
    places = {"MicrosoftTeams": "teams", "SkypeForBusiness": "sfb", "ADSync": "sync"}
    place = "mover" if call in MOVER else next((place for module, place in places.items() if module in modules), "graph")
    return Refused(
        text, CODES.get(text, ""), to=Destination(place, call.replace("{user-id}", "{id}").replace("{domain-id}", "contoso.com"))
    )


def is_answered(met: Met, call: str, text: str) -> None:
    """What the far end said stands first; in the same row its cause and remedy."""
    cause = lookup(told_by(call, text))
    assert cause and text in str(met.row.why) and str(cause.cause) in str(met.row.why) and str(met.row.remedy) == str(cause.remedy)
    assert str(met.row.why).index(text) < str(met.row.why).index(str(cause.cause))
    assert met.tries == 1 and met.row.state == ("pending" if cause.retry_after and not cause.licence_counts_within else "failed")


@pytest.mark.parametrize("mark", STATES)
async def test_what_the_estate_itself_refuses_is_answered_with_cause_and_remedy(mark: str, tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "ready") as office:
        is_answered(await meets(office, "move_users", MOVE, STATES[mark]), MOVE, mark)


@pytest.mark.parametrize(("step", "call", "text"), TOLD, ids=lambda value: str(value)[:40])
async def test_what_the_far_end_is_known_to_say_is_answered_with_cause_and_remedy(step: str, call: str, text: str, tmp_path: Path) -> None:
    turn = SCENARIOS[step]
    async with estate_harness(tmp_path, turn.stage, turn.users, checked=False) as office:
        fault = Fault("refuse", call=call, words=text, times=0, code=CODES.get(text, ""))
        is_answered(await meets(office, step, call, lambda there: there.faults.add(fault)), call, text)


@pytest.mark.parametrize(
    ("step", "call"), [("move_users", MOVE), ("federation", "Set-CsAccessEdgeConfiguration"), ("domain", "POST /domains")]
)
async def test_an_error_that_nobody_knows_is_shown_as_it_is_and_never_tried_again(step: str, call: str, tmp_path: Path) -> None:
    text, turn = "Something that nobody has ever seen (0x8000FFFF).", SCENARIOS[step]
    async with estate_harness(tmp_path, turn.stage, turn.users, checked=False) as office:
        fault = Fault("refuse", call=call, words=text, times=0)
        met = await meets(office, step, call, lambda there: there.faults.add(fault))
        assert met.row.state == "failed" and text in str(met.row.why) and met.row.remedy is None
        ended = await office.advance(met.run.id)
        assert ended.state == "incomplete" and tries(office, call) == 1


@pytest.mark.parametrize(
    ("text", "code", "cause", "cure"),
    [
        (SECOND_HOP, "-2147016672", "second hop", "JEA"),
        (TLS, "-2144108102", ".NET", "run its setup again"),
    ],
)
async def test_an_error_of_a_read_is_told_with_its_cause_too(text: str, code: str, cause: str, cure: str, tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "half") as office:
        office.faults.add(Fault("refuse", call="Get-CsAccessEdgeConfiguration", words=text, times=0))
        plan = await office.make_plan("federation", partner_discovery="open")
        told = f"{plan.why} {[str(one) for one in plan.other_findings]}"
        assert plan.state == "incomplete" and code in told and cause in told and cure in told


@pytest.mark.parametrize(("step", "call", "text"), TOLD_LATER, ids=lambda value: str(value)[:40])
async def test_what_is_said_to_a_later_call_is_answered_too(step: str, call: str, text: str, tmp_path: Path) -> None:
    turn, told = SCENARIOS[step], told_by(call, text)
    async with estate_harness(tmp_path, turn.stage, turn.users, checked=False) as office:
        await turn.before(office)
        office.faults.add(Fault("refuse", call=call, words=text, times=0))
        run = await office.make_plan(step, **turn.answers)
        await office.act_and_settle(run.id, ("start", ANNA), ("approve", BEN))
        for act in turn.hands:
            perform_manual_action(office.estate, dict(act))
        for _ in range(40):
            run = await office.advance(run.id, turns=1)
            if lookup(told) and any((without_id(row.why), row.remedy) == told_as(told) for row in run.changes):
                return
        raise AssertionError(run)


@pytest.mark.parametrize(("step", "call", "text"), TOLD_ON_THE_WAY_BACK, ids=lambda value: str(value)[:40])
async def test_what_stops_a_way_back_is_answered_too(step: str, call: str, text: str, tmp_path: Path) -> None:
    turn = SCENARIOS[step]
    async with estate_harness(tmp_path, turn.stage, turn.users, checked=False) as office:
        run = await perform_manual_actions(office, await office.start_and_approve(await office.make_plan(step, **turn.answers)), turn.hands)
        office.faults.add(Fault("refuse", call=call, words=text, times=0))
        back = await office.undo(run)
        row, told = next(row for row in back.changes if row.why), told_by(call, text)
        assert lookup(told) and (without_id(row.why), row.remedy) == told_as(told)


@pytest.mark.parametrize("text", TOLD_WHEN_SAVING, ids=lambda text: text[:40])
async def test_a_folder_that_cannot_be_written_to_is_told_and_nobody_is_moved(text: str, tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "ready", cloud=Cloud(export_folder=r"\\files.contoso.com\moves")) as office:
        fault = Fault("refuse", call="Export-CsUserData", words=text, times=0)
        is_answered(
            await meets(office, "move_users", "Export-CsUserData", lambda there: there.faults.add(fault)), "Export-CsUserData", text
        )
        assert not any("Move-CsUser" in write for write in office.effects())


@pytest.mark.parametrize("how", ["warning", "error"])
async def test_the_record_that_keeps_a_tenant_from_teams_only_is_named(how: str, tmp_path: Path) -> None:
    """In whichever stream it is told, although public DNS does not show it to us yet."""
    turn, name = SCENARIOS["switch_off"], "lyncdiscover.old.example"
    async with estate_harness(tmp_path, turn.stage, turn.users, checked=False) as office:
        await turn.before(office)
        domains = office.estate.state.domains
        domains["old.example"] = replace(domains["contoso.com"], name="old.example")
        plan = await office.make_plan("switch_off", **turn.answers)
        hand(office, do="publish dns record", name=name, type="A", value="203.0.113.20")
        hand(office, do="behave", teams_only_refused_by=how)
        await office.act_and_settle(plan.id, ("start", ANNA), ("approve", BEN))
        for _ in range(6):
            view = await office.advance(plan.id, turns=1)
            told = as_text(run_card(view, RenderContext(datetime.now(UTC)), office.policy.steps))
            if name in told:
                break
        assert name in told and "cannot be upgraded to TeamsOnly mode" in told


def test_every_known_cause_is_among_these() -> None:
    """What people's clients or Entra Connect's own log say (SIP diagnostics, replication events) meets no call of ours."""
    told = [(call, text) for _, call, text in (*TOLD, *TOLD_LATER, *TOLD_ON_THE_WAY_BACK)]
    told += [*((MOVE, text) for text in STATES), *(("Export-CsUserData", text) for text in TOLD_WHEN_SAVING)]
    told.append(("Get-CsAccessEdgeConfiguration", TLS))
    produced = [lookup(told_by(call, text)) for call, text in told]
    assert [str(cause.cause) for cause in KNOWN_ERRORS if cause not in (*produced, *SIGN_IN)] == []  # those are met before any call
