"""Where people came from, as our own runs know it: the pool that each move's way back names."""

from bot.calls import Row
from bot.ledger import Records


def origins(db: Records) -> list[Row]:
    """The pool of everybody whom we have moved, newest move last to count."""
    found = db.query(
        "select findings.subject as subject, json_extract(findings.body, '$.undo[0].parameters.Target') as pool"
        " from findings join runs on runs.id = findings.run"
        " where runs.step = 'move_users' and findings.kind = 'change' and exists (select 1 from rows"
        " where rows.run = findings.run and rows.subject = findings.subject and rows.state = 'done') order by runs.id"
    )
    newest = {row["subject"]: row["pool"] for row in found if row["pool"]}
    return [{"SipAddress": f"sip:{subject}", "RegistrarPool": pool} for subject, pool in newest.items()]
