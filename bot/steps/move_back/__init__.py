"""The step that moves people from Teams back to Skype for Business Server."""

import asyncio
from datetime import timedelta
from typing import Literal

from pydantic import Field

from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.homes import ON_PREMISES
from bot.facts.policies import GlobalUpgradePolicy
from bot.facts.teams_users import OnlineUser
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, say
from bot.reader.tolerant import all_or_failure
from bot.step import Finding, Fine, Obstacle, Plan, Reason, StepSummary, Unclear, step
from bot.steps.move_back.checks import CHECKS, check_cloud_only, check_mode
from bot.steps.move_back.commands import bring_back, restore_rest
from bot.steps.move_back.pools import PoolChoice, check_pools, read_pools
from bot.steps.shared.decide import PlanOnlyNote, Remark, decide
from bot.steps.shared.home_state import AGAIN, SHOWS_WITHIN, describe_both_sides, is_half_moved_back, is_in_teams, is_released_by_teams
from bot.steps.shared.homes import PEOPLE, count_text, users_homed_at
from bot.steps.shared.people_input.accounts import find_people
from bot.steps.shared.people_input.question import PeopleForm, resolve_people
from bot.steps.shared.person_checks import check_user
from bot.steps.shared.snapshots import UserSnapshot, read_account_snapshots
from bot.summary import summarise


class MoveBack(PeopleForm):
    """Who is to be moved back, where to, and what becomes of their numbers."""

    pool: str = Field(
        default="",
        title="To which pool?",
        description="FQDN of a registrar pool; left empty, the pool that each person came from, or the only one there is",
        pattern=r"^\s*[\w.-]*\s*$",
    )
    number_in_teams: Literal["leave", "remove"] = Field(
        default="leave",
        title="What about numbers that are assigned in Teams?",
        json_schema_extra={
            "choices": {
                "leave": "Leave them, and say whose must be taken away",
                "remove": "Take them away before the move",
            }
        },
    )


@step(
    say("Move back"),
    phrases=(
        *("move users back", "move pilot users back", "move people back", "back to skype for business"),
        *("migrate users back", "migrate pilot users back", "migrate back"),
    ),
    ordering="independent",
    verify_timeout=timedelta(minutes=30),
    visible_within=SHOWS_WITHIN,
    undone_by="move_users",
    loses=say("Contacts and meetings since the move do not come back"),
    optional=True,
    concerns_everybody=False,
    phases=("in", "ending"),
)
async def move_back(answers: MoveBack, read: Reader) -> Plan:
    """Moves people from Teams back to a pool of Skype for Business Server.

    It restores the home, and of the state what our records know: the number, all policies that were assigned, and the contacts
    that were saved before the move; those show when the Front End services of the pool have been started anew. Everything since
    then is lost here, and meetings stay Teams meetings. The servers and the hybrid parts must still be in place, and people need
    the Skype for Business client.
    """
    cloud, people, known_pools = await asyncio.gather(
        read(Cloud), find_people(answers.people, read, "given back"), read_pools(answers.pool, read)
    )
    for finding in await check_cloud_only(people.other_findings, cloud, read):
        yield finding
    online = await read.by_key(OnlineUser, list(people.accounts)) if people.accounts else {}
    left = []
    for sip, person in people.accounts.items():
        notes = people.notes(sip)
        if is_in_teams(person, online[sip], cloud) or is_half_moved_back(person, online[sip], cloud, known_pools.pool_for(person)):
            left.append(person)
        else:
            yield people.with_identity(_not_in_teams(person, online[sip], known_pools, cloud, notes))
    if left:
        about, modes = await asyncio.gather(check_pools(read, known_pools, left), all_or_failure(read, GlobalUpgradePolicy))
        common = list(check_mode(modes))
        for known in await read_account_snapshots(read, cloud, left, online):
            beforehand = [*people.remarks.get(known.person.sip, ()), *about[known.person.sip], *common]
            yield people.with_identity(_finding(known, known_pools, answers.number_in_teams == "remove", beforehand), known.sign_in)


move_back.answer_resolver(resolve_people)


@move_back.summary
async def _summary(read: Reader) -> StepSummary:
    """How many people could be moved back. Nobody has to be."""
    cloud = await read(Cloud)
    return summarise(
        [Fine(PEOPLE, say("{n} in Teams could be moved back", n=count_text(len(await users_homed_at(read, cloud.proxy_fqdn)))))]
    )


def _not_in_teams(
    person: OnPremUser, online: OnlineUser | ReadFailure | None, pools: PoolChoice, cloud: Cloud, notes: tuple[LocalizedText, ...]
) -> Finding:
    home = person.registrar_pool.lower()
    arrived = person.hosting_provider == ON_PREMISES and home and not person.target_registrar_pool
    if not (arrived and is_released_by_teams(online, cloud)):
        return Unclear(person.sip, describe_both_sides(person, online), AGAIN, notes)
    if pools.asked and home != pools.asked:
        why = say("is on premises already, in another pool: {pool}", pool=home)
        return Obstacle(person.sip, (Reason(why, say("this step only brings people back from Teams; leave the pool empty")),), notes)
    return restore_rest(person, pools.origins.history_of(person), notes) or Fine(
        person.sip, say("is on premises, in {pool}", pool=home), notes
    )


def _finding(known: UserSnapshot, pools: PoolChoice, removes_number: bool, beforehand: list[Remark]) -> Finding:
    is_half_done = bool(known.person.target_registrar_pool)
    half_done = [PlanOnlyNote(say("an earlier move back was left half done: this one repairs it"))] if is_half_done else []
    remarks = (*beforehand, *half_done, *check_user(known, CHECKS))
    return decide(known.person.sip, remarks, lambda notes: bring_back(known, pools, removes_number, notes))
