"""Where in the journey the estate is, by both sides and our records, and what a plan says of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

from bot.errors import GatewayError
from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.federation import TenantFederation
from bot.facts.history import HybridEnd
from bot.facts.homes import ON_PREMISES, HomedUser
from bot.facts.journey import Journey
from bot.facts.policies import GlobalUpgradePolicy
from bot.facts.providers import HostingProvider
from bot.i18n import LocalizedText, say
from bot.reader.tolerant import all_or_failure
from bot.step import Change, Finding, Fine, Obstacle, Plan, Reason, Step, Unclear
from bot.steps.shared.forests import check_hybrid_elsewhere
from bot.steps.shared.left_on_premises import check_left_on_premises
from bot.steps.shared.person_checks import not_checked

AGAIN = say("whoever wants hybrid again begins with “configure hybrid”, knowingly; nothing else is left to do here")
WHETHER = say("whether hybrid was switched off")


async def read_end_of_hybrid(read: Reader) -> Journey | ReadFailure | None:
    """The journey where hybrid is over, or None.

    It is not over while a part of it is on; an end that we know of counts where a side does not answer.
    """
    records, shared = await asyncio.gather(all_or_failure(read, HybridEnd), all_or_failure(read, TenantFederation))
    off = None if isinstance(records, ReadFailure) or not records else records[0]
    is_shared = not isinstance(shared, ReadFailure) and any(one.shared_sip_address_space for one in shared)
    if is_shared and not off:
        return None
    cloud = await read(Cloud)
    if is_shared and not isinstance(await check_hybrid_elsewhere(read, cloud), Reason):
        return None
    providers = await all_or_failure(read, HostingProvider)
    if not isinstance(providers, ReadFailure) and any(cloud.is_proxy(one.proxy_fqdn) and one.enabled for one in providers):
        return None
    if off:
        return Journey("after", off.at, off.run)
    for answer in (shared, providers):
        if isinstance(answer, ReadFailure):
            return answer
    return await _conclude_end(read, cloud)


async def _conclude_end(read: Reader, cloud: Cloud) -> Journey | ReadFailure | None:
    """Decides for an estate whose hybrid parts are off, where no record of ours tells why.

    It was never set up, or switched off without us: then everybody is TeamsOnly and has moved.
    """
    modes = await all_or_failure(read, GlobalUpgradePolicy)
    if isinstance(modes, ReadFailure):
        return modes
    if not any(one.mode == "TeamsOnly" for one in modes):
        return None
    here, there = await asyncio.gather(*(all_or_failure(read, HomedUser, name=name, most="1") for name in (ON_PREMISES, cloud.proxy_fqdn)))
    for answer in (here, there):
        if isinstance(answer, ReadFailure):
            return answer
    return Journey("after") if there and not here else None


async def read_journey(read: Reader) -> Journey:
    """Nobody is on premises and somebody in Teams: what is left of hybrid is about to end.

    Raises `GatewayError` where a side cannot be asked.
    """
    over = await read_end_of_hybrid(read)
    if isinstance(over, Journey):
        return over
    if isinstance(over, ReadFailure):
        return Journey()
    cloud, shared, providers = await asyncio.gather(read(Cloud), read.list_all(TenantFederation), read.list_all(HostingProvider))
    there = await read.list_all(HomedUser, name=cloud.proxy_fqdn, most="1")
    if there and isinstance(await check_left_on_premises(read), Fine):
        return Journey("ending")
    is_set_up = any(one.shared_sip_address_space for one in shared) and any(
        cloud.is_proxy(one.proxy_fqdn) and one.enabled for one in providers
    )
    return Journey("in" if is_set_up or there else "before")


async def read_end_of_moves(read: Reader) -> Journey | None:
    """The journey where everybody has moved; None also where that could not be read."""
    try:
        now = await read_journey(read)
    except GatewayError:
        return None
    return now if now.phase in ("ending", "after") else None


def describe_end(known: Journey) -> LocalizedText:
    """That hybrid is over, and since when."""
    if known.off_at is None:
        return say("hybrid is switched off")
    return say("hybrid was switched off on {day} (run {run})", day=known.off_at.date().isoformat(), run=known.run or 0)


def with_phase_check(step: Step) -> Step:
    """The step, whose plan says first that hybrid is over where it would begin it again."""
    if "after" in step.phases:
        return step

    async def look(answers: Any, read: Reader) -> AsyncIterator[Finding]:
        over: Journey | ReadFailure | None = None
        is_known = False
        async for finding in step.plan(answers, read):
            if isinstance(finding, Fine):
                yield finding
                continue
            if not is_known:
                over, is_known = await read_end_of_hybrid(read), True
            yield _with_end_of_hybrid(finding, over, step.optional)

    return replace(step, plan=_with_name_of(step.plan, look))


def _with_name_of(look: Callable[[Any, Reader], Plan], around: Callable[[Any, Reader], Plan]) -> Callable[[Any, Reader], Plan]:
    around.__name__, around.__doc__ = look.__name__, look.__doc__
    return around


def _with_end_of_hybrid(finding: Finding, over: Journey | ReadFailure | None, optional: bool) -> Finding:
    """What nobody has to take is no part of hybrid by itself: it begins nothing again."""
    if isinstance(over, ReadFailure):
        return replace(finding, notes=(*finding.notes, not_checked(WHETHER, over))) if isinstance(finding, Change) else finding
    if over is None:
        return finding
    match finding:
        case Change() if optional:
            return replace(finding, notes=(describe_end(over), *finding.notes))
        case Change():
            return replace(finding, loses=(*finding.loses, say("{ended}: this begins it again", ended=describe_end(over))))
        case Obstacle(reasons=reasons):
            return replace(finding, reasons=(Reason(describe_end(over), AGAIN), *(replace(reason, cured_by=None) for reason in reasons)))
        case Unclear():
            return replace(finding, notes=(describe_end(over), *finding.notes))
    return finding
