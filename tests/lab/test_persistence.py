"""The pretend estate after it was ended or killed."""

from pathlib import Path

from adapters.lab.dispatcher import CmdletDispatcher
from adapters.lab.estate.estate import Estate
from adapters.lab.estate.initial_state import SKUS
from adapters.lab.estate.persistence import open_estate
from adapters.lab.estate.person import CLOUD
from adapters.lab.estate.tenant_changes import assign_licences
from adapters.lab.manual_actions.registry import perform_manual_action
from adapters.lab.powershell.values import PSCommand
from tests.support.estate_builder import ADMIN, START, CmdletOutput


def opened(folder: Path) -> Estate:
    return open_estate(
        folder / "estate.sqlite", seed=3, users=70, stage="ready", cloud_admin=ADMIN, clock=lambda: START, time_factor=1, move_latency=0
    )


async def run(estate: Estate, place: str, name: str, **parameters: object) -> CmdletOutput:
    heard = CmdletOutput()
    await CmdletDispatcher(estate).run(place, [[PSCommand(name, list(parameters.items()))]], [], heard)
    return heard


async def test_the_same_file_is_the_same_estate_with_the_same_effects(tmp_path: Path) -> None:
    estate = opened(tmp_path)
    moved = await run(estate, "mover", "Move-CsUser", Identity="sip:bob@contoso.com", Target=CLOUD, Credential=ADMIN, Confirm=False)
    assert not moved.errors
    assign_licences(estate, estate.state.people[121], {SKUS["E3"][0]: (SKUS["E3"][2][0].id,)}, ())
    await run(estate, "sfb", "Remove-CsHostingProvider", Identity="Office365", Confirm=False)
    await run(estate, "teams", "Set-CsTenantFederationConfiguration", AllowedDomainsAsAList=["a.com"], BlockedDomains={"Add": ["b.com"]})
    await run(estate, "sync", "Start-ADSyncSyncCycle")
    perform_manual_action(estate, {"do": "publish dns record", "name": "x.com", "type": "TXT", "value": "MS=1"})
    perform_manual_action(estate, {"do": "behave", "meetings_succeed": False})
    again = opened(tmp_path)  # the first one was never closed, as after a kill
    assert again.state == estate.state
    assert again.effects == estate.effects
    assert list(again.people_rows()) == list(estate.people_rows())


async def test_what_happened_by_itself_is_kept_too(tmp_path: Path) -> None:
    now = START
    estate = opened(tmp_path)
    estate.clock = lambda: now
    await run(estate, "mover", "Move-CsUser", Identity="sip:bob@contoso.com", Target=CLOUD, Credential=ADMIN, Confirm=False)
    now = START.replace(hour=12)
    assert estate.state.people[101].online is not None
    again = opened(tmp_path)
    again.clock = lambda: now
    assert again.state == estate.state
    online = again.state.people[101].online
    assert online and online.synced and online.synced.locator == CLOUD


def test_a_file_keeps_what_it_was_made_of(tmp_path: Path) -> None:
    first = opened(tmp_path)
    other = open_estate(tmp_path / "estate.sqlite", seed=99, users=5, stage="untouched", cloud_admin=ADMIN, clock=lambda: START)
    assert other.state == first.state
