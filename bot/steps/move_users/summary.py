"""The summary of `move_users`: how many are left on premises, and what stops all of them."""

import asyncio

from bot.facts import Reader
from bot.facts.cloud import Cloud
from bot.facts.homes import ON_PREMISES
from bot.i18n import say
from bot.step import Fine, StepSummary
from bot.steps.shared.decide import find_hindrance
from bot.steps.shared.estate_checks import check_estate
from bot.steps.shared.homes import PEOPLE, count_text, users_homed_at
from bot.steps.shared.snapshots import read_estate_snapshot
from bot.summary import ToDo, summarise


async def summarise_homes(read: Reader) -> tuple[StepSummary, list[str]]:
    """The summary, and the SIP addresses of those on premises, as far as they are counted."""
    cloud = await read(Cloud)
    here, there, common = await asyncio.gather(
        users_homed_at(read, ON_PREMISES), users_homed_at(read, cloud.proxy_fqdn), read_estate_snapshot(read, cloud)
    )
    homes = say("{here} on premises, {there} in Teams", here=count_text(len(here)), there=count_text(len(there)))
    if not here:
        return summarise([Fine(PEOPLE, homes)]), []
    hindrance = find_hindrance(PEOPLE, check_estate(common))
    return summarise([hindrance or ToDo(PEOPLE, homes)]), [one.sip for one in here]
