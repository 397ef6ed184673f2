"""The step that looks whether the Microsoft 365 tenant is fit for hybrid. It changes nothing."""

import asyncio
from collections.abc import Iterator, Sequence

from pydantic import BaseModel, Field

from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.directory import Organization
from bot.facts.licences import SubscribedSku
from bot.facts.policies import GlobalUpgradePolicy
from bot.facts.tenant import TeamsTenant
from bot.i18n import label, say, say_counted
from bot.reader.tolerant import all_or_failure
from bot.step import Finding, Fine, Obstacle, Plan, Reason, Unclear, step
from bot.step_names import COEXISTENCE
from bot.steps.shared.decide import AGAIN
from bot.steps.shared.forced_mode import ForcedMode, read_forced_mode
from bot.steps.shared.free_licences import count_free_licences
from bot.steps.shared.journey import describe_end, read_end_of_moves

REACHABLE, PLANS, UNITS, NOT_FORCED = (
    label("tenant reachable"),
    label("service plans"),
    label("units free for the pilot"),
    label("coexistence not forced"),
)


class Pilot(BaseModel):
    """How large the pilot is to be."""

    pilot_users: int = Field(
        default=10,
        ge=1,
        le=100_000,
        title="How many pilot users?",
        description="for so many people there must be free licences with Teams and Skype for Business Online (Plan 2)",
    )


@step(say("Check the tenant"), phrases=("tenant ready", "check tenant", "is the tenant ready", "tenant"), phases=("before", "in"))
async def tenant(answers: Pilot, read: Reader) -> Plan:
    """Looks whether the Microsoft 365 tenant is fit for hybrid: it can be reached, the licences hold the needed plans, there are enough
    of them for the pilot, and nothing forces everybody to TeamsOnly.

    This step changes nothing. What it misses is bought or settled in the admin centre.
    """
    cloud, organization, teams, skus = await asyncio.gather(
        read(Cloud), all_or_failure(read, Organization), all_or_failure(read, TeamsTenant), all_or_failure(read, SubscribedSku)
    )
    yield _check_reachable(organization, teams)
    yield _check_plans(skus, cloud)
    yield _check_units(skus, cloud, answers.pilot_users)
    modes = await all_or_failure(read, GlobalUpgradePolicy)
    found = _check_not_forced(modes, await read_forced_mode(read, teams, modes))
    moved = await read_end_of_moves(read) if isinstance(found, Obstacle) else None
    if moved is None:
        yield found
    elif moved.phase == "after":
        yield Fine(NOT_FORCED, say("{ended}: TeamsOnly is right", ended=describe_end(moved)))
    else:
        yield Fine(NOT_FORCED, say("TeamsOnly is in effect, and nobody is on premises any more"))


def _check_reachable(organization: Sequence[Organization] | ReadFailure, teams: Sequence[TeamsTenant] | ReadFailure) -> Finding:
    if isinstance(organization, ReadFailure):
        return Unclear(REACHABLE, say("Microsoft Graph could not be asked: {why}", why=organization.why), AGAIN)
    if isinstance(teams, ReadFailure):
        return Unclear(REACHABLE, say("Teams PowerShell could not be asked: {why}", why=teams.why), AGAIN)
    ours, theirs = {one.id.lower() for one in organization}, {one.tenant_id.lower() for one in teams}
    if ours != theirs or len(ours) != 1:
        why = say(
            "Microsoft Graph and Teams PowerShell speak of different tenants: {graph} and {teams}", graph=_list(ours), teams=_list(theirs)
        )
        return Obstacle(REACHABLE, (Reason(why, say("let both connections in the configuration name the same tenant")),))
    return Fine(
        REACHABLE, say("{name} answers in Microsoft Graph and in Teams PowerShell", name=organization[0].display_name or organization[0].id)
    )


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "-"


def _check_plans(skus: Sequence[SubscribedSku] | ReadFailure, cloud: Cloud) -> Finding:
    """The licences must hold the plans; their names decide nothing.

    Suites without Teams keep Skype, and the separate Teams licence brings the wrong Skype.
    """
    if isinstance(skus, ReadFailure):
        return _unread(PLANS, skus)
    reasons = tuple(reason for name, ids in _needed_plans(cloud) for reason in _missing_plan(name, ids, skus))
    if reasons:
        return Obstacle(PLANS, reasons)
    return Fine(PLANS, say("Teams and Skype for Business Online (Plan 2) are there"))


def _needed_plans(cloud: Cloud) -> tuple[tuple[str, Sequence[str]], ...]:
    return (("Teams", cloud.teams_plans), ("Skype for Business Online (Plan 2)", cloud.skype_plans))


def _missing_plan(name: str, ids: Sequence[str], skus: Sequence[SubscribedSku]) -> Iterator[Reason]:
    holding = [sku for sku in skus if sku.includes_any(ids)]
    if any(sku.is_usable for sku in holding):
        return
    if not holding:
        yield Reason(say("no licence holds the plan {plan}", plan=name), say("buy licences that hold it"))
        return
    asleep = ", ".join(f"{sku.sku_part_number} ({sku.capability_status or '-'})" for sku in holding)
    yield Reason(
        say("the licences with the plan {plan} cannot be used: {names}", plan=name, names=asleep),
        say("renew the subscription, or buy one that people can be given"),
    )


def _check_units(skus: Sequence[SubscribedSku] | ReadFailure, cloud: Cloud, wanted: int) -> Finding:
    if isinstance(skus, ReadFailure):
        return _unread(UNITS, skus)
    free, pairs = count_free_licences(skus, cloud)
    notes = (
        (say_counted("{n} of these people would need two licences", "{n} of these people would need two licences each", n=pairs),)
        if pairs
        else ()
    )
    if free >= wanted:
        return Fine(UNITS, say("{free} are free, {wanted} are needed", free=free, wanted=wanted), notes)
    why = say("{free} are free, {wanted} are needed", free=free, wanted=wanted)
    remedy = say("buy or free licences, or begin with fewer people; whoever has a licence already needs none")
    return Obstacle(UNITS, (Reason(why, remedy),), notes)


def _unread(subject: str, unread: ReadFailure) -> Unclear:
    return Unclear(subject, say("the licences could not be read: {why}", why=unread.why), AGAIN)


def _check_not_forced(modes: Sequence[GlobalUpgradePolicy] | ReadFailure, known: ForcedMode) -> Finding:
    chosen = "" if isinstance(modes, ReadFailure) else modes[0].mode
    reasons = ((known.reason,) if known.is_forced else ()) + ((CHOSEN,) if chosen == "TeamsOnly" else ())
    if reasons:
        return Obstacle(NOT_FORCED, reasons)
    if known.why_unclear:
        return Unclear(NOT_FORCED, known.why_unclear, known.recheck_after)
    return Fine(NOT_FORCED, say("the mode of the tenant is {mode}", mode=chosen))


CHOSEN = Reason(
    say("the mode of the tenant is TeamsOnly, so that nobody could stay on premises"),
    say("choose another mode for the tenant"),
    COEXISTENCE,
)
