"""The configuration on its way from the Central Management Store to every server, the Edge included."""

from collections.abc import Sequence
from datetime import timedelta

from bot.facts.hybrid import Replica
from bot.say import Say, say
from bot.step import Reason, Unclear

AGAIN = 60.0  # seconds; a change has reached every server after 1 to 5 minutes
LONG = timedelta(minutes=15)
# https://learn.microsoft.com/troubleshoot/skypeforbusiness/server-configuration/central-management-store-replication-failures
CAUSES = say(
    "look into the log “Lync Server” of the master, source LS File Transfer Agent Service: 1017 = port 4443 (Edge) or 445 is closed "
    "or there is no route, 1015 = wrong certificate on that server, 1034 = no rights on its file share"
)


def on_its_way(subject: str, replicas: Sequence[Replica]) -> Unclear | None:
    """The finding about something that is as wanted but has not reached every server; None when it has."""
    behind = [one for one in replicas if not one.up_to_date]
    if not behind:
        return None
    why = say("set, but these servers do not have it yet: {names}", names=_names(behind))
    return Unclear(subject, why, AGAIN, (CAUSES,) if cut_off(replicas) else ())


def healthy(replicas: Sequence[Replica]) -> list[Reason | Say]:
    """What replication has to say before anything is changed."""
    behind, lost = [one for one in replicas if not one.up_to_date], cut_off(replicas)
    if lost:
        return [Reason(say("replication does not reach: {names}", names=_names(lost)), CAUSES)]
    return [say("an earlier change is still on its way to: {names}", names=_names(behind))] if behind else []


def cut_off(replicas: Sequence[Replica]) -> list[Replica]:
    """Servers that have missed a change for long. The newest report of any server tells what time it is there."""
    reports = [one.last_status_report for one in replicas if one.last_status_report]
    now = max(reports, default=None)
    return [one for one in replicas if not one.up_to_date and now and one.last_update_creation and now - one.last_update_creation > LONG]


def _names(replicas: Sequence[Replica]) -> str:
    return ", ".join(sorted(one.replica_fqdn for one in replicas))
