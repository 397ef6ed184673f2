"""The step that moves people from Teams back to Skype for Business Server."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Literal

from pydantic import Field

from bot.calls import Cmdlet
from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.homes import ON_PREMISES
from bot.facts.policies import GlobalUpgradePolicy
from bot.facts.teams_users import OnlineUser
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, say
from bot.reader.tolerant import all_or_failure, each_or_failure
from bot.step import Change, Finding, Fine, Obstacle, Plan, Reason, StepSummary, Unclear, step
from bot.step_names import COEXISTENCE
from bot.steps.move_back.pools import PoolChoice, check_pools, read_pools
from bot.steps.shared.decide import PlanOnlyNote, Remark, decide
from bot.steps.shared.estate_checks import check_estate_of_user
from bot.steps.shared.homes import PEOPLE, count_text, users_homed_at
from bot.steps.shared.moving import (
    AGAIN,
    SHOWS_WITHIN,
    SIGN_IN,
    describe_both_sides,
    is_half_moved_back,
    is_in_teams,
    is_in_teams_by_teams,
    is_released_by_teams,
    move_to_pool,
    move_to_teams,
)
from bot.steps.shared.people_input.accounts import NO_ACCOUNT, NOT_ENABLED, find_people
from bot.steps.shared.people_input.question import PeopleForm, resolve_people
from bot.steps.shared.person_checks import check_account, check_account_protection, check_user, not_checked, note_sign_in_name
from bot.steps.shared.restoring import describe_import, describe_restoring, import_saved_data, restore_settings
from bot.steps.shared.snapshots import UserSnapshot, read_account_snapshots
from bot.summary import summarise

# server_new_enough, in estate_of_user, asks for more than 2015 CU8, before which a TeamsOnly grant of one's own had to be taken away first
CHECKS = (check_account, check_account_protection, check_estate_of_user, note_sign_in_name)
ASSIGN_AGAIN = say("the number that is taken away in Teams must be assigned again")
AS_BEFORE = say("this is how it was before the move to Teams")
ALL_TEAMS_ONLY = (
    say("everybody in the tenant is TeamsOnly, and who comes back would stay so"),
    say("choose another coexistence mode for everybody first"),
)


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
    for finding in await _cloud_only_users(people.other_findings, cloud, read):
        yield finding
    online = await read.each(OnlineUser, list(people.accounts)) if people.accounts else {}
    left = []
    for sip, person in people.accounts.items():
        notes = people.notes(sip)
        if is_in_teams(person, online[sip], cloud) or is_half_moved_back(person, online[sip], cloud, known_pools.pool_for(person)):
            left.append(person)
        else:
            yield people.with_identity(_not_in_teams(person, online[sip], known_pools, cloud, notes))
    if left:
        about, modes = await asyncio.gather(check_pools(read, known_pools, left), all_or_failure(read, GlobalUpgradePolicy))
        common = list(_check_mode(modes))
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


async def _cloud_only_users(others: Sequence[Finding], cloud: Cloud, read: Reader) -> list[Finding]:
    """Whom the servers do not know and Teams does was made in the cloud, and has no account to come back to."""
    strangers = [
        one.subject for one in others if isinstance(one, Obstacle) and (one.unknown or one.reasons[0] in (NO_ACCOUNT, NOT_ENABLED))
    ]
    online = await each_or_failure(read, OnlineUser, strangers)
    remedy = say(
        "enable an account in AD first (Enable-CsUser -HostingProviderProxyFqdn {proxy}), and let it synchronise", proxy=cloud.proxy_fqdn
    )
    made = Reason(say("was made in the cloud and has no account on premises"), remedy)
    return [Obstacle(one.subject, (made,), one.notes) if is_in_teams_by_teams(online.get(one.subject), cloud) else one for one in others]


def _check_mode(modes: list[GlobalUpgradePolicy] | ReadFailure) -> Iterator[Remark]:
    if isinstance(modes, ReadFailure):
        yield not_checked(say("the coexistence mode of everybody"), modes)
    elif any(one.mode == "TeamsOnly" for one in modes):
        yield Reason(*ALL_TEAMS_ONLY, cured_by=COEXISTENCE)


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
    return _remaining_import(person, pools, notes) or Fine(person.sip, say("is on premises, in {pool}", pool=home), notes)


def _remaining_import(person: OnPremUser, pools: PoolChoice, notes: tuple[LocalizedText, ...]) -> Change | None:
    """What is still to be given back to somebody who has the home already."""
    before, home = pools.origins.history_of(person), person.registrar_pool.lower()
    missing = restore_settings(person, before)
    data = import_saved_data(person, before, home) if before and before.owes_import else ()
    if before and data:
        effect = say("on premises → with number, policies and saved data as before the move")
        overwritten = say("what was saved takes the place of contacts that were added since the move back")
        return Change(person.sip, effect, (*missing, *data), no_undo=AS_BEFORE, notes=(*describe_import(before, home), overwritten, *notes))
    effect = say("on premises → with number and policies as before the move")
    return Change(person.sip, effect, missing, no_undo=AS_BEFORE, notes=notes) if missing else None


def _finding(known: UserSnapshot, pools: PoolChoice, frees: bool, beforehand: list[Remark]) -> Finding:
    person, cloud, pool = known.person, known.estate.cloud, pools.pool_for(known.person)
    online = known.online if isinstance(known.online, OnlineUser) else None
    number = online.number_in_teams if online else ""

    def change(notes: tuple[LocalizedText, ...]) -> Change:
        before = pools.origins.history_of(person)
        free = (_release_number(online),) if online and number and frees else ()
        do = (*free, move_to_pool(person, cloud, pool), *restore_settings(person, before), *import_saved_data(person, before, pool))
        lost = (*describe_restoring(person, before, pool), *_note_number(number, frees))
        return Change(
            person.sip,
            say("Teams → {pool}", pool=pool),
            do,
            (move_to_teams(person, cloud),),
            undo_loses=(SIGN_IN, ASSIGN_AGAIN) if free else (SIGN_IN,),
            notes=(*lost, *notes),
        )

    half_done = [PlanOnlyNote(say("an earlier move back was left half done: this one repairs it"))] if person.target_registrar_pool else []
    return decide(person.sip, (*beforehand, *half_done, *check_user(known, CHECKS)), change)


def _release_number(online: OnlineUser) -> Cmdlet:
    """Before the move, while Teams still has the person. https://learn.microsoft.com/powershell/module/microsoftteams/remove-csphonenumberassignment"""
    return Cmdlet("teams", "Remove-CsPhoneNumberAssignment", {"Identity": online.user_principal_name, "RemoveAll": True})


def _note_number(number: str, frees: bool) -> Iterator[LocalizedText]:
    if number and frees:
        yield say("{number} is taken away in Teams first: no calls until the person is back", number=number)
    elif number:
        yield say("{number} stays assigned in Teams: it must be removed there (Remove-CsPhoneNumberAssignment)", number=number)
