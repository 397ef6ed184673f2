"""One request at the pretend Graph on its way to its route: who and what it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from adapters.lab.estate.estate import Estate
from adapters.lab.estate.person import EstatePerson
from adapters.lab.estate.state import Domain, EntraGroup, EstateState
from adapters.lab.graph.messages import GraphRequest, GraphResponse, bad_request, not_found
from adapters.lab.graph.openapi import Operation
from adapters.lab.graph.replication_lag import ReadView


@dataclass(frozen=True, kw_only=True)
class RequestContext:
    """`ids` is what stands in the path, by the placeholder's name."""

    request: GraphRequest
    operation: Operation
    ids: Mapping[str, str]
    estate: Estate
    view: ReadView

    @property
    def state(self) -> EstateState:
        return self.view.state

    @property
    def body(self) -> dict[str, Any]:
        if not isinstance(self.request.body, dict):
            raise bad_request(
                "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."
            )
        return self.request.body

    def path_id(self, name: str) -> str:
        return unquote(self.ids[name])

    def person(self, name: str = "user_id") -> EstatePerson:
        """By object id or UPN, never by another address."""
        asked = self.path_id(name)
        found = self.estate.directory.find_online(asked)
        if found is None or not is_in_cloud(found) or asked.lower() not in (found.id, found.upn.lower()):
            raise not_found(asked)
        return found

    def group(self) -> EntraGroup:
        asked = self.path_id("group_id")
        if asked not in self.state.groups:
            raise not_found(asked)
        return self.state.groups[asked]

    def domain(self) -> Domain:
        asked = self.path_id("domain_id").lower()
        found = self.state.domains.get(asked)
        if found is None or not self.view.visible_value(asked, "exists", True):
            raise not_found(asked)
        return found

    def subject(self) -> str:
        """Who or what this is about, as faults and effects name it: a SIP address, a domain, an id, or nothing."""
        asked = self.path_id(next(iter(self.ids))) if self.ids else ""
        found = self.estate.directory.find_online(asked) if "user_id" in self.ids else None
        return (found.sip or found.upn).lower() if found else asked.lower()


RouteResult = GraphResponse | dict[str, Any]


def is_in_cloud(person: EstatePerson) -> bool:
    """In the cloud and not deleted."""
    return person.online is not None and person.online.deleted is None
