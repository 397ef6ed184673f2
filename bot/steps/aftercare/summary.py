"""The summary of `aftercare`: the people whose meetings were not converted, by bulk reads."""

import asyncio
from collections.abc import Mapping, Sequence

from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.mailboxes import Mailbox
from bot.facts.meetings import MeetingMigration
from bot.facts.teams_users import OnlineUser, OnlineUserById, OnlineUserByName
from bot.i18n import say
from bot.reader.tolerant import each_or_failure
from bot.step import Finding, Fine, Obstacle, Reason, StepSummary, Unclear
from bot.step_names import MOVE_USERS
from bot.steps.shared.homes import MOST, PEOPLE, count_text, users_homed_at
from bot.summary import ToDo, summarise

NOBODY = Reason(say("nobody is in Teams yet"), say("move the first people"), MOVE_USERS)


def latest_attempts(entries: Sequence[MeetingMigration]) -> Mapping[str, MeetingMigration]:
    """The last conversion of each person, by the id in Entra, else by sign-in name.

    An entry without a date is older than any other.

    A sign-in name may be somebody else's by now.
    """
    dated = sorted(entries, key=lambda one: one.create_date.timestamp() if one.create_date else 0.0)
    return {one.user_id or one.user_principal_name.lower(): one for one in dated}


async def summarise_meetings(read: Reader) -> StepSummary:
    """Counts the people in Teams whose meetings are not converted.

    Meetings of a mailbox on premises stay as they are.

    The runs themselves tell of first sign-ins and numbers.
    """
    cloud = await read(Cloud)
    there, entries = await asyncio.gather(users_homed_at(read, cloud.proxy_fqdn), read.list_all(MeetingMigration))
    if not there:
        return summarise([Obstacle(PEOPLE, (NOBODY,))])
    left = [one for one in latest_attempts(entries).values() if one.state != "Succeeded"][:MOST]
    homes = await asyncio.gather(
        each_or_failure(read, OnlineUserById, [one.user_id for one in left if one.user_id]),
        each_or_failure(read, OnlineUserByName, [one.user_principal_name.lower() for one in left if not one.user_id]),
    )
    users = [homes[0][one.user_id] if one.user_id else homes[1][one.user_principal_name.lower()] for one in left]
    mailboxes = await each_or_failure(read, Mailbox, [_sign_in_name(one, user) for one, user in zip(left, users, strict=True)])
    found: list[Finding | ToDo] = []
    for one, user in zip(left, users, strict=True):
        name = _sign_in_name(one, user)
        if isinstance(user, ReadFailure):
            found.append(Unclear(name, say("Teams could not be asked: {why}", why=user.why)))
        elif user and cloud.is_proxy(user.hosting_provider) and not isinstance(mailboxes[name], Mailbox):
            found.append(_finding(name, one))
    return summarise([*found, Fine(PEOPLE, say("{n} in Teams", n=count_text(len(there))))])


def _sign_in_name(entry: MeetingMigration, user: OnlineUser | ReadFailure | None) -> str:
    """The sign-in name of today, or else of the day of this attempt."""
    today = user.user_principal_name if isinstance(user, OnlineUser) else ""
    return (today or entry.user_principal_name).lower()


def _finding(name: str, entry: MeetingMigration) -> ToDo | Unclear:
    if entry.state == "Failed":
        return ToDo(name, say("meetings were not converted ({why})", why=entry.last_message or say("no reason told")))
    return Unclear(name, say("meetings are being converted ({state})", state=entry.state))
