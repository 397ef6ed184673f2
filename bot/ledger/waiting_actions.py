"""Presses that wait until it is known which groups somebody is in. What is known of groups is kept in memory (`bot.authorization`)."""

from dataclasses import dataclass
from typing import cast

from bot.ledger import Database
from bot.views import Action


@dataclass(frozen=True)
class WaitingAction:
    """A press by somebody whose rights were not known yet."""

    id: int
    run: int | None
    action: Action
    digest: str | None
    person: str
    at: float
    line: int = 0  # the audit line that says so


def add(db: Database, run: int | None, action: Action, digest: str | None, person: str, at: float, line: int = 0) -> None:
    """A press that waits until this person's groups are known; without a run only the groups are wanted.

    `digest` is that of the plan which was meant, None where none was named.
    """
    db.execute(
        "insert into waiting_actions (run, action, digest, person, at, line) values (:run, :action, :digest, :person, :at, :line)",
        {"run": run, "action": action, "digest": digest, "person": person, "at": at, "line": line},
    )


def all_waiting(db: Database) -> list[WaitingAction]:
    return [
        WaitingAction(row["id"], row["run"], cast(Action, row["action"]), row["digest"], row["person"], row["at"], row["line"] or 0)
        for row in db.query("select id, run, action, digest, person, at, line from waiting_actions order by id")
    ]


def remove(db: Database, wish: int) -> None:
    db.execute("delete from waiting_actions where id = :id", {"id": wish})
