"""The choice of licences that give a person the plans that are lacking.

They are chosen by service plans, among those of which units are free.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.facts.licences import LicenceState, SubscribedSku
from bot.i18n import LocalizedText, say
from bot.step import Reason
from bot.step_names import TENANT
from bot.steps.shared.decide import Doubt
from bot.steps.shared.licence_checks import LICENCE_AGAIN, NeededPlan

ERRORS = {
    "CountViolation": (say("no unit of it is free"), say("buy or free licences")),
    "MutuallyExclusiveViolation": (
        say("it excludes a plan of another licence"),
        say("take the other licence away, or switch that plan off"),
    ),
    "DependencyViolation": (say("it needs a plan that is missing or switched off"), say("give the licence that holds it as well")),
    "ProhibitedInUsageLocationViolation": (say("it may not be used in that country"), say("correct the usage location, or choose another")),
    "UniquenessViolation": (say("somebody else has the same address"), say("correct one of the addresses and let it synchronise")),
}


@dataclass(frozen=True)
class LicenceAssignment:
    """What one person gets: SKU id -> plans that stay off."""

    add: Mapping[str, tuple[str, ...]]
    #: The same for licences that are there already, as they are now.
    before: Mapping[str, tuple[str, ...]]
    names: tuple[LocalizedText, ...]

    @property
    def new_skus(self) -> list[str]:
        """The licences of which a unit is taken."""
        return [sku for sku in self.add if sku not in self.before]


class LicencePool:
    """The licences of the tenant, and how many units are left when everybody before has got theirs."""

    def __init__(self, skus: Sequence[SubscribedSku], named: str) -> None:
        self._skus = {sku.sku_id: sku for sku in skus if sku.is_usable}
        self._free = {sku.sku_id: sku.free_units for sku in skus}
        self._named = [
            sku
            for word in parse_licence_names(named)
            for sku in self._skus.values()
            if word.lower() in (sku.sku_id.lower(), sku.sku_part_number.lower())
        ]

    def allocate(self, lacking: Sequence[NeededPlan], held: Sequence[LicenceState]) -> LicenceAssignment | Reason | Doubt:
        """The licences for one person, whose units are then no longer free.

        Plans are switched on where the person has the licence already.
        """
        add: dict[str, tuple[str, ...]] = {}
        before: dict[str, tuple[str, ...]] = {}
        missing = []
        ours_first = sorted(held, key=lambda state: bool(state.assigned_by_group))  # where a group has given the same as well
        for one in lacking:
            state = next((state for state in ours_first if self._holds(state.sku_id, one)), None)
            if state is None:
                missing.append(one)
            elif problem := _refuse_foreign(state, self._name(state.sku_id)):
                return problem
            elif not any(plan in state.disabled_plans for plan in one.plans):
                return Doubt(say("the licence {name} is there, its plans are not yet", name=self._name(state.sku_id)), LICENCE_AGAIN)
            else:
                before[state.sku_id] = state.disabled_plans
                add[state.sku_id] = tuple(plan for plan in add.get(state.sku_id, state.disabled_plans) if plan not in one.plans)
        chosen = self._choose(missing) if missing else []
        if isinstance(chosen, Reason):
            return chosen
        for sku in chosen:
            self._free[sku.sku_id] -= 1
            add[sku.sku_id] = ()
        switched_on = tuple(say("{name}: plans switched on", name=self._name(sku)) for sku in before)
        return LicenceAssignment(add, before, (*switched_on, *(say("{name}", name=self._name(sku.sku_id)) for sku in chosen)))

    def _choose(self, missing: Sequence[NeededPlan]) -> list[SubscribedSku] | Reason:
        plans = ", ".join(one.name for one in missing)
        if self._named:
            return self._choose_named(missing, plans)
        fitting = [sku for sku in self._skus.values() if all(sku.includes_any(one.plans) for one in missing)]
        free = [sku for sku in fitting if self._free[sku.sku_id] > 0]
        if len(free) == 1:
            return free
        if free:
            why = say("several licences would do: {names}", names=self._list(free))
            return Reason(why, say("name one of them (Change answers)"))
        if fitting:
            return Reason(say("no unit is free of: {names}", names=self._list(fitting)), *BUY)
        return Reason(
            say("no single licence holds: {plans}", plans=plans), say("name the licences that do so together, or buy one"), TENANT
        )

    def _choose_named(self, missing: Sequence[NeededPlan], plans: str) -> list[SubscribedSku] | Reason:
        useful = [sku for sku in self._named if any(sku.includes_any(one.plans) for one in missing)]
        if not all(any(sku.includes_any(one.plans) for sku in useful) for one in missing):
            return Reason(say("what was named does not hold all of: {plans}", plans=plans), say("name other licences (Change answers)"))
        gone = [sku for sku in useful if self._free[sku.sku_id] <= 0]
        return Reason(say("no unit is free of: {names}", names=self._list(gone)), *BUY) if gone else useful

    def _holds(self, sku_id: str, one: NeededPlan) -> bool:
        return sku_id in self._skus and self._skus[sku_id].includes_any(one.plans)

    def _name(self, sku_id: str) -> str:
        return self._skus[sku_id].sku_part_number or sku_id

    def _list(self, skus: Sequence[SubscribedSku]) -> str:
        return ", ".join(f"{self._name(sku.sku_id)} ({max(0, self._free[sku.sku_id])})" for sku in skus)


BUY = (say("buy or free licences, or ask for fewer people"), TENANT)


def parse_licence_names(text: str) -> list[str]:
    """Names of licences as they were typed."""
    return [word.strip() for word in text.replace(";", ",").replace("\n", ",").split(",") if word.strip()]


def _refuse_foreign(state: LicenceState, name: str) -> Reason | None:
    """What came through a group is the group's business; what is in error is repaired first."""
    if state.error and state.error != "None":
        why, remedy = ERRORS.get(state.error, (say("{error}", error=state.error), say("look at the licence in the admin centre")))
        return Reason(say("the licence {name} is in error: {why}", name=name, why=why), remedy)
    if state.assigned_by_group:
        return Reason(
            say("the licence {name} comes through a group, with the plan switched off", name=name),
            say("switch the plan on for the group {group}: a group's licences are never overridden here", group=state.assigned_by_group),
        )
    return None
