"""The audit: append-only, each line chained to the one before it by SHA-256 of canonical JSON.

People stand inside the hashed part as salted hashes of their ids; their names stand beside it, so that a name can be
forgotten without breaking the chain.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from bot.errors import BrokenChain
from bot.i18n import say
from bot.ledger import Database
from bot.ledger.anchor import AGREEING, set_hold
from bot.ledger.database import EMPTY, FIRST, Head


def canonical(value: object) -> str:
    """The one JSON text of a value: sorted keys, no spaces; sentences with their values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=vars)


@dataclass(frozen=True)
class Line:
    """One line as it was hashed. People and subjects are salted hashes."""

    n: int
    at: float
    event: str
    people: dict[str, str]
    facts: dict[str, Any]


def write(db: Database, at: float, event: str, run: int | None, people: Mapping[str, str], **facts: Any) -> None:
    """Adds one line. `people` are roles and the ids or addresses behind them (who=…, subject=…); `facts` is plain data and sentences."""
    last: dict[str, Any] = next(db.query("select n, hash from audit order by n desc limit 1"), EMPTY._asdict())
    hidden = _pseudonyms(people, _salt(db))
    hashed = canonical({"n": last["n"] + 1, "at": at, "event": event, "run": run, "people": hidden, "facts": facts})
    head = Head(last["n"] + 1, chain_hash(last["hash"], hashed))
    if db.anchor and db.head != (last["n"], last["hash"]) and db.hold is None:
        set_hold(db, say("audit line {n} was not written by this bot", n=last["n"]))
    db.head, db.agrees = head, db.agrees or event in AGREEING
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
            "hash": head.hash,
        },
    )


def chain_hash(previous: str, hashed: str) -> str:
    """The hash of a line, given the hash of the line before it."""
    return hashlib.sha256(f"{previous}{hashed}".encode()).hexdigest()


def lines(db: Database, run: int | None, limit: int) -> list[dict[str, Any]]:
    """The newest lines (of one run, or of all), newest last."""
    found = db.query("select * from audit where :run is null or run = :run order by n desc limit :limit", {"run": run, "limit": limit})
    return list(found)[::-1]


def read_proven(db: Database, run: int) -> Iterator[Line]:
    """The lines of a run, and those that concern all runs, from its first to the newest. Raises `BrokenChain`.

    All between are compared with one another, and the last with what this process knows to be the newest. What a line says is
    taken from its hashed part, never from the columns beside it.
    """
    previous, expected = None, None
    of_run, of_all = f'"run":{run}}}', '"run":null}'  # how the canonical text of such a line ends
    query = "select n, at, event, run, hashed, previous, hash from audit where n >= (select min(n) from audit where run = :run) order by n"
    for line in db.query(query, {"run": run}):
        follows = previous is None or (line["previous"] == previous and line["n"] == expected)
        if not follows or line["hash"] != chain_hash(str(line["previous"]), str(line["hashed"])):
            raise BrokenChain(f"line {line['n']}")
        previous, expected = line["hash"], line["n"] + 1
        if line["hashed"].endswith((of_run, of_all)):
            body = json.loads(line["hashed"])
            if any(body[name] != line[name] for name in ("n", "at", "event", "run")):
                raise BrokenChain(f"line {line['n']}")
            yield Line(body["n"], body["at"], body["event"], body["people"], body["facts"])
    if db.anchor is not None and expected is not None and db.head != (expected - 1, previous):
        raise BrokenChain(f"line {expected - 1} is not the newest")


def pseudonymizer(db: Database) -> Callable[[str], str]:
    """Makes of a person's or subject's name what stands for it in the hashed part of lines."""
    salt = _salt(db)
    return lambda name: _pseudonyms({"": name}, salt)[""]


def newest_line_of(db: Database, run: int) -> int:
    """The number of the newest line about this run; 0 where there is none."""
    return next((row["n"] or 0 for row in db.query("select max(n) as n from audit where run = :run", {"run": run})), 0)


def accepted_up_to(db: Database) -> int:
    """The newest line that had been written, or that a card has shown, when somebody accepted records that ended before it."""
    query = "select max(json_extract(hashed, '$.facts.noted')) as n from audit where event = 'accepted'"
    return next((row["n"] or 0 for row in db.query(query)), 0)


def hash_of(db: Database, n: int | None = None) -> tuple[int, str] | None:
    """Number and hash of this line, or of the newest one; None when there is no such line."""
    found = db.query("select n, hash from audit where :n is null or n = :n order by n desc limit 1", {"n": n})
    return next(((line["n"], line["hash"]) for line in found), None)


def find_broken(db: Database) -> Iterator[int]:
    """The numbers of lines that do not fit the line before them, or show something else than what was hashed.

    None means that no line was changed, taken out or put in. Whether the newest are missing, or all were written anew,
    only a hash tells that was noted elsewhere, as the team channel does.
    """
    previous, expected, salt = FIRST, 1, _salt(db)
    for line in db.query("select * from audit order by n"):
        is_next = (line["n"], line["previous"], line["hash"]) == (expected, previous, chain_hash(previous, str(line["hashed"])))
        if not (is_next and _shows_what_was_hashed(line, salt)):
            yield cast(int, line["n"])
        previous, expected = line["hash"], line["n"] + 1


def _shows_what_was_hashed(line: Mapping[str, Any], salt: str) -> bool:
    """A name that has been forgotten is no change."""
    try:
        hashed, names = json.loads(line["hashed"]), json.loads(line["names"])
        same = all(hashed[name] == line[name] for name in ("n", "at", "event", "run"))
        return same and _pseudonyms(names, salt).items() <= hashed["people"].items()
    except (ValueError, LookupError, TypeError, AttributeError):
        return False  # no text that this bot has written


def _pseudonyms(people: Mapping[str, str], salt: str) -> dict[str, str]:
    return {role: hashlib.sha256(f"{salt}{who}".encode()).hexdigest()[:32] for role, who in people.items()}


def _salt(db: Database) -> str:
    return str(next(db.query("select salt from salt"), {"salt": ""})["salt"])
