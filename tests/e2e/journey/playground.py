"""The Playground in a headless browser, and a proxy between it and the bot that can let somebody else speak and keeps the wire.

The Playground is Microsoft's, for evaluation only, and is treated as a black box: what is known of its page is in `Browser`.
"""

import asyncio
import contextlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientTimeout, web
from playwright.async_api import Locator, Page, async_playwright

from adapters.lab.process.ports import any_port
from bot.views import Person

# No sandbox, since it also runs as root in containers; no name is resolved but loopback.
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
LOOPBACK = re.compile(r"^(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|^(data|blob):")
PASSED_ON = ("content-type", "authorization", "accept")
Json = Any


def program() -> Path | None:
    """The Playground's own program: where PLAYGROUND_CLI says."""
    told = os.environ.get("PLAYGROUND_CLI")
    return Path(told) if told and Path(told).is_file() else None


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Proxy:
    """Sits in both directions. `wire` is all that went through; `next_speaker` is who really says or presses the next thing."""

    bot: str
    page: str
    http: ClientSession
    next_speaker: Person | None = None
    wire: list[dict[str, Json]] = field(default_factory=list)

    def application(self) -> web.Application:
        app = web.Application(client_max_size=1 << 25)
        app.add_routes([web.post("/api/messages", self._to_bot), web.route("*", "/_connector/{rest:.*}", self._to_page)])
        return app

    async def _to_bot(self, request: web.Request) -> web.Response:
        activity = await request.json()
        if activity["type"] in ("message", "invoke") and (who := self.next_speaker):
            activity["from"], self.next_speaker = {"id": f"29:{who.id}", "name": who.name, "aadObjectId": who.id}, None
        return await self._pass_on(request, self.bot, activity)

    async def _to_page(self, request: web.Request) -> web.Response:
        body = await request.read()
        return await self._pass_on(request, f"{self.page}{request.path_qs}", json.loads(body) if body else None)

    async def _pass_on(self, request: web.Request, url: str, body: Json) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name.lower() in PASSED_ON}
        async with self.http.request(request.method, url, data=None if body is None else json.dumps(body), headers=headers) as answer:
            said = await answer.read()
            self.wire.append({"method": request.method, "path": request.path, "body": body, "status": answer.status})
            return web.Response(status=answer.status, body=said, content_type=answer.content_type if said else None)


class Browser:
    """What a person does in the Playground. All that depends on its markup (version 0.2.28) stands here."""

    def __init__(self, page: Page, proxy: Proxy, shots: Path) -> None:
        self.page, self.proxy, self._shots = page, proxy, shots
        self._place = "Personal Chat"

    async def go(self, place: str) -> None:
        """ "Personal Chat", or the name of a channel."""
        await self.page.get_by_role("treeitem", name=re.compile(f"{re.escape(place)}$")).first.click()
        self._place = place
        await self._box.wait_for()

    async def say(self, text: str) -> None:
        await self._box.click()
        await self.page.keyboard.insert_text(text)
        await self.page.keyboard.press("Enter")

    async def press(self, button: str, who: Person | None = None) -> None:
        """The newest button of that name. With `who` it is somebody else who presses."""
        self.proxy.next_speaker = who
        await self._newest(self._cards.get_by_role("button", name=button, exact=True)).click()

    async def fill(self, label: str, value: str) -> None:
        await self._cards.last.get_by_label(label).fill(value)

    async def choose(self, title: str) -> None:
        """In the newest form, which has one question with choices."""
        await self._cards.last.get_by_role("combobox").first.click()
        await self.page.get_by_role("option", name=re.compile(re.escape(title))).first.click()

    async def tick(self, title: str) -> None:
        """One of the choices that stand below each other."""
        await self._cards.last.get_by_text(title).click()

    async def reads(self, pattern: str) -> re.Match[str]:
        """What the newest card says."""
        found = re.search(pattern, await self._cards.last.inner_text())
        assert found, f"the newest card does not say {pattern}"
        return found

    async def sees(self, text: str | re.Pattern[str], within: float = 20) -> None:
        """Waits until it stands in the conversation, and brings the newest place that says it into view."""
        newest = self._newest(self.page.get_by_text(text))
        await newest.wait_for(timeout=within * 1000)
        await newest.evaluate("element => element.scrollIntoView({block: 'nearest'})")  # at once: an edit may replace the element

    async def shot(self, name: str) -> None:
        """One picture, named so that the folder tells the story in order."""
        await self.page.wait_for_timeout(300)  # only for the eye: the client slides new messages in
        n = len(list(self._shots.glob("*.png"))) + 1
        await self.page.screenshot(path=self._shots / f"{n:02} {name}.png")

    def _newest(self, found: Locator) -> Locator:
        """A chat has its newest message last, a channel its newest post first."""
        return found.last if self._place == "Personal Chat" else found.first

    @property
    def _box(self) -> Locator:
        return self.page.locator("div[role=textbox]").first

    @property
    def _cards(self) -> Locator:
        return self.page.locator(".ac-adaptiveCard")


@contextlib.asynccontextmanager
async def playground(bot: str, scene: dict[str, object], shots: Path) -> AsyncIterator[Browser]:
    """The Playground's page, opened on the bot at this endpoint; telemetry off, nothing but loopback loaded."""
    port, between = any_port(), any_port()
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(ClientSession(timeout=ClientTimeout(total=60), trust_env=False))
        proxy = Proxy(bot, f"http://127.0.0.1:{port}", http)
        runner = web.AppRunner(proxy.application(), access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", between).start()
        await stack.enter_async_context(_served(port, between, scene, http))
        page = await stack.enter_async_context(_opened(f"{proxy.page}/"))
        yield Browser(page, proxy, shots)


@contextlib.asynccontextmanager
async def _served(port: int, between: int, scene: dict[str, object], http: ClientSession) -> AsyncIterator[None]:
    bot = f"http://127.0.0.1:{between}"
    options = ("-e", f"{bot}/api/messages", "--service-url", f"{bot}/_connector", "-c", "msteams", "-p", str(port), "--disable-telemetry")
    with tempfile.TemporaryDirectory(prefix="playground-", ignore_cleanup_errors=True) as room:
        _furnish(Path(room), scene)
        quiet = {**os.environ, "APPLICATION_INSIGHTS_NO_STATSBEAT": "true"}  # without it, it calls out even with telemetry off
        command, nowhere = ("node", str(program()), "start", *options), asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, cwd=room, env=quiet, stdin=nowhere, stdout=nowhere, stderr=nowhere)
        try:
            await _answers(f"http://127.0.0.1:{port}/", http)
            yield
        finally:
            process.terminate()
            await process.wait()


def _furnish(room: Path, scene: dict[str, object]) -> None:
    (room / ".m365agentsplayground.yml").write_text(json.dumps(scene))  # JSON is YAML too


async def _answers(url: str, http: ClientSession) -> None:
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(OSError):
                async with http.get(url) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Page]:
    async with async_playwright() as browsers:
        browser = await browsers.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
        try:
            page = await browser.new_page(viewport={"width": 1280, "height": 1000})
            page.set_default_timeout(20_000)
            await page.route(lambda address: not LOOPBACK.match(address), lambda route: route.abort())
            await page.goto(url, wait_until="domcontentloaded")
            await page.get_by_text("Connected.").first.wait_for(timeout=60_000)
            await page.locator("div[role=textbox]").first.wait_for()
            with contextlib.suppress(Exception):  # it takes room; where there is none to hide, all the better
                await page.get_by_role("button", name="Hide log panel").click(timeout=3000)
            yield page
        finally:
            await browser.close()
