"""To whom our open runs have given a licence that has not been seen yet."""

from bot.calls import RemoteObject
from bot.ledger import Records
from bot.ledger.identities import known
from bot.ledger.runs import sql_list
from bot.views import RunState

AT_WORK = (RunState.RUNNING, RunState.PAUSED, RunState.VERIFYING, RunState.MONITORING)


def being_given(db: Records) -> list[RemoteObject]:
    """Everybody of whom all calls are done and none has shown."""
    found = db.query(
        "select rows.subject as subject, max(rows.identity) as identity from rows join runs on runs.id = rows.run"
        f" where runs.step = 'licences' and runs.state in {sql_list(AT_WORK)}"
        " group by rows.run, rows.subject having min(rows.state = 'done' and not coalesce(rows.verified, 0))"
    )
    return [{"SipAddress": f"sip:{row['subject']}", "Guid": known(row["identity"])} for row in found]
