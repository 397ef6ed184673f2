"""The tables, as small named migrations. A change of the schema is one more function at the end."""

import json
import secrets
from collections.abc import Callable

from sqlite_utils.migrations import Migrations

from bot.i18n import say
from bot.ledger import Records, board, conversations, health, identities, journey, messages
from bot.ledger.reminders import create_reminders
from bot.ledger.serialization import words_text
from bot.ledger.snapshots import create_before

Create = Callable[[Records], None]


class RecordMigrations(Migrations):
    """Migrations of `Records`, which `open_records` hands to them."""

    def __call__(self, *, name: str | None = None) -> Callable[[Create], Create]:  # type: ignore[override]  # theirs take any database
        return super().__call__(name=name)  # type: ignore[return-value]


tables = RecordMigrations("switchover")


@tables()
def runs(db: Records) -> None:
    db.table("runs").create(
        {
            "id": int,
            "step": str,
            "state": str,
            "answers": str,  # as given; "fixed" as resolved once (a group to its members)
            "fixed": str,
            "digest": str,
            "asked_by": str,
            "asked_at": float,
            "started_by": str,
            "agreed_by": str,
            "agreed_at": float,
            "agreed": str,  # the digest that was agreed
            "why": str,
            "problems": str,
            "again_at": float,
            "settling_since": float,
            "spot": str,
            "undo_of": int,
            "life": int,  # counts the workflows of this run: a retry is a new one
            "ended_at": float,
        },
        pk="id",
        not_null={"step", "state", "answers", "digest", "asked_by", "asked_at", "spot", "life"},
    )
    db.table("runs").create_index(["state"])


@tables()
def rows(db: Records) -> None:
    db.table("rows").create(
        {
            "run": int,
            "n": int,
            "subject": str,
            "part": int,  # place in the subject's agreed sequence of calls
            "call": str,
            "state": str,
            "claim": str,  # the subject, while this run works on it
            "session": str,
            "ticket": str,
            "boot": str,
            "began_at": float,
            "ended_at": float,
            "tries": int,
            "verified": int,
            "why": str,
            "remedy": str,
        },
        pk=("run", "n"),
        foreign_keys=[("run", "runs", "id")],
    )
    db.table("rows").create_index(["run", "state"])
    db.table("rows").create_index(["run", "subject"])
    db.execute("create unique index one_claim on rows (claim) where claim is not null")


@tables()
def findings(db: Records) -> None:
    db.table("findings").create(
        {"run": int, "n": int, "subject": str, "kind": str, "body": str}, pk=("run", "n"), foreign_keys=[("run", "runs", "id")]
    )
    db.table("seen").create({"run": int, "fact": str, "subject": str, "body": str, "at": float}, foreign_keys=[("run", "runs", "id")])
    db.table("seen").create_index(["run"])


@tables()
def controls(db: Records) -> None:
    db.table("controls").create(
        {"id": int, "run": int, "verb": str, "who": str, "at": float}, pk="id", foreign_keys=[("run", "runs", "id")]
    )


@tables()
def people(db: Records) -> None:
    db.table("people").create({"id": str, "name": str}, pk="id")
    db.table("groups").create({"person": str, "groups": str, "at": float}, pk="person")
    db.table("wishes").create({"id": int, "run": int, "verb": str, "digest": str, "who": str, "at": float}, pk="id")


@tables()
def audit(db: Records) -> None:
    db.table("audit").create(
        {"n": int, "at": float, "run": int, "event": str, "hashed": str, "names": str, "previous": str, "hash": str}, pk="n"
    )
    for verb in ("update", "delete"):
        db.execute(f"create trigger audit_no_{verb} before {verb} on audit begin select raise(abort, 'the audit is append-only'); end")
    db.table("audit").create_index(["run"])
    db.table("salt").insert({"id": 1, "salt": secrets.token_hex(16)}, pk="id")


@tables()
def found_again(db: Records) -> None:
    """What was seen is also asked for by kind: the newest lists."""
    db.table("seen").create_index(["fact", "run"])


@tables()
def due(db: Records) -> None:
    db.table("rows").add_column("due_at", float)  # a waiting row that was told "not yet" is not sent before


@tables()
def follows(db: Records) -> None:
    db.table("runs").add_column("follows", int)  # the run after which this one began by itself
    create_reminders(db)


@tables()
def before(db: Records) -> None:
    create_before(db)


@tables()
def problems_are_sentences(db: Records) -> None:
    """What is wrong with an answer was plain text once, which nobody could translate."""
    for row in list(db.query("select id, problems from runs where problems is not null")):
        said = {field: say("{words}", words=text) for field, text in json.loads(row["problems"]).items()}
        db.execute("update runs set problems = :said where id = :id", {"id": row["id"], "said": words_text(said)})


@tables()
def lanes(db: Records) -> None:
    db.table("rows").add_column("lane", str, not_null_default="")
    db.table("rows").add_column("waiting_since", float)


@tables()
def rows_hold_somebody(db: Records) -> None:
    db.table("rows").add_column("holds", str, not_null_default="")
    db.execute("update rows set holds = subject")


@tables()
def nobody_asks_which_life_sent_a_row(db: Records) -> None:
    db.execute("alter table rows drop column boot")


@tables()
def anchored(db: Records) -> None:
    """Has a row once the newest audit line is noted outside the records too."""
    db.table("anchored").create({"id": int}, pk="id")


@tables()
def presses_have_a_line(db: Records) -> None:
    """A press that waits counts only with the audit line that says so. What groups people are in is not kept any more."""
    db.table("wishes").add_column("line", int)
    db.table("groups").drop()


@tables()
def waits_have_an_end(db: Records) -> None:
    db.table("runs").add_column("gives_up_at", float)  # until when a run looks whether what was done shows


@tables()
def kept_rows_are_hashed(db: Records) -> None:
    """What is kept of a look is compared with its hash by whoever checks the records."""
    db.table("runs").add_column("plan_hash", str)
    db.table("runs").add_column("seen_hash", str)


for _name, _create in (
    *(*conversations.MIGRATIONS, *messages.MIGRATIONS, *board.MIGRATIONS, *health.MIGRATIONS, *journey.MIGRATIONS),
    *identities.MIGRATIONS,
):
    tables(name=_name)(_create)
