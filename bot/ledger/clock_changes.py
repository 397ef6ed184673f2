"""What is dated and still waited for goes along when the clock is set, so that nothing comes early, late, or counts for longer."""

from bot.ledger import Database, audit
from bot.ledger.runs import IS_OPEN

OPEN_ROW = f"run in (select id from runs where {IS_OPEN})"


def shift_dates(db: Database, now: float, by: float, *, lost: bool) -> None:
    """All moments that something is still counted from, or until, move by so many seconds. The audit says so.

    `now` is the date after it. `lost`: the clock was set back while the bot was down, at least by so much, and nobody knows how long
    that was; then no agreement and no waiting press of before counts any more (see `bot.runs.agreement`).
    """
    moved = {"by": by}
    db.execute(f"update runs set again_at = again_at + :by, verifying_since = verifying_since + :by where {IS_OPEN}", moved)
    db.execute(f"update calls set due_at = due_at + :by, waiting_since = waiting_since + :by where {OPEN_ROW}", moved)
    db.execute(f"update calls set sent_at = sent_at + :by where state in ('sent', 'unknown') and {OPEN_ROW}", moved)
    db.execute(f"update calls set ended_at = ended_at + :by where state = 'done' and {OPEN_ROW}", moved)
    db.execute("update deliveries set at = at + :by", moved)
    if lost:
        db.execute("delete from waiting_actions")
    elif by < 0:  # forward it may be that time has passed unseen, as for a machine that was suspended: then they are old
        db.execute("update waiting_actions set at = at + :by", moved)
    audit.write(db, now, "clock set", None, {}, by=None if lost else round(by, 3))
