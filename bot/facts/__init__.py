"""Facts: what can be read of an estate, as pydantic models under the remote's own property names. `bot/reader/` reads them."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel, to_pascal

from bot.calls import Cmdlet, GraphCall, ReadCall, RemoteObject
from bot.i18n import LocalizedText


class Fact(BaseModel):
    """One kind of object of the estate: its properties are the fields, and its class says how it is read.

    A fact that is read whole names its `source`. One that is read for many subjects names in `match_on` the properties that
    identify a subject, and makes its calls in `calls_for`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_pascal, populate_by_name=True)

    #: The call that reads it whole. The properties to return are added to it.
    source: ClassVar[ReadCall | None] = None
    #: Remote properties by which a row belongs to a subject; the first counts most.
    match_on: ClassVar[tuple[str, ...]] = ()
    #: Every estate has at least one, so an empty answer is no answer.
    must_exist: ClassVar[bool] = False

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        """The call that reads it whole: one object, or all of them. A fact overrides it when its call takes arguments."""
        if cls.source is None:
            raise NotImplementedError(f"{cls.__name__} is not read whole")
        return cls.select(cls.source)

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        """The calls that read it for these subjects: one bulk cmdlet, or one Graph request per subject in the same order."""
        raise NotImplementedError(f"{cls.__name__} is not read per subject")

    @classmethod
    def bulk_call(cls, keys: Sequence[str]) -> ReadCall | None:
        """A cheaper call that finds most of these subjects, where there is one. `calls_for` reads those that it does not find."""
        return None

    @classmethod
    def select(cls, call: ReadCall) -> ReadCall:
        """The same call, asking for this model's properties and no others (`Select-Object`, `$select`)."""
        names = cls.property_names()
        match call:
            case Cmdlet():
                return replace(call, pick=names)
            case GraphCall() if names:
                return replace(call, query={"$select": ",".join(names), **call.query})
        return call

    @classmethod
    def property_names(cls) -> tuple[str, ...]:
        """The remote names of this model's fields."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())

    @classmethod
    def from_rows(cls, rows: Sequence[RemoteObject]) -> Self | None:
        """The object that these rows describe; None when there are none."""
        return cls.model_validate(rows[0]) if rows else None


class GraphFact(Fact):
    """A fact of Microsoft Graph: properties in camel case, one request per object id."""

    model_config = ConfigDict(alias_generator=to_camel)


class GraphPart(BaseModel):
    """A part of an object of Microsoft Graph."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


@dataclass(frozen=True)
class ReadFailure:
    """An answer about one subject that could not be had. It differs from None, which means that there is no such object."""

    #: The error, with its cause and remedy where they are known.
    why: str | LocalizedText


F = TypeVar("F", bound=Fact)


class Reader(Protocol):
    """The view of the estate that a step gets: it reads and nothing else. What it returned is kept as the snapshot from before."""

    async def __call__(self, fact: type[F], **about: str) -> F:
        """The one object. Raises `Unreachable` or `Refused` when it cannot be read."""

    async def list_all(self, fact: type[F], **about: str) -> list[F]:
        """All objects of this kind; an empty list means that there are none. Raises like the call itself."""

    async def by_key(self, fact: type[F], keys: Sequence[str]) -> Mapping[str, F | ReadFailure | None]:
        """One answer per key: the object, None (surely none) or a `ReadFailure`. Raises when no key could be read."""

    def pages(self, fact: type[F], **about: str) -> AsyncIterator[list[F]]:
        """All objects of this kind as they arrive, for what is too many to hold; only their number is kept. Raises like the call itself."""

    async def keep_list(self, name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
        """Keeps a long list beside the snapshot, for a finding to name as its `listing`. Returns the number of rows."""
