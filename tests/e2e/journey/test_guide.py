"""From an untouched estate to ten pilot users in Teams, by the guide's buttons in Microsoft's own client; Megan agrees in the channel."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.e2e.journey.playground import Browser
from tests.support.lab_client import MEGAN, RunningLab, running_lab

DOMAINS = ("contoso.com", "fabrikam.com", "wingtiptoys.com")
PILOTS = (
    *("bob@contoso.com", "carol@contoso.com", "erin@contoso.com", "frank@contoso.com", "nora.o'neill@contoso.com"),
    *("dana.holzweiler@contoso.com", "malte.bachfeld@contoso.com", "vito.feldrieth@contoso.com"),
    *("ilka.lerchenbrink@contoso.com", "raik.buchenhof@contoso.com"),
)
RECORD = r"name: {domain}\s+type: TXT\s+value: (MS=\S+)"


@pytest_asyncio.fixture
async def lab(tmp_path: Path) -> AsyncIterator[RunningLab]:
    async with running_lab(tmp_path / "lab", users=60, move_latency=0.2, concurrency=5, time_factor=600, estate="untouched") as lab:
        yield lab


async def test_the_guide_leads_from_nothing_to_ten_pilot_users_in_teams(lab: RunningLab, browser: Browser) -> None:
    await browser.go("Audit")
    await browser.sees("Where we are")
    await browser.go("Personal Chat")
    await browser.say("start")
    await _next(browser, "Add and verify domains")
    await _domains_are_verified(lab, browser)
    await _people_are_synchronised(lab, browser)
    await _hybrid_is_set_up(browser)
    await _pilots_are_moved(browser)
    homes = {each["sip"]: each["home"] for each in await lab.read_lines("estate")}
    assert {homes[pilot] for pilot in PILOTS} == {"teams"}
    await browser.say("where are we?")
    await browser.sees(re.compile(r"people: \d+ on premises, 10 in Teams"))
    await browser.shot("where we are now")
    assert [entry for entry in browser.proxy.wire if entry["status"] >= 400] == []


async def _next(browser: Browser, title: str) -> None:
    """The button that the guide offers."""
    await browser.sees(f"Next: {title}")
    await browser.shot(f"next {title}")
    await browser.press(f"Next: {title}")


async def _planned(browser: Browser) -> None:
    await browser.sees("Make a plan")
    await browser.press("Make a plan")


async def _agreed(browser: Browser, title: str) -> None:
    """Alex starts what is planned, Megan agrees to it in the channel."""
    await browser.sees(re.compile(rf"run \d+ · {title} · \d+ change"))
    await browser.shot(f"plan {title}")
    await browser.press("Start")
    await browser.go("Audit")
    await browser.sees(re.compile(rf"run \d+ · {title} · needs a second person"))
    await browser.press("Approve", who=MEGAN)
    await browser.go("Personal Chat")


async def _done(browser: Browser, title: str) -> None:
    await browser.sees(re.compile(rf"run \d+ · {title} · verified"))


async def _domains_are_verified(lab: RunningLab, browser: Browser) -> None:
    title = "Add and verify domains"
    await _planned(browser)
    await _agreed(browser, title)
    for domain in DOMAINS:
        await browser.sees(f"public DNS of {domain}")
    await browser.shot("records of all domains")
    values = {domain: (await browser.reads(RECORD.format(domain=re.escape(domain))))[1] for domain in DOMAINS}
    for domain, value in values.items():
        await lab.perform_manual_action("publish dns record", name=domain, type="TXT", value=value)  # the bot looks by itself
    await _done(browser, title)


async def _people_are_synchronised(lab: RunningLab, browser: Browser) -> None:
    await _next(browser, "Directory synchronisation")
    await browser.sees("is not switched on")
    await browser.sees("Obstacles")
    await browser.shot("gap report before")
    await lab.perform_manual_action("run connect wizard")
    await browser.press("Look again")
    await browser.sees("account disabled")
    await browser.shot("gap report after")


async def _hybrid_is_set_up(browser: Browser) -> None:
    await _next(browser, "Federate the Edge")
    await browser.sees("Make a plan")
    await browser.choose("Open: everybody")
    await browser.shot("federation form")
    await _planned(browser)
    await _agreed(browser, "Federate the Edge")
    for title in ("Set up the hosting provider", "Share the SIP address space"):
        await _next(browser, title)
        await _agreed(browser, title)
    await _next(browser, "Choose the coexistence mode")
    await browser.sees("Make a plan")
    await browser.tick("(recommended)")
    await browser.shot("coexistence form")
    await _planned(browser)
    await _agreed(browser, "Choose the coexistence mode")


async def _pilots_are_moved(browser: Browser) -> None:
    await _next(browser, "Move pilot users")
    await browser.fill("Who?", "\n".join(PILOTS))
    await _planned(browser)
    await browser.sees("has no licence with the plan Teams")
    await browser.shot("no licences")
    await browser.press("Assign licences")
    await browser.sees("Which licence?")
    await browser.fill("Which licence?", "SPE_E3")
    await browser.fill("In which country are people for whom none is set?", "DE")
    await browser.shot("licences form")
    await _planned(browser)
    await _agreed(browser, "Assign licences")
    await _done(browser, "Assign licences")
    await _next(browser, "Move pilot users")
    await _planned(browser)
    await _agreed(browser, "Move pilot users")
    await _done(browser, "Move pilot users")
    await browser.shot("moved")
