"""Where cards stand, and what has been posted to the team channel: so that a restart finds every card and repeats no post."""

from dataclasses import dataclass

from bot.ledger import Records, board, shown
from bot.ledger.serialization import spot_of, spot_text
from bot.views import ConversationRef


@dataclass(frozen=True)
class CardMessage:
    """One message that shows a run: `shown` is the fingerprint of what it shows, or "" when that is not sure;
    `person` is whose alone it is, or ""."""

    run: int
    spot: ConversationRef
    activity: str
    shown: str = ""
    person: str = ""


def put(db: Records, place: CardMessage) -> None:
    """Remembers a card. A message shows one run: the one that was put there last."""
    db.execute(
        "insert into cards (conversation, activity, run, spot, shown, person)"
        " values (:conversation, :activity, :run, :spot, :shown, :person)"
        " on conflict (conversation, activity) do update set run = :run, spot = :spot, shown = :shown, person = :person",
        {
            "conversation": place.spot.conversation,
            "activity": place.activity,
            "run": place.run,
            "spot": spot_text(place.spot),
            "shown": place.shown,
            "person": place.person,
        },
    )


def shows(db: Records, place: CardMessage, shown: str) -> None:
    """The message was edited. Not noted when something else has been noted since `place` was read."""
    _set_shown(db, place.spot.conversation, place.activity, place.shown, shown)


def unsure(db: Records, conversation: str, activity: str) -> None:
    """The answer to a button stands there now; an edit may have overtaken it, so it must be edited once more."""
    found = at(db, conversation, activity)
    if found:
        _set_shown(db, conversation, activity, found.shown, "")


def moved(db: Records, spot: ConversationRef) -> None:
    """The conversation is reached in another way from now on: its service URL has changed."""
    board.moved(db, spot)
    db.execute(
        "update cards set spot = :spot where conversation = :conversation",
        {"spot": spot_text(spot), "conversation": spot.conversation},
    )


def of_run(db: Records, run: int) -> list[CardMessage]:
    """Every message that shows this run."""
    return [_place(row) for row in db.query("select * from cards where run = :run order by rowid", {"run": run})]


def at(db: Records, conversation: str, activity: str) -> CardMessage | None:
    """What the message shows, or None when it is no run's card."""
    found = db.query(
        "select * from cards where conversation = :conversation and activity = :activity",
        {"conversation": conversation, "activity": activity},
    )
    return next((_place(row) for row in found), None)


def posted(db: Records, run: int) -> set[str]:
    """The names of the posts about this run that the team channel has seen."""
    return {row["post"] for row in db.query("select post from posts where run = :run", {"run": run})}


def note_post(db: Records, run: int, post: str) -> None:
    """The team channel has seen it."""
    db.execute("insert or ignore into posts (run, post) values (:run, :post)", {"run": run, "post": post})


def _set_shown(db: Records, conversation: str, activity: str, before: str, now: str) -> None:
    db.execute(
        "update cards set shown = :now where conversation = :conversation and activity = :activity and shown = :before",
        {"now": now, "conversation": conversation, "activity": activity, "before": before},
    )


def _place(row: dict[str, str]) -> CardMessage:
    return CardMessage(int(row["run"]), spot_of(row["spot"]), row["activity"], row["shown"], row["person"])


def create_cards(db: Records) -> None:
    """The migration: one row per message that shows a run, one per post."""
    db.table("cards").create(
        {"conversation": str, "activity": str, "run": int, "spot": str, "shown": str, "person": str}, pk=("conversation", "activity")
    )
    db.table("cards").create_index(["run"])
    db.table("posts").create({"run": int, "post": str}, pk=("run", "post"))


MIGRATIONS = [("cards", create_cards), ("shown", shown.create_shown)]
