"""Who people are, whatever they are called: kept with what was done to them, and with what a run has meant by each name.

An identity is the objectGUID of an account on premises. Records from before it was kept have none (""), or only what the
snapshot of their run tells, the id in Entra (`IN_ENTRA` and the id): that is looked up once, and nothing is compared with it.
"""

import json
from collections.abc import Sequence

from bot.calls import RemoteObject
from bot.ledger import Records
from bot.ledger.rows import IN_ENTRA
from bot.ledger.runs import RunRecord
from bot.step import Finding


def meant(db: Records, run: RunRecord) -> list[RemoteObject]:
    """Whom this run means by each name that it has looked up, before that whom the run meant that it follows or takes back."""
    earlier = db.query(
        "select distinct subject, identity from rows where run in (:follows, :undo_of)", {"follows": run.follows, "undo_of": run.undo_of}
    )
    addresses = {row["subject"].partition(" ")[0]: row["identity"] for row in earlier}
    names = addresses | {f"sip:{address}": identity for address, identity in addresses.items()}  # as this run may ask for them
    own = db.query("select name, identity from meant where run = :run", {"run": run.id})
    names |= {row["name"]: row["identity"] for row in own}
    return [{"name": name, "Guid": known(identity)} for name, identity in names.items()]


def subjects(db: Records, run: int) -> dict[str, str]:
    """By which address this run knows each of its people: identity -> address."""
    return {row["identity"]: row["address"] for row in db.query("select identity, address from meant where run = :run", {"run": run})}


def keep(db: Records, run: int, found: Sequence[Finding]) -> None:
    """Whom the names mean that this run meets for the first time."""
    for one, subject in ((finding.identity, finding.subject) for finding in found if finding.identity):
        for name in dict.fromkeys((one.asked_as, one.address)):
            db.execute(
                "insert or ignore into meant (run, name, identity, address) values (:run, :name, :identity, :address)",
                {"run": run, "name": name, "identity": one.id, "address": subject.partition(" ")[0]},
            )


def known(identity: str) -> str:
    """The objectGUID; empty where none is known."""
    return "" if identity.startswith(IN_ENTRA) else identity


def to_look_up(db: Records) -> list[str]:
    """The ids in Entra of those of whom old records tell nothing better."""
    found = db.query(f"select distinct identity from rows where identity glob '{IN_ENTRA}*'")
    return [row["identity"].removeprefix(IN_ENTRA) for row in found]


def looked_up(db: Records, object_id: str, guid: str) -> None:
    """What that has come to. Nobody is looked up a second time: without `guid` it cannot be told."""
    db.execute("update rows set identity = :guid where identity = :old", {"guid": guid, "old": f"{IN_ENTRA}{object_id}"})


def create_identities(db: Records) -> None:
    """The migration: rows of old runs get the id in Entra, where the snapshot of their run has it."""
    db.table("rows").add_column("identity", str, not_null_default="")
    db.table("meant").create({"run": int, "name": str, "identity": str, "address": str}, pk=("run", "name"))
    snapshots = "select run, subject, body from seen where fact in ('OnlineUser', 'OnlineUserByName', 'MovedUser', 'UserMode')"
    for row in list(db.query(snapshots)):
        told = json.loads(row["body"])
        if isinstance(told, dict) and told.get("Identity"):
            db.execute(
                "update rows set identity = :identity where run = :run and identity = '' and (subject = :subject or holds = :subject"
                " or substr(subject, 1, length(:subject) + 1) = :subject || ' ')",
                {"identity": f"{IN_ENTRA}{told['Identity']}", "run": row["run"], "subject": row["subject"]},
            )


def create_to_look_up(db: Records) -> None:
    """The migration: every look asks whether somebody is to be looked up."""
    db.execute(f"create index to_look_up on rows (identity) where identity glob '{IN_ENTRA}*'")


MIGRATIONS = [("identities", create_identities), ("identities to look up", create_to_look_up)]
