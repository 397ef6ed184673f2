"""The Access Edge as the answers ask for it.

`federation` sets it, and the shared address space is compared with it.
"""

from typing import Literal

from pydantic import BaseModel, Field

from bot.facts.federation import DNS_ROUTING, AccessEdge


class Discovery(BaseModel):
    """A security decision for the company, so that it is asked and never assumed."""

    partner_discovery: Literal["open", "listed"] = Field(
        title="Which organisations may your people talk with?",
        description="Open: all that publish a federation record in DNS (partner discovery on). Listed: only the domains that you have "
        "allowed by name (partner discovery off). Teams must be set alike. Microsoft 365 is reached either way.",
        json_schema_extra={"choices": {"open": "Open: everybody who federates", "listed": "Listed: only allowed domains"}},
    )


def with_answers(edge: AccessEdge, answers: Discovery) -> AccessEdge:
    """The Edge as it shall be."""
    discovery = answers.partner_discovery == "open"
    switches = {"allow_outside_users": True, "allow_federated_users": True, "enable_partner_discovery": discovery}
    return edge.model_copy(update={**switches, "routing_method": DNS_ROUTING})
