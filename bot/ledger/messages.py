"""Where cards stand, and what has been posted to the team channel: so that a restart finds every card and repeats no post."""

from bot.ledger import Database
from bot.ledger.serialization import dump_conversation, load_conversation
from bot.views import CardMessage


def save(db: Database, place: CardMessage) -> None:
    """Remembers a card. A message shows one run: the one that was put there last."""
    db.execute(
        "insert into card_messages (conversation, activity, run, reference, shown, person)"
        " values (:conversation, :activity, :run, :reference, :shown, :person)"
        " on conflict (conversation, activity) do update set run = :run, reference = :reference, shown = :shown, person = :person",
        {
            "conversation": place.conversation.conversation,
            "activity": place.activity,
            "run": place.run,
            "reference": dump_conversation(place.conversation),
            "shown": place.shown,
            "person": place.person,
        },
    )


def mark_shown(db: Database, place: CardMessage, shown: str) -> None:
    """The message was edited. Not noted when something else has been noted since `place` was read."""
    _set_shown(db, place.conversation.conversation, place.activity, place.shown, shown)


def mark_unsure(db: Database, conversation: str, activity: str) -> None:
    """The answer to a button stands there now; an edit may have overtaken it, so it must be edited once more."""
    found = message_at(db, conversation, activity)
    if found:
        _set_shown(db, conversation, activity, found.shown, "")


def of_run(db: Database, run: int) -> list[CardMessage]:
    """Every message that shows this run."""
    return [_place(row) for row in db.query("select * from card_messages where run = :run order by rowid", {"run": run})]


def message_at(db: Database, conversation: str, activity: str) -> CardMessage | None:
    """What the message shows, or None when it is no run's card."""
    found = db.query(
        "select * from card_messages where conversation = :conversation and activity = :activity",
        {"conversation": conversation, "activity": activity},
    )
    return next((_place(row) for row in found), None)


def posts_of(db: Database, run: int) -> set[str]:
    """The names of the posts about this run that the team channel has seen."""
    return {row["post"] for row in db.query("select post from posts where run = :run", {"run": run})}


def note_post(db: Database, run: int, post: str) -> None:
    """The team channel has seen it."""
    db.execute("insert or ignore into posts (run, post) values (:run, :post)", {"run": run, "post": post})


def _set_shown(db: Database, conversation: str, activity: str, before: str, now: str) -> None:
    db.execute(
        "update card_messages set shown = :now where conversation = :conversation and activity = :activity and shown = :before",
        {"now": now, "conversation": conversation, "activity": activity, "before": before},
    )


def _place(row: dict[str, str]) -> CardMessage:
    return CardMessage(int(row["run"]), load_conversation(row["reference"]), row["activity"], row["shown"], row["person"])
