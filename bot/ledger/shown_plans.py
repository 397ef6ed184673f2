"""Which plans a run has had, and to whom each was shown: so that nobody agrees to one that they cannot have seen."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.ledger import Database
from bot.views import FINGERPRINT, ConversationRef

KEPT = 5  # plans of one run of which is known what they held


@dataclass(frozen=True)
class PastPlan:
    """A plan that a run has, or has had. `at` is when it was first made, in seconds since 1970.

    `marks` tell for each subject what would be done to it, as a short hash: enough to say what differs.
    """

    digest: str
    at: float
    hashes: Mapping[str, str]


def save(db: Database, run: int, plan: PastPlan) -> None:
    """Keeps a plan among the newest of this run."""
    db.execute(
        "insert or ignore into plans (run, digest, at, hashes) values (:run, :digest, :at, :hashes)",
        {"run": run, "digest": plan.digest, "at": plan.at, "hashes": json.dumps(dict(plan.hashes))},
    )
    newest = "select rowid from plans where run = :run order by at desc, rowid desc limit :n"
    db.execute(f"delete from plans where run = :run and rowid not in ({newest})", {"run": run, "n": KEPT})


def is_known(db: Database, run: int, digest: str) -> bool:
    """Whether this plan is kept."""
    return any(True for _ in db.query("select 1 from plans where run = :run and digest = :digest", {"run": run, "digest": digest}))


def find(db: Database, run: int, name: str) -> PastPlan | None:
    """The newest plan of this run that has this digest or fingerprint."""
    found = db.query(
        f"select * from plans where run = :run and :name in (digest, substr(digest, 1, {FINGERPRINT})) order by at desc limit 1",
        {"run": run, "name": name},
    )
    return next((_plan(row) for row in found), None)


def mark_shown(db: Database, run: int, digest: str, spot: ConversationRef, person: str, at: float) -> bool:
    """The plan is shown there; `person` is whose alone the place is, or "". Returns whether that is new."""
    found = db.execute(
        "insert or ignore into shown_plans (run, digest, conversation, person, public, at)"
        " values (:run, :digest, :conversation, :person, :public, :at)",
        {
            "run": run,
            "digest": digest,
            "conversation": spot.conversation,
            "person": person,
            "public": spot.kind == "channel",  # of a team: whoever approves reads it there
            "at": at,
        },
    )
    return bool(found.rowcount)


def unmark_shown(db: Database, run: int, digest: str, spot: ConversationRef, person: str) -> None:
    """The plan could not be shown there."""
    db.execute(
        "delete from shown_plans where run = :run and digest = :digest and conversation = :conversation and person = :person",
        {"run": run, "digest": digest, "conversation": spot.conversation, "person": person},
    )


def was_shown_to(db: Database, run: int, digest: str, who: str, conversation: str) -> bool:
    """Whether the plan was shown to this person alone, in a team channel, or in the conversation where they speak."""
    found = db.query(
        "select 1 from shown_plans where run = :run and digest = :digest"
        " and (person = :who or person = '' and (public or conversation = :conversation)) limit 1",
        {"run": run, "digest": digest, "who": who, "conversation": conversation},
    )
    return any(True for _ in found)


def _plan(row: Mapping[str, Any]) -> PastPlan:
    return PastPlan(row["digest"], row["at"], json.loads(row["hashes"]))
