"""`make bench`: one JSON line per figure. It compares and prints, it fails nothing. `make bench ONLY=moves` measures one subject."""

import asyncio
import sys
from collections.abc import AsyncIterator

from tests.tools.bench import gap, moves, reading, talk, turns
from tests.tools.bench.figures import Figure


async def _turns() -> AsyncIterator[Figure]:
    """Ours beside the SDK's CloudAdapter as shipped, in the same run."""
    measured = await turns.measure()
    ours, shipped = measured["ours"], measured["shipped"]
    for name, unit in (("cpu", "ms"), ("p50", "ms"), ("p99", "ms")):
        yield Figure(f"a turn's {name}, ours", getattr(ours, name), unit)
        yield Figure(f"a turn's {name}, the SDK's echo bot as shipped", getattr(shipped, name), unit)
        yield Figure(f"a turn's {name}, ours against the SDK's", getattr(ours, name) / getattr(shipped, name), "×", most=round(1 / 3, 3))


SUBJECTS = {"turns": _turns, "talk": talk.figures, "reading": reading.figures, "moves": moves.figures, "gap": gap.figures}


async def main(chosen: list[str]) -> None:
    for name in chosen or SUBJECTS:
        async for figure in SUBJECTS[name]():
            print(figure, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
