"""Who lives where, as the servers know it: what nobody may take away from under somebody."""

from bot.facts import Reader
from bot.facts.cloud import Cloud
from bot.facts.homes import HomedUser
from bot.i18n import say
from bot.step import Reason
from bot.step_names import MOVE_BACK

SHOWN = 10


async def users_in_teams(read: Reader) -> tuple[Reason, ...]:
    """Undo guard: hybrid cannot be undone while users are homed in Teams.

    They would be cut off from everybody on premises.
    """
    cloud = await read(Cloud)
    people = await read.list_all(HomedUser, name=cloud.proxy_fqdn, most=str(SHOWN + 1))
    if not people:
        return ()
    why = say("people are homed in Teams and would be cut off: {names}", names=first_names(people))
    return (Reason(why, say("move them back first"), MOVE_BACK),)


def first_names(people: list[HomedUser]) -> str:
    """The first of them by name."""
    names = [person.sip for person in people]
    return ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
