"""When hybrid was switched off by our own runs, and where in the journey the newest look has found the estate."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from bot.calls import RemoteObject
from bot.facts.journey import Journey, Phase
from bot.ledger import Database

# The newest run that switched it off, or else the first that found it off; none of it once that run was taken back.
OFF = """
    select id as run, ended_at as at, exists (select 1 from calls where calls.run = runs.id and calls.state = 'done') as did from runs
    where step = 'switch_off' and state = 'verified' and ended_at is not null
        and not exists (select 1 from runs as back join calls on calls.run = back.id where back.undo_of = runs.id and calls.state = 'done')
    order by did desc, iif(did, -ended_at, ended_at) limit 1
"""
# What may have led back into hybrid since then: a call of ours that was carried out.
SINCE = """
    select 1 from calls join runs on runs.id = calls.run
    where calls.state = 'done' and calls.ended_at >= :at and runs.step in (select value from json_each(:leading))
"""


def switch_off_facts(db: Database) -> list[RemoteObject]:
    """One row, or none."""
    return [{"At": datetime.fromtimestamp(row["at"], UTC).isoformat(), "Run": row["run"]} for row in db.query(OFF)]


def save(db: Database, now: Journey, at: float) -> None:
    """What a look has said; where it could not say, the last that did is kept."""
    if now.phase is None:
        return
    off_at = now.off_at.timestamp() if now.off_at else None
    db.execute(
        "insert or replace into journey (one, phase, off_at, run, at) values (1, :phase, :off_at, :run, :at)",
        {"phase": now.phase, "off_at": off_at, "run": now.run, "at": at},
    )


def journey(db: Database, leading: Sequence[str]) -> Journey:
    """The newest look, unless our own runs have changed it since: what was switched off after it is off at once.

    `leading` are the steps that lead back into hybrid: what one of them has done since makes it unknown until the next look.
    """

    def is_begun(since: float) -> bool:
        return any(True for _ in db.query(SINCE, {"at": since, "leading": json.dumps(list(leading))}))

    seen = next(iter(db.query("select * from journey")), None)
    off = next(iter(db.query(OFF)), None)
    if off and (seen is None or off["at"] > seen["at"]):
        return Journey() if is_begun(off["at"]) else Journey("after", datetime.fromtimestamp(off["at"], UTC), off["run"])
    if seen is None or (seen["phase"] in ("before", "after") and is_begun(seen["at"])):
        return Journey()
    off_at = datetime.fromtimestamp(seen["off_at"], UTC) if seen["off_at"] else None
    return Journey(cast(Phase, seen["phase"]), off_at, seen["run"])
