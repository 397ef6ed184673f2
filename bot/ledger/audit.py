"""The audit: append-only, each line chained to the one before it by SHA-256 of canonical JSON.

People stand inside the hashed part as salted hashes of their ids; their names stand beside it, so that a name can be
forgotten without breaking the chain.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from bot.ledger import Records

FIRST = "0" * 64


def canonical(value: object) -> str:
    """The one JSON text of a value: sorted keys, no spaces; sentences with their values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=vars)


def write(db: Records, at: float, event: str, run: int | None, people: Mapping[str, str], **facts: Any) -> None:
    """Adds one line. `people` are roles and the ids or addresses behind them (who=…, subject=…); `facts` is plain data and sentences."""
    last: dict[str, Any] = next(db.query("select n, hash from audit order by n desc limit 1"), {"n": 0, "hash": FIRST})
    salt = next(db.query("select salt from salt"))["salt"]
    hidden = {role: hashlib.sha256(f"{salt}{who}".encode()).hexdigest()[:32] for role, who in people.items()}
    hashed = canonical({"n": last["n"] + 1, "at": at, "event": event, "run": run, "people": hidden, "facts": facts})
    db.execute(
        "insert into audit (n, at, run, event, hashed, names, previous, hash)"
        " values (:n, :at, :run, :event, :hashed, :names, :previous, :hash)",
        {
            "n": last["n"] + 1,
            "at": at,
            "run": run,
            "event": event,
            "hashed": hashed,
            "names": canonical(dict(people)),
            "previous": last["hash"],
            "hash": chained(last["hash"], hashed),
        },
    )


def chained(previous: str, hashed: str) -> str:
    """The hash of a line, given the hash of the line before it."""
    return hashlib.sha256(f"{previous}{hashed}".encode()).hexdigest()


def lines(db: Records, run: int | None, limit: int) -> list[dict[str, Any]]:
    """The newest lines (of one run, or of all), newest last."""
    found = db.query("select * from audit where :run is null or run = :run order by n desc limit :limit", {"run": run, "limit": limit})
    return list(found)[::-1]


def broken(db: Records) -> Iterator[int]:
    """The numbers of lines that do not fit the line before them; none means that nobody has touched the audit."""
    previous, expected = FIRST, 1
    for line in db.query("select n, hashed, previous, hash from audit order by n"):
        if (line["n"], line["previous"], line["hash"]) != (expected, previous, chained(previous, line["hashed"])):
            yield line["n"]
        previous, expected = line["hash"], line["n"] + 1
