"""The summary of `licences`: how many people on premises lack one, by bulk reads."""

import asyncio
from collections.abc import Mapping, Sequence

from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.directory import DirectoryUser
from bot.facts.homes import ON_PREMISES, OnlineUserOnPremises
from bot.facts.licences import SubscribedSku
from bot.i18n import say
from bot.reader.tolerant import each_or_failure
from bot.step import Finding, Fine, Obstacle, Reason, StepSummary, Unclear
from bot.step_names import DIRECTORY_SYNC
from bot.steps.shared.free_licences import count_free_licences
from bot.steps.shared.homes import MOST, PEOPLE, count_text, users_homed_at
from bot.steps.shared.licence_checks import basic_plans
from bot.summary import ToDo, summarise

SYNC = Reason(say("nobody on premises is known to Teams yet"), say("synchronise them first"), DIRECTORY_SYNC)


async def summarise_licences(read: Reader) -> StepSummary:
    """Counts the people whom Teams shows as homed on premises.

    Nobody else can be given a licence yet. Dial-in is told by the plan.
    """
    cloud, here, there, skus = await asyncio.gather(
        read(Cloud),
        users_homed_at(read, ON_PREMISES),
        read.list_all(OnlineUserOnPremises, most=str(MOST + 1)),
        read.list_all(SubscribedSku),
    )
    if not here:
        return summarise([Fine(PEOPLE, say("nobody is left on premises"))])
    if not there:
        return summarise([Obstacle(PEOPLE, (SYNC,))])
    return summarise([_finding(there, await each_or_failure(read, DirectoryUser, [one.identity for one in there]), skus, cloud)])


def _finding(
    there: Sequence[OnlineUserOnPremises],
    accounts: Mapping[str, DirectoryUser | ReadFailure | None],
    skus: Sequence[SubscribedSku],
    cloud: Cloud,
) -> Finding | ToDo:
    unread = [account for account in accounts.values() if isinstance(account, ReadFailure)]
    lacking = sum(_lacks(one, account, skus, cloud) for one in there if isinstance(account := accounts[one.identity], DirectoryUser))
    free, _ = count_free_licences(skus, cloud)
    if lacking:
        effect = say(
            "{n} of {all} on premises lack a licence or a plan; {free} licences are free", n=lacking, all=count_text(len(there)), free=free
        )
        return ToDo(PEOPLE, effect)
    if unread:
        return Unclear(PEOPLE, say("the licences could not be read: {why}", why=unread[0].why))
    return Fine(PEOPLE, say("all {n} on premises who are known to Teams have what they need", n=count_text(len(there))))


def _lacks(one: OnlineUserOnPremises, account: DirectoryUser, skus: Sequence[SubscribedSku], cloud: Cloud) -> bool:
    """Whether a needed plan is in no licence of this person, or is switched off in all of them."""
    plans = {sku.sku_id: {plan.service_plan_id for plan in sku.service_plans} for sku in skus}
    states = account.license_assignment_states
    on = {plan for state in states for plan in plans.get(state.sku_id, set()) - set(state.disabled_plans)}
    return not account.usage_location or any(on.isdisjoint(need.plans) for need in basic_plans(cloud, one.on_prem_enterprise_voice_enabled))
