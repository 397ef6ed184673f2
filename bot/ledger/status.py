"""The board in the records: what the newest look said of each step, and where people see it."""

import json
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from bot.ledger import Database
from bot.ledger.serialization import dump_conversation, load_conversation
from bot.views import StatusMessage, StepStatus

_standing: TypeAdapter[StepStatus] = TypeAdapter(StepStatus)


def save(db: Database, step: str, now: StepStatus) -> None:
    """What a look has said. When that is something else than before, both are remembered."""
    before = latest_statuses(db).get(step)
    was, changed_at = (before.was, before.changed_at) if before else (None, None)
    if before and before.state != now.state:
        was, changed_at = before.state, now.at
    body = _standing.dump_python(now, mode="json", include={"examples", "counts", "cures"})
    db.execute(
        "insert or replace into step_statuses (step, state, body, at, was, changed_at)"
        " values (:step, :state, :body, :at, :was, :changed_at)",
        {
            "step": step,
            "state": now.state,
            "body": json.dumps(body),
            "at": now.at.timestamp(),
            "was": was,
            "changed_at": changed_at.timestamp() if changed_at else None,
        },
    )


def latest_statuses(db: Database) -> dict[str, StepStatus]:
    """The newest look at each step that was looked at."""
    return {row["step"]: _of(row) for row in db.query("select * from step_statuses")}


def save_message(db: Database, place: StatusMessage) -> None:
    """Remembers where the board stands; only the newest of a conversation is kept true."""
    db.execute(
        "insert or replace into status_messages (conversation, activity, reference, shown, person, asked_at, since)"
        " values (:conversation, :activity, :reference, :shown, :person, :asked_at, :since)",
        {**vars(place), "conversation": place.conversation.conversation, "reference": dump_conversation(place.conversation)},
    )


def mark_shown(db: Database, place: StatusMessage, shown: str) -> None:
    """The message was edited."""
    db.execute(
        "update status_messages set shown = :shown where conversation = :conversation and activity = :activity",
        {"shown": shown, "conversation": place.conversation.conversation, "activity": place.activity},
    )


def messages(db: Database) -> list[StatusMessage]:
    """Every message that shows the board and is kept true."""
    return [_place(row) for row in db.query("select * from status_messages order by asked_at")]


def message_in(db: Database, conversation: str) -> StatusMessage | None:
    """The newest board of this conversation, or None when nobody has asked for it there."""
    found = db.query("select * from status_messages where conversation = :conversation", {"conversation": conversation})
    return next((_place(row) for row in found), None)


def _of(row: dict[str, Any]) -> StepStatus:
    times = {name: datetime.fromtimestamp(row[name], UTC) if row[name] else None for name in ("at", "changed_at")}
    return _standing.validate_python({**json.loads(row["body"]), "state": row["state"], "was": row["was"], **times})


def _place(row: dict[str, Any]) -> StatusMessage:
    names = ("activity", "shown", "person", "asked_at", "since")
    return StatusMessage(load_conversation(row["reference"]), **{name: row[name] for name in names})
