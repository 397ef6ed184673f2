"""Facts: what can be read, as pydantic models under the remote's own names. How they are read is in `bot/reader/`."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel, to_pascal

from bot.calls import ReadCall, RemoteObject
from bot.i18n import LocalizedText


class Fact(BaseModel):
    """One thing read at the estate. A fact about many subjects names in `match_on` the properties that identify one.

    `must_exist`: every estate has at least one, so that an empty answer is none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_pascal, populate_by_name=True)
    match_on: ClassVar[tuple[str, ...]] = ()
    must_exist: ClassVar[bool] = False

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        """The call that reads it whole (one object, or all of them)."""
        raise NotImplementedError(f"{cls.__name__} is not read whole")

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        """The calls that read it for these subjects: one bulk cmdlet, or one Graph request per subject in the same order."""
        raise NotImplementedError(f"{cls.__name__} is not read per subject")

    @classmethod
    def from_rows(cls, rows: Sequence[RemoteObject]) -> Self | None:
        """The object that these rows describe; None when there are none."""
        return cls.model_validate(rows[0]) if rows else None

    @classmethod
    def bulk_call(cls, keys: Sequence[str]) -> ReadCall | None:
        """A cheaper call that finds most of these subjects, where there is one. Whom it does not find is asked for by `calls_for`."""
        return None

    @classmethod
    def property_names(cls) -> tuple[str, ...]:
        """The remote names of this model's fields, for `pick` and `$select`."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())


class GraphFact(Fact):
    """A fact of Microsoft Graph: properties in camel case, one request per object id."""

    model_config = ConfigDict(alias_generator=to_camel)


class GraphPart(BaseModel):
    """A part of an object of Microsoft Graph."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


@dataclass(frozen=True)
class ReadFailure:
    """The answer about one subject that could not be had. Never the same as None, which means "there is none"."""

    why: str | LocalizedText


F = TypeVar("F", bound=Fact)


class Reader(Protocol):
    """What a step is handed: it can look and nothing else. What it returned is kept as the snapshot from before."""

    async def __call__(self, fact: type[F], **about: str) -> F:
        """The one object. Raises `Unreachable` or `Refused` when it cannot be read."""

    async def all(self, fact: type[F], **about: str) -> list[F]:
        """All objects of this kind; an empty list means that there are none. Raises like the call itself."""

    async def each(self, fact: type[F], keys: Sequence[str]) -> Mapping[str, F | ReadFailure | None]:
        """Exactly one answer per key: the object, None (surely none) or `ReadFailure`. Raises when nobody could be read."""

    def pages(self, fact: type[F], **about: str) -> AsyncIterator[list[F]]:
        """All objects of this kind as they arrive, for what is too many to hold; only their number is kept. Raises like the call itself."""

    async def keep(self, name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
        """Keeps a long list beside the snapshot, for a finding to name as its `listing`. Returns how many rows it has."""
