"""The pretend estate at work: its clock, what is kept and logged, and what time does by itself. No I/O.

Reading goes through `estate.state`, which first lets happen what is due. A change calls `mark_changed` for each object, and `log` once.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import InitVar, asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from adapters.lab.estate.directory_index import DirectoryIndex
from adapters.lab.estate.entra_connect import EntraConnect
from adapters.lab.estate.move_rules import move_obstacles
from adapters.lab.estate.person import CLOUD, HERE, NEVER, EstatePerson
from adapters.lab.estate.state import EstateState, UncertainBehaviour
from adapters.lab.powershell.values import Credential
from bot.calls import Json

Result = Literal["done", "half", "failed"]
Home = Literal["on-premises", "teams", "half", "none"]

# Documented durations in seconds; `time_factor` divides them all.
MINUTE, HOUR = 60.0, 3600.0
REPLICA_FIRST, REPLICA_NEXT = 1 * MINUTE, 1 * MINUTE  # replicas turn up to date one by one within 1 to 5 minutes
LICENCE_READY, LICENCE_COUNTS = 5 * MINUTE, 30 * MINUTE
IN_POOL = 1 * MINUTE  # User Replicator
NEGATIVE = 5 * MINUTE  # for which resolvers remember that a record was not there
MODE_FOLLOWS = 10 * MINUTE  # "up to 24 h" for clients; the effective mode is seen sooner
MEETINGS_START, MEETINGS_END = 90 * MINUTE, 120 * MINUTE


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One write that changed something, or failed."""

    #: UTC, ISO
    time: str
    place: str
    call: str
    #: SIP address in lower case without "sip:", or the object's name
    subject: str
    result: Result

    def to_row(self) -> dict[str, Json]:
        return asdict(self)


@dataclass(frozen=True)
class ChangedObject:
    """One object that has changed: `thing` None = it is gone. `key` "" = there is only one of it."""

    table: str
    key: str | int
    thing: Any


OnChange = Callable[[Sequence[ChangedObject], Effect | None], None]


@dataclass(kw_only=True)
class Estate:
    """`clock` says what time it is (UTC); `on_change` is told of each change in one go, before the call that made it is answered."""

    initial_state: InitVar[EstateState]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    time_factor: float = 1.0
    #: Real seconds
    move_latency: float = 2.0
    cloud_admin: Credential = field(default_factory=lambda: Credential("mover@contoso.onmicrosoft.com", "lab-only"))
    effects: list[Effect] = field(default_factory=list)
    on_change: OnChange | None = None
    #: People whose move runs just now
    moving: set[int] = field(default_factory=set)

    def __post_init__(self, initial_state: EstateState) -> None:
        self._state = initial_state
        self._touched: dict[tuple[str, str | int], ChangedObject] = {}
        self.directory = DirectoryIndex(self._state)
        self.entra_connect = EntraConnect(self)

    @property
    def now(self) -> datetime:
        return self.clock()

    @property
    def state(self) -> EstateState:
        """Everything as it is now. What was due has happened."""
        amidst = bool(self._touched)  # somebody is changing things: what is due is kept together with theirs
        self.entra_connect.catch_up(self._state)
        if self._touched and not amidst:
            self._flush(None)
        return self._state

    @property
    def uncertain(self) -> UncertainBehaviour:
        return self._state.uncertain

    def time_after(self, seconds: float) -> datetime:
        """The moment at which something documented to take so long is over."""
        return self.now + timedelta(seconds=seconds / self.time_factor)

    def mark_changed(self, table: str, key: str | int = "") -> None:
        """This object has changed (or is gone): it is written with the next `log`."""
        held = getattr(self._state, table)
        thing = held if key == "" else held.get(key)
        self._touched[table, key] = ChangedObject(table, key, thing)
        if isinstance(thing, EstatePerson):
            self.directory.update(thing)
            self.entra_connect.note_change(self._state, thing)

    def log(self, place: str, call: str, subject: str, result: Result = "done") -> None:
        effect = Effect(
            time=self.now.astimezone(UTC).isoformat(), place=place, call=call, subject=subject.removeprefix("sip:").lower(), result=result
        )
        self.effects.append(effect)
        self._flush(effect)

    def save(self) -> None:
        """Keeps what has changed without an effect of any cmdlet or request: what people did by hand."""
        self._flush(None)

    def publish_cms_change(self) -> None:
        """The Central Management Store has a new version: replicas take it over one after another; an unreachable one never does.

        Without the Master Replicator nobody learns of it; without the File Transfer Agent nobody gets it.
        """
        store = self._state.central_store
        if store.master_stopped:
            return
        for n, replica in enumerate(self._state.replicas.values()):
            replica.change = self.now
            replica.current_from = NEVER if store.agent_stopped else self.time_after(REPLICA_FIRST + n * REPLICA_NEXT)
            self.mark_changed("replicas", replica.fqdn)

    def home(self, person: EstatePerson) -> Home:
        """Where somebody lives, looking at both sides."""
        account, online = person.account, person.online
        there = online is not None and online.deleted is None and online.hosting_provider(self.now) == CLOUD
        if account is None or not account.sip:
            return "teams" if there else "none"
        if account.target_pool or (account.locator == CLOUD) != there:
            return "half"
        return "teams" if there else "on-premises" if account.locator == HERE else "none"

    def people_rows(self) -> Iterator[dict[str, Json]]:
        """One line per person; `wrong` is empty when a plain move would work now."""
        world, now = self.state, self.now
        held = Counter(person.account.sip.lower() for person in world.people.values() if person.account)
        for person in world.people.values():
            wrong: list[Json] = [obstacle.short for obstacle in move_obstacles(world, person, now)]
            if person.account and person.account.sip and held[person.account.sip.lower()] > 1:
                wrong.append("SIP address twice")
            yield {"sip": person.sip.lower(), "upn": person.upn, "id": person.id, "home": self.home(person), "wrong": wrong}

    def effects_since(self, number: int = 0) -> Iterable[Effect]:
        return iter(self.effects[number:])

    def _flush(self, effect: Effect | None) -> None:
        touched, self._touched = list(self._touched.values()), {}
        if self.on_change:
            self.on_change(touched, effect)
