"""The service plans that a person needs, and whether they work: decided by plan ids."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.facts import ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.licences import Licences
from bot.facts.policies import ConferencingPolicy
from bot.facts.teams_users import OnlineUser
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, say
from bot.step import Reason
from bot.step_names import LICENCES, StepName
from bot.steps.shared.decide import Doubt, Remark
from bot.steps.shared.person_checks import not_checked
from bot.steps.shared.snapshots import UserSnapshot

LICENCE_AGAIN = 300.0  # seconds: a plan that is being provisioned takes minutes
Policies = Sequence[ConferencingPolicy] | ReadFailure


@dataclass(frozen=True)
class NeededPlan:
    """One function that a person needs.

    Its name for people, and the ids of the plans of which any will do.
    """

    name: str
    plans: Sequence[str]

    def state(self, held: Mapping[str, str]) -> str:
        """ "Success", "Pending…", another provisioningStatus, or "" when no licence holds such a plan."""
        states = [held[plan] for plan in self.plans if plan in held]
        working = [state for state in states if state == "Success"] + [state for state in states if state.startswith("Pending")]
        return next(iter([*working, *states]), "")


def needed_plans(person: OnPremUser, cloud: Cloud, policies: Policies) -> list[NeededPlan]:
    """Both plans are needed although Skype for Business Online is gone; voice and dial-in need theirs."""
    wanted = basic_plans(cloud, person.enterprise_voice_enabled)
    if person.conferencing_policy and _has_dial_in(person, policies):
        wanted.append(NeededPlan("Audio Conferencing", cloud.audio_plans))
    return [one for one in wanted if one.plans]


def basic_plans(cloud: Cloud, has_voice: bool) -> list[NeededPlan]:
    """What is needed whatever the policies say."""
    wanted = [NeededPlan("Teams", cloud.teams_plans), NeededPlan("Skype for Business Online (Plan 2)", cloud.skype_plans)]
    return [*wanted, NeededPlan("Phone System", cloud.phone_plans)] if has_voice and cloud.phone_plans else wanted


def check_licences(known: UserSnapshot) -> Iterator[Remark]:
    match known.licences:
        case ReadFailure() as unread:
            yield Doubt(say("the licences could not be read: {why}", why=unread.why))
        case None if isinstance(known.online, OnlineUser):
            yield Doubt(say("Entra says nothing about the licences"))
        case None:
            return
        case licences:
            estate = known.estate
            for one in needed_plans(known.person, estate.cloud, estate.conferencing):
                yield from _check_plan(one, one.state(licences.plans))
            yield from _note_dial_in(known, licences.plans)


def check_phone_system(licences: Licences | ReadFailure | None, cloud: Cloud, cured_by: StepName | None) -> Iterator[Remark]:
    """Phone System must work, or no number can be assigned in Teams.

    `cured_by` is the step that would give it.
    """
    plan = NeededPlan("Phone System", cloud.phone_plans)
    match licences:
        case ReadFailure() as unread:
            yield Doubt(say("the licences could not be read: {why}", why=unread.why))
        case None:
            yield Doubt(say("Entra says nothing about the licences"))
        case held if not plan.state(held.plans):
            yield Reason(say("has no licence with the plan {plan}", plan=plan.name), say("assign a licence that holds it"), cured_by)
        case held:
            yield from _check_plan(plan, plan.state(held.plans))


def _check_plan(one: NeededPlan, state: str) -> Iterator[Remark]:
    if state == "Success":
        return
    if state.startswith("Pending"):
        yield Doubt(say("the plan {plan} is being provisioned", plan=one.name), LICENCE_AGAIN)
    elif state:
        why = say("the plan {plan} is switched off or in error ({state})", plan=one.name, state=state)
        yield Reason(why, say("switch the plan on"), LICENCES)
    elif one.name == "Phone System":
        yield Reason(say("has Enterprise Voice but no plan Phone System"), say("assign Phone System, or plan the number first"), LICENCES)
    else:
        yield Reason(say("has no licence with the plan {plan}", plan=one.name), say("assign a licence that holds it"), LICENCES)


def _note_dial_in(known: UserSnapshot, plans: Mapping[str, str]) -> Iterator[LocalizedText]:
    """A policy of one's own decides and is in `needed`; that of everybody is only worth a note."""
    policies, person = known.estate.conferencing, known.person
    if isinstance(policies, ReadFailure):
        yield not_checked(say("whether there is dial-in conferencing"), policies)
    elif _applies(person.conferencing_policy, policies) is None:
        yield say("not checked: which conferencing policy applies, so whether there is dial-in conferencing")
    elif not person.conferencing_policy and _has_dial_in(person, policies):
        audio = NeededPlan("Audio Conferencing", known.estate.cloud.audio_plans)
        if audio.plans and audio.state(plans) != "Success":
            yield say("everybody's conferencing policy allows dial-in: without the plan Audio Conferencing there is none after the move")


def _has_dial_in(person: OnPremUser, policies: Policies) -> bool:
    policy = None if isinstance(policies, ReadFailure) else _applies(person.conferencing_policy, policies)
    return policy is not None and policy.enable_dial_in_conferencing


def _applies(assigned: str, policies: Sequence[ConferencingPolicy]) -> ConferencingPolicy | None:
    """A site's policy would win over Global, and the site of a person is not read."""
    by_name = {policy.identity.lower().removeprefix("tag:"): policy for policy in policies}
    if assigned:
        return by_name.get(assigned.lower().removeprefix("tag:"))
    return None if any(name.startswith("site:") for name in by_name) else by_name.get("global")
