"""How many people live on which side: what the steps that move people can say without being told whom."""

import asyncio

from bot.facts import Reader
from bot.facts.cloud import Cloud
from bot.facts.homes import ON_PREMISES, HomedUser
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, label, say
from bot.step import Change, Fine, Plan
from bot.steps.shared.decide import verdict
from bot.steps.shared.estate_checks import FOR_EVERYBODY
from bot.steps.shared.person_checks import remarks
from bot.steps.shared.snapshots import Known, estate

PEOPLE = label("people")
MOST = 1000  # people that are counted; beyond it the number is not what matters


async def to_move(read: Reader) -> Plan:
    """Who is left on premises, and what of the estate stands in the way of everybody."""
    cloud = await read(Cloud)
    here, there, common = await asyncio.gather(homed(read, ON_PREMISES), homed(read, cloud.proxy_fqdn), estate(read, cloud))
    homes = say("{here} on premises, {there} in Teams", here=told(len(here)), there=told(len(there)))
    if not here:
        yield Fine(PEOPLE, homes)
        return
    nobody = Known(OnPremUser.model_construct(), common, online=None, ad=None)
    yield verdict(PEOPLE, remarks(nobody, FOR_EVERYBODY), lambda notes: Change(PEOPLE, homes, (), notes=notes))


async def left_on_premises(read: Reader) -> list[str]:
    """The SIP addresses of those who are counted."""
    return [one.sip for one in await homed(read, ON_PREMISES)]


async def to_move_back(read: Reader) -> Plan:
    """Who could be brought back. Nobody has to be."""
    cloud = await read(Cloud)
    yield Fine(PEOPLE, say("{n} in Teams could be moved back", n=told(len(await homed(read, cloud.proxy_fqdn)))))


async def homed(read: Reader, provider: str) -> list[HomedUser]:
    """Everybody whom the servers show there, as far as they are counted."""
    return await read.all(HomedUser, name=provider, most=str(MOST + 1))


def told(count: int) -> LocalizedText | int:
    """The number, as far as it was counted."""
    return say("more than {n}", n=MOST) if count > MOST else count
