"""Licences: which the tenant has, which of them somebody holds, and the service plans in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Self

from bot.calls import GraphCall, ReadCall, RemoteObject
from bot.facts import GraphFact, GraphPart
from bot.facts.types import Text


class LicenceState(GraphPart):
    """licenseAssignmentStates: one licence in one way that it came. `assigned_by_group` empty = directly."""

    sku_id: str
    disabled_plans: tuple[str, ...] = ()
    assigned_by_group: Text = ""
    state: Text = ""  # Active, ActiveWithError, Disabled, Error
    error: Text = ""
    last_updated_date_time: datetime | None = None


class Licences(GraphFact):
    """The service plans of one user: id -> provisioningStatus. Somebody without any licence has an empty map."""

    match_on: ClassVar[tuple[str, ...]] = ("id",)
    plans: Mapping[str, str] = {}

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [GraphCall("GET", f"/users/{key}/licenseDetails", {"$select": "servicePlans"}) for key in keys]

    @classmethod
    def from_rows(cls, rows: Sequence[RemoteObject]) -> Self:
        """Two licences may hold the same plan: what works in one of them works."""
        plans: dict[str, str] = {}
        for plan in (plan for row in rows for plan in _Details.model_validate(row).service_plans):
            if plans.get(plan.service_plan_id) != "Success":
                plans[plan.service_plan_id] = plan.provisioning_status
        return cls(plans=plans)


class _ServicePlan(GraphPart):
    service_plan_id: str
    provisioning_status: str


class _Details(GraphPart):
    service_plans: tuple[_ServicePlan, ...]


class PrepaidUnits(GraphPart):
    """prepaidUnits of a subscription."""

    enabled: int = 0


class SkuServicePlan(GraphPart):
    """One service plan inside a subscription."""

    service_plan_id: str
    applies_to: Text = ""


class SubscribedSku(GraphFact):
    """One subscription of the tenant. Decide by service plan ids, never by its name."""

    sku_id: str
    sku_part_number: Text = ""
    capability_status: Text = ""
    applies_to: Text = ""
    consumed_units: int = 0
    prepaid_units: PrepaidUnits = PrepaidUnits()
    service_plans: tuple[SkuServicePlan, ...] = ()

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return GraphCall("GET", "/subscribedSkus", {"$select": ",".join(cls.property_names())})

    @property
    def is_usable(self) -> bool:
        """Whether it can be given to people at all."""
        return self.capability_status in ("Enabled", "Warning") and self.applies_to == "User"

    @property
    def free_units(self) -> int:
        return max(0, self.prepaid_units.enabled - self.consumed_units)

    def includes_any(self, plans: Sequence[str]) -> bool:
        """Whether one of these service plans is in it."""
        return any(plan.service_plan_id in plans for plan in self.service_plans)
