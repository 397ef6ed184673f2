"""Licences of the tenant and of its users, down to the service plans in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self

from bot.calls import GraphCall, ReadCall, RemoteObject
from bot.facts import GraphFact, GraphPart
from bot.facts.types import Text


class LicenceState(GraphPart):
    """licenseAssignmentStates: one licence by one way of assignment.

    https://learn.microsoft.com/graph/api/resources/licenseassignmentstate
    """

    sku_id: str
    disabled_plans: tuple[str, ...] = ()
    #: The group's object id; empty = assigned directly.
    assigned_by_group: Text = ""
    #: Active, ActiveWithError, Disabled or Error.
    state: Text = ""
    error: Text = ""
    last_updated_date_time: datetime | None = None


class _ServicePlan(GraphPart):
    service_plan_id: str
    provisioning_status: str


class _Details(GraphPart):
    service_plans: tuple[_ServicePlan, ...]


class Licences(GraphFact):
    """The service plans of one user: id -> provisioningStatus. A user without any licence has an empty map.

    https://learn.microsoft.com/graph/api/user-list-licensedetails
    """

    match_on = ("id",)
    plans: Mapping[str, str] = {}

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [GraphCall("GET", f"/users/{key}/licenseDetails", {"$select": "servicePlans"}) for key in keys]

    @classmethod
    def from_rows(cls, rows: Sequence[RemoteObject]) -> Self:
        """Two licences may hold the same plan; it works when it works in one of them."""
        plans: dict[str, str] = {}
        for plan in (plan for row in rows for plan in _Details.model_validate(row).service_plans):
            if plans.get(plan.service_plan_id) != "Success":
                plans[plan.service_plan_id] = plan.provisioning_status
        return cls(plans=plans)


class PrepaidUnits(GraphPart):
    """prepaidUnits of a subscription."""

    enabled: int = 0


class SkuServicePlan(GraphPart):
    """One service plan inside a subscription."""

    service_plan_id: str
    applies_to: Text = ""


class SubscribedSku(GraphFact):
    """One subscription of the tenant. Its service plan ids decide what it is good for, never its name.

    https://learn.microsoft.com/graph/api/subscribedsku-list
    """

    source = GraphCall("GET", "/subscribedSkus")
    sku_id: str
    sku_part_number: Text = ""
    capability_status: Text = ""
    applies_to: Text = ""
    consumed_units: int = 0
    prepaid_units: PrepaidUnits = PrepaidUnits()
    service_plans: tuple[SkuServicePlan, ...] = ()

    @property
    def is_usable(self) -> bool:
        """Whether it can be assigned to people."""
        return self.capability_status in ("Enabled", "Warning") and self.applies_to == "User"

    @property
    def free_units(self) -> int:
        return max(0, self.prepaid_units.enabled - self.consumed_units)

    def includes_any(self, plans: Sequence[str]) -> bool:
        """Whether one of these service plans is in it."""
        return any(plan.service_plan_id in plans for plan in self.service_plans)
