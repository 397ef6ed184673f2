"""What is known of people's groups, and presses that wait until it is known."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from bot.ledger import Records
from bot.view import Verb


@dataclass(frozen=True)
class Wish:
    """A press by somebody whose rights were not known yet."""

    id: int
    run: int | None
    verb: Verb
    digest: str | None
    who: str
    at: float


def groups_of(db: Records, who: str, since: float) -> set[str] | None:
    """The groups that this person was in when last read, or None when that is too long ago."""
    found = db.query("select groups from groups where person = :who and at >= :since", {"who": who, "since": since})
    return next((set(json.loads(row["groups"])) for row in found), None)


def keep_groups(db: Records, who: str, groups: Iterable[str], at: float) -> None:
    db.execute(
        "insert into groups (person, groups, at) values (:who, :groups, :at) on conflict (person) do update set groups = :groups, at = :at",
        {"who": who, "groups": json.dumps(sorted(groups)), "at": at},
    )


def wish(db: Records, run: int | None, verb: Verb, digest: str | None, who: str, at: float) -> None:
    """A press that waits until this person's groups are known; without a run only the groups are wanted."""
    db.execute(
        "insert into wishes (run, verb, digest, who, at) values (:run, :verb, :digest, :who, :at)",
        {"run": run, "verb": verb, "digest": digest, "who": who, "at": at},
    )


def wishes(db: Records) -> list[Wish]:
    return [
        Wish(row["id"], row["run"], cast(Verb, row["verb"]), row["digest"], row["who"], row["at"])
        for row in db.query("select id, run, verb, digest, who, at from wishes order by id")
    ]


def drop_wish(db: Records, wish: int) -> None:
    db.execute("delete from wishes where id = :id", {"id": wish})
