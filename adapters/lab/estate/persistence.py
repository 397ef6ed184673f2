"""Keeps the pretend estate in one SQLite file: what differs from its seed, and the effects. A kill loses nothing that was answered."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from adapters.lab.estate.estate import ChangedObject, Effect, Estate
from adapters.lab.estate.initial_state import Stage
from adapters.lab.estate.population import populate
from adapters.lab.estate.state import EstateState, UncertainBehaviour
from adapters.lab.powershell.values import Credential

_SCHEMA = """
create table if not exists made (seed integer not null, users integer not null, stage text not null, at text not null);
create table if not exists kept (place text not null, key text not null, thing text, primary key (place, key)) without rowid;
create table if not exists effects (number integer primary key, effect text not null);
"""
_EFFECT = TypeAdapter(Effect)


def open_estate(
    path: Path,
    *,
    seed: int,
    users: int,
    stage: Stage,
    cloud_admin: Credential,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    time_factor: float = 1.0,
    move_latency: float = 2.0,
    uncertain: UncertainBehaviour | None = None,
) -> Estate:
    """The estate of this file; a new one is made by seed, users and stage. One process at a time may have it open."""
    store = EstateFile(path)
    at = store.origin(seed, users, stage, clock())
    world = populate(*at)
    world.uncertain = uncertain or world.uncertain
    store.restore(world)
    return Estate(
        initial_state=world,
        clock=clock,
        time_factor=time_factor,
        move_latency=move_latency,
        cloud_admin=cloud_admin,
        effects=store.effects(),
        on_change=store.save,
    )


class EstateFile:
    """The file. WAL with synchronous NORMAL survives a kill of the process (a power cut may lose the last moments)."""

    def __init__(self, path: Path) -> None:
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._file.execute("pragma journal_mode = wal")
        self._file.execute("pragma synchronous = normal")
        self._file.executescript(_SCHEMA)
        self._forms = {name: _table_format(hint) for name, hint in get_type_hints(EstateState).items()}

    def origin(self, seed: int, users: int, stage: Stage, now: datetime) -> tuple[int, int, Stage, datetime]:
        """What the estate was made of the first time; noted now when this is the first time."""
        row = self._file.execute("select seed, users, stage, at from made").fetchone()
        if row is None:
            row = (seed, users, stage, now.isoformat())
            self._file.execute("insert into made values (?, ?, ?, ?)", row)
        return row[0], row[1], row[2], datetime.fromisoformat(row[3])

    def save(self, touched: Sequence[ChangedObject], effect: Effect | None) -> None:
        rows = [(kept.table, str(kept.key), self._serialize(kept)) for kept in touched]
        self._file.execute("begin")
        self._file.executemany("insert or replace into kept values (?, ?, ?)", rows)
        if effect:
            self._file.execute("insert into effects (effect) values (?)", (_EFFECT.dump_json(effect).decode(),))
        self._file.execute("commit")

    def restore(self, world: EstateState) -> None:
        """Puts what was kept in the place of what the seed gave."""
        for table, key, text in self._file.execute("select place, key, thing from kept"):
            key_type, form = self._forms[table]
            thing = None if text is None else form.validate_json(text)
            if key == "":
                setattr(world, table, thing)
            elif thing is None:
                getattr(world, table).pop(key_type(key), None)
            else:
                getattr(world, table)[key_type(key)] = thing

    def effects(self) -> list[Effect]:
        return [_EFFECT.validate_json(text) for (text,) in self._file.execute("select effect from effects order by number")]

    def close(self) -> None:
        self._file.close()

    def _serialize(self, kept: ChangedObject) -> str | None:
        return None if kept.thing is None else self._forms[kept.table][1].dump_json(kept.thing).decode()


def _table_format(hint: Any) -> tuple[Callable[[str], str | int], TypeAdapter[Any]]:
    """How the things of one table are written: the type of its keys, and the form of one thing."""
    if get_origin(hint) is dict:
        key, thing = get_args(hint)
        return key, TypeAdapter(thing)
    return str, TypeAdapter(hint)
