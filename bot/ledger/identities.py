"""Who people are, whatever they are called: kept with what was done to them, and with what a run has meant by each name.

An identity is the objectGUID of an account on premises. Records from before it was kept have none (""), or only what the
snapshot of their run tells, the id in Entra (`IN_ENTRA` and the id): that is looked up once, and nothing is compared with it.
"""

from collections.abc import Sequence

from bot.calls import RemoteObject
from bot.ledger import Database
from bot.ledger.calls import IN_ENTRA
from bot.ledger.runs import RunRecord
from bot.step import Finding


def identities_of(db: Database, run: RunRecord) -> list[RemoteObject]:
    """Whom this run means by each name that it has looked up, before that whom the run meant that it follows or takes back."""
    earlier = db.query(
        "select distinct subject, identity from calls where run in (:follows, :undo_of)", {"follows": run.follows, "undo_of": run.undo_of}
    )
    addresses = {row["subject"].partition(" ")[0]: row["identity"] for row in earlier}
    names = addresses | {f"sip:{address}": identity for address, identity in addresses.items()}  # as this run may ask for them
    own = db.query("select name, identity from identities where run = :run", {"run": run.id})
    names |= {row["name"]: row["identity"] for row in own}
    return [{"name": name, "Guid": object_guid(identity)} for name, identity in names.items()]


def addresses(db: Database, run: int) -> dict[str, str]:
    """By which address this run knows each of its people: identity -> address."""
    return {row["identity"]: row["address"] for row in db.query("select identity, address from identities where run = :run", {"run": run})}


def save(db: Database, run: int, found: Sequence[Finding]) -> None:
    """Whom the names mean that this run meets for the first time."""
    for one, subject in ((finding.identity, finding.subject) for finding in found if finding.identity):
        for name in dict.fromkeys((one.asked_as, one.address)):
            db.execute(
                "insert or ignore into identities (run, name, identity, address) values (:run, :name, :identity, :address)",
                {"run": run, "name": name, "identity": one.id, "address": subject.partition(" ")[0]},
            )


def object_guid(identity: str) -> str:
    """The objectGUID; empty where none is known."""
    return "" if identity.startswith(IN_ENTRA) else identity


def to_look_up(db: Database) -> list[str]:
    """The ids in Entra of those of whom old records tell nothing better."""
    found = db.query(f"select distinct identity from calls where identity glob '{IN_ENTRA}*'")
    return [row["identity"].removeprefix(IN_ENTRA) for row in found]


def save_looked_up(db: Database, object_id: str, guid: str) -> None:
    """What that has come to. Nobody is looked up a second time: without `guid` it cannot be told."""
    db.execute("update calls set identity = :guid where identity = :old", {"guid": guid, "old": f"{IN_ENTRA}{object_id}"})
