"""One request at the pretend Graph on its way to its route: who and what it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from adapters.lab.estate.estate import Estate
from adapters.lab.estate.person import Person
from adapters.lab.estate.state import Domain, Group, World
from adapters.lab.graph.messages import Asked, Told, bad, unknown
from adapters.lab.graph.openapi import Operation
from adapters.lab.graph.replication_lag import Moment


@dataclass(frozen=True)
class Visit:
    """`ids` is what stands in the path, by the placeholder's name."""

    asked: Asked
    operation: Operation
    ids: Mapping[str, str]
    estate: Estate
    moment: Moment

    @property
    def world(self) -> World:
        return self.moment.world

    @property
    def body(self) -> dict[str, Any]:
        if not isinstance(self.asked.body, dict):
            raise bad("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
        return self.asked.body

    def id(self, name: str) -> str:
        return unquote(self.ids[name])

    def person(self, name: str = "user_id") -> Person:
        """By object id or UPN, never by another address."""
        asked = self.id(name)
        found = self.estate.find.online(asked)
        if found is None or not is_there(found) or asked.lower() not in (found.id, found.upn.lower()):
            raise unknown(asked)
        return found

    def group(self) -> Group:
        asked = self.id("group_id")
        if asked not in self.world.groups:
            raise unknown(asked)
        return self.world.groups[asked]

    def domain(self) -> Domain:
        asked = self.id("domain_id").lower()
        found = self.world.domains.get(asked)
        if found is None or not self.moment.seen(asked, "exists", True):
            raise unknown(asked)
        return found

    def subject(self) -> str:
        """Who or what this is about, as faults and effects name it: a SIP address, a domain, an id, or nothing."""
        asked = self.id(next(iter(self.ids))) if self.ids else ""
        found = self.estate.find.online(asked) if "user_id" in self.ids else None
        return (found.sip or found.upn).lower() if found else asked.lower()


Answered = Told | dict[str, Any]


def is_there(person: Person) -> bool:
    """In the cloud and not deleted."""
    return person.online is not None and person.online.deleted is None
