"""How many people who still live on premises lack a licence: what the board says of the step `licences`, told by bulk reads alone."""

import asyncio
from collections.abc import Mapping, Sequence

from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.directory import DirectoryUser
from bot.facts.homes import ON_PREMISES, OnlineUserOnPremises
from bot.facts.licences import SubscribedSku
from bot.i18n import say
from bot.reader.tolerant import each_or_failure
from bot.step import Change, Finding, Fine, Obstacle, Plan, Reason, Unclear
from bot.steps.licences.allocation import free_for_people
from bot.steps.shared.homes import MOST, PEOPLE, homed, told
from bot.steps.shared.licence_checks import basic

SYNC = Reason(say("nobody on premises is known to Teams yet"), say("synchronise them first"), "directory_sync")


async def to_license(read: Reader) -> Plan:
    """Those whom Teams shows as homed on premises count; everybody else cannot be given a licence yet. Dial-in is told by the plan only."""
    cloud, here, there, skus = await asyncio.gather(
        read(Cloud),
        homed(read, ON_PREMISES),
        read.all(OnlineUserOnPremises, most=str(MOST + 1)),
        read.all(SubscribedSku),
    )
    if not here:
        yield Fine(PEOPLE, say("nobody is left on premises"))
    elif not there:
        yield Obstacle(PEOPLE, (SYNC,))
    else:
        yield _finding(there, await each_or_failure(read, DirectoryUser, [one.identity for one in there]), skus, cloud)


def _finding(
    there: Sequence[OnlineUserOnPremises],
    accounts: Mapping[str, DirectoryUser | ReadFailure | None],
    skus: Sequence[SubscribedSku],
    cloud: Cloud,
) -> Finding:
    unread = [account for account in accounts.values() if isinstance(account, ReadFailure)]
    lacking = sum(_lacks(one, account, skus, cloud) for one in there if isinstance(account := accounts[one.identity], DirectoryUser))
    free, _ = free_for_people(skus, cloud)
    if lacking:
        effect = say(
            "{n} of {all} on premises lack a licence or a plan; {free} licences are free", n=lacking, all=told(len(there)), free=free
        )
        return Change(PEOPLE, effect, ())
    if unread:
        return Unclear(PEOPLE, say("the licences could not be read: {why}", why=unread[0].why))
    return Fine(PEOPLE, say("all {n} on premises who are known to Teams have what they need", n=told(len(there))))


def _lacks(one: OnlineUserOnPremises, account: DirectoryUser, skus: Sequence[SubscribedSku], cloud: Cloud) -> bool:
    """Whether a needed plan is in no licence of this person, or is switched off in all of them."""
    plans = {sku.sku_id: {plan.service_plan_id for plan in sku.service_plans} for sku in skus}
    states = account.license_assignment_states
    on = {plan for state in states for plan in plans.get(state.sku_id, set()) - set(state.disabled_plans)}
    return not account.usage_location or any(on.isdisjoint(need.plans) for need in basic(cloud, one.on_prem_enterprise_voice_enabled))
