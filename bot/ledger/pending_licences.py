"""To whom our open runs have given a licence that has not been seen yet."""

from bot.calls import RemoteObject
from bot.ledger import Database
from bot.ledger.identities import object_guid
from bot.ledger.runs import sql_list
from bot.views import RunState

AT_WORK = (RunState.RUNNING, RunState.PAUSED, RunState.VERIFYING, RunState.MONITORING)


def pending_licences(db: Database) -> list[RemoteObject]:
    """Everybody of whom all calls are done and none has shown."""
    found = db.query(
        "select calls.subject as subject, max(calls.identity) as identity from calls join runs on runs.id = calls.run"
        f" where runs.step = 'licences' and runs.state in {sql_list(AT_WORK)}"
        " group by calls.run, calls.subject having min(calls.state = 'done' and not coalesce(calls.verified, 0))"
    )
    return [{"SipAddress": f"sip:{row['subject']}", "Guid": object_guid(row["identity"])} for row in found]
