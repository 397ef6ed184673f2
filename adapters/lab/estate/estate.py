"""The pretend estate at work: its clock, what is kept and logged, and what time does by itself. No I/O.

Who reads asks `estate.world` (which first lets happen what is due); who changes something says `keep` for each object and `log` once.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from adapters.lab.estate.directory_index import Finder
from adapters.lab.estate.entra_connect import Syncing
from adapters.lab.estate.move_rules import obstacles
from adapters.lab.estate.person import CLOUD, HERE, NEVER, Person
from adapters.lab.estate.state import Uncertain, World
from adapters.lab.powershell.values import Credential
from bot.calls import Json

Result = Literal["done", "half", "failed"]
Home = Literal["on-premises", "teams", "half", "none"]

# Documented durations in seconds; `hurry` divides them all.
MINUTE, HOUR = 60.0, 3600.0
REPLICA_FIRST, REPLICA_NEXT = 1 * MINUTE, 1 * MINUTE  # replicas turn up to date one by one within 1 to 5 minutes
LICENCE_READY, LICENCE_COUNTS = 5 * MINUTE, 30 * MINUTE
IN_POOL = 1 * MINUTE  # User Replicator
NEGATIVE = 5 * MINUTE  # for which resolvers remember that a record was not there
MODE_FOLLOWS = 10 * MINUTE  # "up to 24 h" for clients; the effective mode is seen sooner
MEETINGS_START, MEETINGS_END = 90 * MINUTE, 120 * MINUTE


@dataclass(frozen=True)
class Effect:
    """One write that changed something, or failed."""

    time: str  # UTC, ISO
    place: str
    call: str
    subject: str  # SIP address in lower case without "sip:", or the object's name
    result: Result

    def as_row(self) -> dict[str, Json]:
        return asdict(self)


@dataclass(frozen=True)
class Kept:
    """One object that has changed: `thing` None = it is gone. `key` "" = there is only one of it."""

    table: str
    key: str | int
    thing: Any


OnChange = Callable[[Sequence[Kept], Effect | None], None]


@dataclass
class Estate:
    """`clock` says what time it is (UTC); `on_change` is told of each change in one go, before the call that made it is answered."""

    _world: World
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    hurry: float = 1.0
    move_latency: float = 2.0  # real seconds
    cloud_admin: Credential = field(default_factory=lambda: Credential("mover@contoso.onmicrosoft.com", "lab-only"))
    effects: list[Effect] = field(default_factory=list)
    on_change: OnChange | None = None
    moving: set[int] = field(default_factory=set)  # people whose move runs just now

    def __post_init__(self) -> None:
        self._touched: dict[tuple[str, str | int], Kept] = {}
        self.find = Finder(self._world)
        self.syncing = Syncing(self)

    @property
    def now(self) -> datetime:
        return self.clock()

    @property
    def world(self) -> World:
        """Everything as it is now. What was due has happened."""
        amidst = bool(self._touched)  # somebody is changing things: what is due is kept together with theirs
        self.syncing.catch_up(self._world)
        if self._touched and not amidst:
            self._flush(None)
        return self._world

    @property
    def uncertain(self) -> Uncertain:
        return self._world.uncertain

    def after(self, seconds: float) -> datetime:
        """The moment at which something documented to take so long is over."""
        return self.now + timedelta(seconds=seconds / self.hurry)

    def keep(self, table: str, key: str | int = "") -> None:
        """This object has changed (or is gone): it is written with the next `log`."""
        held = getattr(self._world, table)
        thing = held if key == "" else held.get(key)
        self._touched[table, key] = Kept(table, key, thing)
        if isinstance(thing, Person):
            self.find.renew(thing)
            self.syncing.noticed(self._world, thing)

    def log(self, place: str, call: str, subject: str, result: Result = "done") -> None:
        effect = Effect(self.now.astimezone(UTC).isoformat(), place, call, subject.removeprefix("sip:").lower(), result)
        self.effects.append(effect)
        self._flush(effect)

    def save(self) -> None:
        """Keeps what has changed without an effect of any cmdlet or request: what people did by hand."""
        self._flush(None)

    def cms_changed(self) -> None:
        """The Central Management Store has a new version: replicas take it over one after another; an unreachable one never does.

        Without the Master Replicator nobody learns of it; without the File Transfer Agent nobody gets it.
        """
        store = self._world.central_store
        if store.master_stopped:
            return
        for n, replica in enumerate(self._world.replicas.values()):
            replica.change = self.now
            replica.current_from = NEVER if store.agent_stopped else self.after(REPLICA_FIRST + n * REPLICA_NEXT)
            self.keep("replicas", replica.fqdn)

    def home(self, person: Person) -> Home:
        """Where somebody lives, looking at both sides."""
        account, online = person.account, person.online
        there = online is not None and online.deleted is None and online.hosting_provider(self.now) == CLOUD
        if account is None or not account.sip:
            return "teams" if there else "none"
        if account.target_pool or (account.locator == CLOUD) != there:
            return "half"
        return "teams" if there else "on-premises" if account.locator == HERE else "none"

    def truth(self) -> Iterator[dict[str, Json]]:
        """One line per person; `wrong` is empty when a plain move would work now."""
        world, now = self.world, self.now
        held = Counter(person.account.sip.lower() for person in world.people.values() if person.account)
        for person in world.people.values():
            wrong: list[Json] = [obstacle.short for obstacle in obstacles(world, person, now)]
            if person.account and person.account.sip and held[person.account.sip.lower()] > 1:
                wrong.append("SIP address twice")
            yield {"sip": person.sip.lower(), "upn": person.upn, "id": person.id, "home": self.home(person), "wrong": wrong}

    def effects_since(self, number: int = 0) -> Iterable[Effect]:
        return iter(self.effects[number:])

    def _flush(self, effect: Effect | None) -> None:
        touched, self._touched = list(self._touched.values()), {}
        if self.on_change:
            self.on_change(touched, effect)
