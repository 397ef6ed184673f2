"""Presses that wait until it is known which groups somebody is in. What is known of groups is kept in memory (`bot.authorization`)."""

from dataclasses import dataclass
from typing import cast

from bot.ledger import Records
from bot.views import Action


@dataclass(frozen=True)
class WaitingAction:
    """A press by somebody whose rights were not known yet."""

    id: int
    run: int | None
    verb: Action
    digest: str | None
    who: str
    at: float
    line: int = 0  # the audit line that says so


def wish(db: Records, run: int | None, verb: Action, digest: str | None, who: str, at: float, line: int = 0) -> None:
    """A press that waits until this person's groups are known; without a run only the groups are wanted.

    `digest` is that of the plan which was meant, None where none was named.
    """
    db.execute(
        "insert into wishes (run, verb, digest, who, at, line) values (:run, :verb, :digest, :who, :at, :line)",
        {"run": run, "verb": verb, "digest": digest, "who": who, "at": at, "line": line},
    )


def wishes(db: Records) -> list[WaitingAction]:
    return [
        WaitingAction(row["id"], row["run"], cast(Action, row["verb"]), row["digest"], row["who"], row["at"], row["line"] or 0)
        for row in db.query("select id, run, verb, digest, who, at, line from wishes order by id")
    ]


def drop_wish(db: Records, wish: int) -> None:
    db.execute("delete from wishes where id = :id", {"id": wish})
