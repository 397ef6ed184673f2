"""Whose meetings did not become Teams meetings: what the board says of the step `aftercare`, told by bulk reads alone."""

import asyncio
from collections.abc import Mapping, Sequence

from bot.facts import Read, Unread
from bot.facts.aftercare import MeetingMigration
from bot.facts.cloud import Cloud
from bot.facts.people import Mailbox, OnlineUserByName
from bot.people.homes import MOST, PEOPLE, homed, told
from bot.reading.forgiving import each
from bot.say import say
from bot.step import Change, Fine, Obstacle, Plan, Reason, Unclear

NOBODY = Reason(say("nobody is in Teams yet"), say("move the first people"), "move_users")


def newest(entries: Sequence[MeetingMigration]) -> Mapping[str, MeetingMigration]:
    """The last attempt of each person by sign-in name; entries without a date are older than any other."""
    dated = sorted(entries, key=lambda one: one.create_date.timestamp() if one.create_date else 0.0)
    return {one.user_principal_name.lower(): one for one in dated}


async def to_look_after(read: Read) -> Plan:
    """One finding for each person in Teams whose meetings are not converted; those of a mailbox on premises stay as they are.

    First sign-ins and numbers are told by the runs themselves.
    """
    cloud = await read(Cloud)
    there, entries = await asyncio.gather(homed(read, cloud.proxy_fqdn), read.all(MeetingMigration))
    if not there:
        yield Obstacle(PEOPLE, (NOBODY,))
        return
    left = {name: one for name, one in newest(entries).items() if one.state != "Succeeded"}
    names = list(left)[:MOST]
    homes, mailboxes = await asyncio.gather(each(read, OnlineUserByName, names), each(read, Mailbox, names))
    for name in names:
        user = homes[name]
        if isinstance(user, Unread):
            yield Unclear(name, say("Teams could not be asked: {why}", why=user.why))
        elif user and cloud.is_proxy(user.hosting_provider) and not isinstance(mailboxes[name], Mailbox):
            yield _finding(name, left[name])
    yield Fine(PEOPLE, say("{n} in Teams", n=told(len(there))))


def _finding(name: str, entry: MeetingMigration) -> Change | Unclear:
    if entry.state == "Failed":
        return Change(name, say("meetings were not converted ({why})", why=entry.last_message or say("no reason told")), ())
    return Unclear(name, say("meetings are being converted ({state})", state=entry.state))
