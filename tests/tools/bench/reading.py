"""What reading 10,000 people costs the reader, over real WSMan. The reader is a process of its own, so that its memory is its own."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from tests.support.lab_client import ROOT, running_lab
from tests.tools.bench.figures import Figure, cpu, held, peak

PEOPLE = 10_000


async def figures() -> AsyncIterator[Figure]:
    with tempfile.TemporaryDirectory() as scratch:
        async with running_lab(Path(scratch) / "lab", users=PEOPLE) as lab:
            reader = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.tools.bench.reading", json.dumps(lab.lab_json)), cwd=ROOT, stdout=asyncio.subprocess.PIPE
            )
            told, _ = await asyncio.wait_for(reader.communicate(), 120)
    people, seconds, grown = json.loads(told)
    yield Figure("reading 10,000 people: read", people, "people")
    yield Figure("reading 10,000 people: our CPU", seconds, "s", most=4)
    yield Figure("reading 10,000 people: memory over the base", grown, "MiB", most=10)


async def _read(known: dict) -> None:
    """Counts everybody. One small read first: what is loaded and opened then is the base."""
    from adapters.powershell.client import Endpoint, PowerShellClient
    from bot.calls import Cmdlet
    from bot.facts.users import OnPremUser

    place = known["remoting"]["sfb"]
    there = {"user": place["user"], "password": place["password"], "configuration": place["configuration"]}
    shell = PowerShellClient({"sfb": Endpoint(url=place["url"], auth="basic", ca=known["ca"], **there)}, {}.__getitem__)
    async for _ in shell.read(Cmdlet("sfb", "Get-CsUser", {"ResultSize": 50}, pick=OnPremUser.property_names())):
        pass
    pid, people = "self", 0
    base, before = held(pid), cpu(pid)
    async for page in shell.read(Cmdlet("sfb", "Get-CsUser", pick=OnPremUser.property_names())):
        people += len(page.rows)
    print(json.dumps([people, cpu(pid) - before, peak(pid) - base]))
    await shell.close()


if __name__ == "__main__":
    asyncio.run(_read(json.loads(sys.argv[1])))
