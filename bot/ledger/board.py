"""The board in the records: what the newest look said of each step, and where people see it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from bot.ledger import Records
from bot.ledger.serialization import spot_of, spot_text
from bot.views import ConversationRef, StepStatus

_standing: TypeAdapter[StepStatus] = TypeAdapter(StepStatus)


@dataclass(frozen=True)
class BoardPlace:
    """The newest board of a conversation. `since` is when the one before it was asked for: what has changed later is news there."""

    spot: ConversationRef
    activity: str
    shown: str
    person: str
    asked_at: float
    since: float | None = None


def note(db: Records, step: str, now: StepStatus) -> None:
    """What a look has said. When that is something else than before, both are remembered."""
    before = standings(db).get(step)
    was, changed_at = (before.was, before.changed_at) if before else (None, None)
    if before and before.state != now.state:
        was, changed_at = before.state, now.at
    body = _standing.dump_python(now, mode="json", include={"examples", "counts", "cures"})
    db.execute(
        "insert or replace into board (step, state, body, at, was, changed_at) values (:step, :state, :body, :at, :was, :changed_at)",
        {
            "step": step,
            "state": now.state,
            "body": json.dumps(body),
            "at": now.at.timestamp(),
            "was": was,
            "changed_at": changed_at.timestamp() if changed_at else None,
        },
    )


def standings(db: Records) -> dict[str, StepStatus]:
    """The newest look at each step that was looked at."""
    return {row["step"]: _of(row) for row in db.query("select * from board")}


def put(db: Records, place: BoardPlace) -> None:
    """Remembers where the board stands; only the newest of a conversation is kept true."""
    db.execute(
        "insert or replace into boards (conversation, activity, spot, shown, person, asked_at, since)"
        " values (:conversation, :activity, :spot, :shown, :person, :asked_at, :since)",
        {**vars(place), "conversation": place.spot.conversation, "spot": spot_text(place.spot)},
    )


def shows(db: Records, place: BoardPlace, shown: str) -> None:
    """The message was edited."""
    db.execute(
        "update boards set shown = :shown where conversation = :conversation and activity = :activity",
        {"shown": shown, "conversation": place.spot.conversation, "activity": place.activity},
    )


def moved(db: Records, spot: ConversationRef) -> None:
    """The conversation is reached in another way from now on."""
    db.execute(
        "update boards set spot = :spot where conversation = :conversation",
        {"spot": spot_text(spot), "conversation": spot.conversation},
    )


def places(db: Records) -> list[BoardPlace]:
    """Every message that shows the board and is kept true."""
    return [_place(row) for row in db.query("select * from boards order by asked_at")]


def at(db: Records, conversation: str) -> BoardPlace | None:
    """The newest board of this conversation, or None when nobody has asked for it there."""
    found = db.query("select * from boards where conversation = :conversation", {"conversation": conversation})
    return next((_place(row) for row in found), None)


def _of(row: dict[str, Any]) -> StepStatus:
    times = {name: datetime.fromtimestamp(row[name], UTC) if row[name] else None for name in ("at", "changed_at")}
    return _standing.validate_python({**json.loads(row["body"]), "state": row["state"], "was": row["was"], **times})


def _place(row: dict[str, Any]) -> BoardPlace:
    names = ("activity", "shown", "person", "asked_at", "since")
    return BoardPlace(spot_of(row["spot"]), **{name: row[name] for name in names})


def create_board(db: Records) -> None:
    """The migration: one row per step that was looked at, one per conversation that shows the board."""
    db.table("board").create({"step": str, "state": str, "body": str, "at": float, "was": str, "changed_at": float}, pk="step")
    db.table("boards").create(
        {"conversation": str, "activity": str, "spot": str, "shown": str, "person": str, "asked_at": float, "since": float},
        pk="conversation",
    )


MIGRATIONS = [("the board", create_board)]
