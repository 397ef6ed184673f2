"""A temporary database in which two directories of any size are compared.

It holds no truth and is gone afterwards.

Filled page by page, joined by what identifies an account: the immutable id first, then the SID, never a name alone.
"""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

Here = tuple[str, str, str, str, float]  # SIP address, sign-in name, immutable id, SID, time of the last change
There = tuple[str, str, str, str, bool, bool, bool, str]  # id, sign-in name, immutable id, SID, enabled, synchronised, deleted, errors
Held = tuple[str, str]  # a SIP address, and the id of the cloud user who holds it
Entry = tuple[str, str, str, str]  # SIP address, sign-in name, sign-in name in the cloud, what is to be said

_TABLES = """
create table here (n integer primary key, sip text, upn text, immutable text, sid text, changed real);
create table there (id text primary key, upn text, immutable text, sid text, enabled int, synced int, deleted int, errors text)
  without rowid;
create table held (sip text, id text, primary key (sip, id)) without rowid;
create table invalid (id text primary key, why text) without rowid;
create table verified (domain text primary key) without rowid;
create table pair (n int, id text, primary key (n, id)) without rowid;
"""
_INDEXES = """
create index here_sip on here (sip);
create index there_immutable on there (immutable) where immutable <> '';
create index there_sid on there (sid) where sid <> '';
create index there_upn on there (upn);
create index held_id on held (id);
"""
# Whoever lives counts before whoever is in the bin, and the stronger key before the weaker.
_PAIR = """
insert into pair select here.n, there.id from here join there on there.{key} = here.{key}
where here.{key} <> '' and there.{key} <> '' and there.deleted = :deleted and here.n not in (select n from pair)
"""
_DOUBTFUL = """
create table doubtful (n integer primary key, why text);
insert into doubtful select n, 'the account has neither an id nor a SID to be found by' from here where immutable = '' and sid = '';
insert or ignore into doubtful select n, 'several cloud users answer to this account' from pair group by n having count(*) > 1;
insert or ignore into doubtful select n, 'several accounts answer to the same cloud user' from pair
  where id in (select id from pair group by id having count(*) > 1);
insert or ignore into doubtful select here.n, 'its id and its SID belong to different cloud users'
  from here join pair using (n) join there other on other.sid = here.sid and here.sid <> '' and other.id <> pair.id and not other.deleted;
create table shared (sip text primary key) without rowid;
insert into shared select sip from here where sip <> '' group by sip having count(*) > 1;
create table person as select here.n, here.sip, here.upn, here.changed, there.id, there.upn as cloud, there.enabled, there.synced,
    there.deleted, there.errors, substr(here.sip, instr(here.sip, '@') + 1) in (select domain from verified) as arrives
  from here left join pair using (n) left join there using (id) where here.n not in (select n from doubtful);
create table stranger as select person.n, there.upn, person.id is null and not there.synced as doubles
  from person join held using (sip) join there on there.id = held.id where there.id is not person.id and not there.deleted;
create table double as select n, upn from stranger where doubles
  union select person.n, there.upn from person join there on there.upn = person.upn
  where person.id is null and person.upn <> '' and not there.synced and not there.deleted;
"""
# What each list is made of: SIP address, sign-in name, the cloud's sign-in name, what is to be said, and when the account has changed.
_EVERY = "select sip, upn, cloud, '' as said, changed from person where "
_LISTS = {
    "not in the cloud": _EVERY + "id is null and n not in (select n from double)",
    "not synchronised": "select sip, upn, coalesce(cloud, (select min(double.upn) from double where double.n = person.n)), '' as said,"
    " changed from person where n in (select n from double) or (id is not null and not synced and not deleted)",
    "SIP address differs": "select sip, upn, cloud, (select group_concat(held.sip, ' ') from held where held.id = person.id) as said,"
    " changed from person where synced and not deleted and arrives"
    " and not exists (select 1 from held where held.sip = person.sip and held.id = person.id)",
    "SIP address twice": "select sip, upn, cloud, (select group_concat(stranger.upn, ' ') from stranger where stranger.n = person.n)"
    " as said, changed from person where sip in (select sip from shared)"
    " or n in (select n from stranger where not doubles)",
    "SIP domain not verified": _EVERY + "not arrives",
    "sign-in name differs": _EVERY + "upn <> sip",
    "account disabled": _EVERY + "not enabled and not deleted",
    "deleted in the cloud": _EVERY + "deleted",
    "errors in the cloud": "select sip, upn, cloud, trim(errors || '; ' || coalesce(why, ''), '; ') as said, changed"
    " from person left join invalid using (id) where not deleted and (errors <> '' or why is not null)",
    "unclear": "select sip, upn, '' as cloud, why as said, changed from doubtful join here using (n)",
}
LISTS = tuple(_LISTS)
MAY_WAIT = ("not in the cloud", "not synchronised", "SIP address differs")  # what the next cycle may cure


class ComparisonDb:
    """`with ComparisonDb() as comparison`: fill it, `join` it, read its lists.

    Every method blocks; one at a time, from any thread.
    """

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="switchover-")
        self._db = sqlite3.connect(Path(self._folder.name) / "scratch.sqlite", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "temp_store=FILE", "cache_size=-16000"):
            self._db.execute(f"pragma {pragma}")
        self._db.executescript(_TABLES)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._db.close()
        self._folder.cleanup()

    def add_here(self, rows: Iterable[Here]) -> None:
        self._fill("insert into here (sip, upn, immutable, sid, changed) values (?, ?, ?, ?, ?)", rows)

    def add_there(self, rows: Iterable[There], held: Iterable[Held]) -> None:
        """A page may repeat somebody: the newest answer counts."""
        self._fill("insert or replace into there values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._fill("insert or ignore into held values (?, ?)", held)

    def add_invalid(self, rows: Iterable[tuple[str, str]]) -> None:
        """Cloud users, and what Teams could not take in of them."""
        self._fill("insert or replace into invalid values (?, ?)", rows)

    def join(self, verified: Iterable[str]) -> None:
        """Finds for each account its cloud user. `verified` are the domains that the cloud knows."""
        self._fill("insert or ignore into verified values (?)", ((name,) for name in verified))
        self._db.executescript(_INDEXES)
        for deleted in (False, True):
            for key in ("immutable", "sid"):
                self._db.execute(_PAIR.format(key=key), {"deleted": deleted})
        self._db.executescript(_DOUBTFUL)

    def entries(self, name: str) -> Iterator[Entry]:
        """The people on this list, by SIP address."""
        for sip, upn, cloud, said, _ in self._db.execute(f"{_LISTS[name]} order by 1, 2"):
            yield sip, upn, cloud or "", said or ""

    def first(self, name: str, most: int) -> list[str]:
        """The SIP addresses of the first on this list."""
        return [sip for sip, *_ in islice(self.entries(name), most)]

    def count(self) -> tuple[int, int]:
        """How many there are on premises, and how many in the cloud."""
        here = self._db.execute("select count(*) from here").fetchone()[0]
        return here, self._db.execute("select count(*) from there where not deleted").fetchone()[0]

    def count_changed_since(self, moment: float) -> int:
        """How many of those whom a cycle may cure have changed after this moment (seconds since 1970)."""
        lists = " union ".join(f"select sip, upn from ({_LISTS[name]}) where changed > :moment" for name in MAY_WAIT)
        return int(self._db.execute(f"select count(*) from ({lists})", {"moment": moment}).fetchone()[0])

    def _fill(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._db.execute("begin")
        self._db.executemany(sql, rows)
        self._db.execute("commit")
