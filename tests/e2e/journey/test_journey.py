"""The whole job as a person does it, in Microsoft's own client: asked for, planned, agreed, done, looked at, taken back."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.e2e.journey.playground import Browser
from tests.support.lab_client import MEGAN, RunningLab, count_done, running_lab

PILOTS = ("bob@contoso.com", "carol@contoso.com", "erin@contoso.com")
OTHERS = ("dave@contoso.com", "frank@contoso.com")


@pytest_asyncio.fixture
async def lab(tmp_path: Path) -> AsyncIterator[RunningLab]:
    async with running_lab(tmp_path / "lab", users=60, move_latency=3, concurrency=2, time_factor=600) as lab:
        yield lab


async def test_pilot_users_are_moved_and_moved_back_in_the_playground(lab: RunningLab, browser: Browser) -> None:
    await browser.go("Audit")  # the bot is installed in a team by the first visit, and says hello there
    await browser.sees("Where we are")
    await browser.shot("board")
    await browser.go("Personal Chat")
    await _asked_for(browser)
    await _agreed(browser, "Move pilot users")
    await browser.sees(re.compile(r"run 1 · Move pilot users · \d of 3 done"))
    await browser.shot("moving")
    await browser.sees("run 1 · Move pilot users · verified: 3 of 3 done")
    await browser.shot("verified")
    assert await _homes(lab) == dict.fromkeys(PILOTS, "teams")
    await _looked_at(browser)
    await _taken_back(browser)
    assert await _homes(lab) == dict.fromkeys(PILOTS, "on-premises")
    assert set(count_done(await lab.read_lines("effects"), set(PILOTS)).values()) == {2}  # once there, once back
    assert [entry for entry in browser.proxy.wire if entry["status"] >= 400] == []


async def _asked_for(browser: Browser) -> None:
    """Step by step: the form, the plan, and what exactly would be typed."""
    await browser.say("move pilot users")
    await browser.sees("Make a plan")
    await browser.fill("Who", "\n".join((*PILOTS, *OTHERS)))
    await browser.shot("form")
    await browser.press("Make a plan")
    await browser.sees("3 changes")
    await browser.shot("plan")
    await browser.press("Show commands")
    await browser.sees("Move-CsUser -Identity sip:bob@contoso.com")
    await browser.shot("commands")


async def _agreed(browser: Browser, title: str) -> None:
    """Alex starts it, but may not agree to it; Megan does, in the channel."""
    await browser.press("Start")
    await browser.sees(re.compile(rf"run \d+ · {title} · needs a second person"))
    await browser.shot(f"{title} needs a second person")
    await browser.go("Audit")
    await browser.sees(re.compile(rf"run \d+ · {title} · needs a second person"))
    await browser.shot(f"{title} in the channel")
    await browser.press("Approve", who=MEGAN)
    await browser.go("Personal Chat")


async def _looked_at(browser: Browser) -> None:
    for words, seen in (("where are we?", "Move pilot users"), ("runs", "run 1"), ("run 1", "verified: 3 of 3 done"), ("audit", PILOTS[0])):
        await browser.say(words)
        await browser.sees(seen)
        await browser.shot(words.strip("?"))
    await browser.say("mvoe pilot users")
    await browser.sees("Did you mean")
    await browser.shot("mistyped")


async def _taken_back(browser: Browser) -> None:
    await browser.press("Undo")
    await browser.sees(re.compile(r"run \d+ · Move back · 3 changes"))
    await browser.fill("Type LOSE", "LOSE")
    await browser.shot("the way back")
    await _agreed(browser, "Move back")
    await browser.sees(re.compile(r"run \d+ · Move back · verified: 3 of 3 done"))
    await browser.shot("moved back")
    await browser.go("Audit")
    await browser.shot("channel")


async def _homes(lab: RunningLab) -> dict[str, str]:
    return {person["sip"]: person["home"] for person in await lab.read_lines("estate") if person["sip"] in PILOTS}
