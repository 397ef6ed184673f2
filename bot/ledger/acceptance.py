"""Records that are not as the bot left them are taken as they are, by somebody who answers for it."""

import time
from pathlib import Path

from bot.i18n import LocalizedText
from bot.ledger import audit, open_database
from bot.ledger.anchor import attach, newest
from bot.ledger.database import EMPTY


def accept_database(path: Path, who: str) -> LocalizedText | None:
    """Takes the records as they are from now on, with an audit line that says so. Returns what did not fit; None = nothing, nothing done.

    Nobody else may have the records open.
    """
    records = open_database(path)
    attach(records, path.with_suffix(".head"))
    hold, anchor = records.hold, records.anchor
    if hold is not None and anchor is not None:
        before, _ = anchor.read() or (EMPTY, EMPTY)
        shown = int(str(hold.values.get("line", 0)))  # on a card
        records.hold = None
        records.head = newest(records)
        records.conn.execute("BEGIN IMMEDIATE")
        audit.write(records, time.time(), "accepted", None, {"account": who}, why=hold, noted=max(before.n, shown))
        records.commit()
        anchor.clear()
        anchor.note(records.head, records.head, durably=True)
        if not records.table("anchored").count:
            records.table("anchored").insert({"id": 1})
    records.close()
    return hold
