"""The step that moves people from Skype for Business Server to Teams."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from bot.facts import Reader
from bot.facts.cloud import Cloud
from bot.facts.teams_users import OnlineUser
from bot.i18n import say
from bot.step import Change, Finding, Fine, Plan, StepSummary, Unclear, findings, step
from bot.steps.move_users.checks import CHECKS, check_unrestored_exports
from bot.steps.move_users.commands import move
from bot.steps.move_users.summary import summarise_homes
from bot.steps.shared.decide import Remark, decide
from bot.steps.shared.home_state import AGAIN, SHOWS_WITHIN, describe_both_sides, is_in_teams, is_in_teams_by_servers, is_in_teams_by_teams
from bot.steps.shared.people_input.accounts import find_people
from bot.steps.shared.people_input.people_list import PeopleGroup
from bot.steps.shared.people_input.question import PeopleForm, resolve_people
from bot.steps.shared.person_checks import check_user
from bot.steps.shared.snapshots import UserSnapshot, read_user_snapshots
from bot.summary import summarise

FEW = 25  # people who are looked at one by one without being asked for


class MoveUsers(PeopleForm):
    """Who is to be moved to Teams."""


@step(
    say("Move pilot users"),
    phrases=("move users", "move people to teams", "migrate pilot users", "migrate users", "move", "migrate"),
    ordering="independent",
    verify_timeout=timedelta(minutes=30),
    visible_within=SHOWS_WITHIN,
    undone_by="move_back",
    follow_up="aftercare",
    concerns_everybody=False,
    phases=("in",),
)
async def move_users(answers: MoveUsers, read: Reader) -> Plan:
    """Moves people from Skype for Business Server to Teams. Contacts and future meetings come along, and everybody becomes TeamsOnly.

    Needed first: synchronised accounts, a licence with Teams and Skype for Business Online (Plan 2), for Enterprise Voice also
    Phone System, and the hybrid parts (federation, hosting provider, shared SIP address space). People must sign in to Teams
    within 30 days, or their contacts are lost. Begin with a few, and move a boss and the delegates together.
    """
    cloud, people = await asyncio.gather(read(Cloud), find_people(answers.people, read, "told"))
    for finding in people.other_findings:
        yield finding
    online = await read.by_key(OnlineUser, list(people.accounts)) if people.accounts else {}
    left = []
    for sip, person in people.accounts.items():
        notes = people.notes(sip)
        if is_in_teams(person, online[sip], cloud):
            yield people.with_identity(Fine(sip, say("already in Teams"), notes))
        elif is_in_teams_by_servers(person, cloud) or is_in_teams_by_teams(online[sip], cloud):
            yield people.with_identity(Unclear(sip, describe_both_sides(person, online[sip]), AGAIN, notes))
        else:
            left.append(person)
    owed = await check_unrestored_exports(read, cloud, left)
    for known in await read_user_snapshots(read, cloud, left, online):
        beforehand = [*people.remarks.get(known.person.sip, ()), *owed.get(known.person.sip, ())]
        yield people.with_identity(_finding(known, beforehand), known.sign_in)


move_users.answer_resolver(resolve_people)


@move_users.summary
async def _summary(read: Reader) -> StepSummary:
    """How many are left on premises; when few are left, what keeps each of them."""
    summary, left = await summarise_homes(read)
    found = await plan_for_homed_users(left, read) if summary.state == "to do" and len(left) <= FEW else []
    return summary if not found or any(isinstance(one, Change) for one in found) else summarise(found)


async def plan_for_homed_users(sips: Sequence[str], read: Reader) -> list[Finding]:
    them = PeopleGroup("on.premises", members=tuple(sips), kind="pool")  # as members an odd address is told; as a line it would be refused
    return await findings(move_users, MoveUsers(people=str(them)), read)


def _finding(known: UserSnapshot, beforehand: list[Remark]) -> Finding:
    return decide(known.person.sip, (*beforehand, *check_user(known, CHECKS)), lambda notes: move(known, notes))
