"""How many people are homed on which side: what the steps about people can tell without answers."""

from bot.facts import Reader
from bot.facts.homes import HomedUser
from bot.i18n import LocalizedText, label, say

PEOPLE = label("people")
MOST = 1000  # people that are counted; beyond it the number is not what matters


async def users_homed_at(read: Reader, provider: str) -> list[HomedUser]:
    """Everybody whom the servers show there, as far as they are counted."""
    return await read.list_all(HomedUser, name=provider, most=str(MOST + 1))


def count_text(count: int) -> LocalizedText | int:
    """The number, as far as it was counted."""
    return say("more than {n}", n=MOST) if count > MOST else count
