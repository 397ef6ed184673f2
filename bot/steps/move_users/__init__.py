"""The step that moves people from Skype for Business Server to Teams."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.facts import Reader
from bot.facts.cloud import Cloud
from bot.facts.teams_users import OnlineUser
from bot.i18n import LocalizedText, say
from bot.step import Change, Finding, Fine, Plan, StepSummary, Unclear, findings, step
from bot.steps.move_users.checks import domain_enabled, located, synchronised, voice_told, without_provisioning_errors
from bot.steps.move_users.summary import summarise_homes
from bot.steps.shared.decide import Remark, decide
from bot.steps.shared.estate_checks import estate_of_user
from bot.steps.shared.licence_checks import licensed
from bot.steps.shared.moving import (
    AGAIN,
    SHOWS_WITHIN,
    SIGN_IN,
    both_sides,
    export_of,
    in_teams,
    on_premises_says_teams,
    saved_first,
    teams_says_teams,
    to_pool,
    to_teams,
)
from bot.steps.shared.people_input.asked import People, asked, resolve
from bot.steps.shared.people_input.pasted import Group
from bot.steps.shared.person_checks import (
    account_unprotected,
    account_usable,
    can_be_saved,
    contacts_on_the_server,
    delegates_told,
    domain_controller_known,
    enabled,
    homed_on_premises,
    mailbox_told,
    names_told,
    no_agent,
    no_other_move,
    remarks,
)
from bot.steps.shared.restoring import lost_on_the_way_back, still_saved
from bot.steps.shared.snapshots import UserSnapshot, everything
from bot.summary import summarise

CHECKS = (
    enabled,
    homed_on_premises,
    no_other_move,
    account_usable,
    account_unprotected,
    domain_controller_known,
    estate_of_user,
    domain_enabled,
    synchronised,
    without_provisioning_errors,
    located,
    licensed,
    contacts_on_the_server,
    no_agent,
    can_be_saved,
    voice_told,
    delegates_told,
    mailbox_told,
    names_told,
)
FEW = 25  # people who are looked at one by one without being asked for


class MoveUsers(People):
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
    cloud, people = await asyncio.gather(read(Cloud), asked(answers.people, read, "told"))
    for finding in people.others:
        yield finding
    online = await read.each(OnlineUser, list(people.people)) if people.people else {}
    left = []
    for sip, person in people.people.items():
        notes = people.notes(sip)
        if in_teams(person, online[sip], cloud):
            yield people.identified(Fine(sip, say("already in Teams"), notes))
        elif on_premises_says_teams(person, cloud) or teams_says_teams(online[sip], cloud):
            yield people.identified(Unclear(sip, both_sides(person, online[sip]), AGAIN, notes))
        else:
            left.append(person)
    owed = await still_saved(read, cloud, left)
    for known in await everything(read, cloud, left, online):
        beforehand = [*people.remarks.get(known.person.sip, ()), *owed.get(known.person.sip, ())]
        yield people.identified(_finding(known, beforehand), known.sign_in)


move_users.answer_resolver(resolve)


@move_users.summary
async def _summary(read: Reader) -> StepSummary:
    """When few are left on premises and none of them can be moved, what keeps each of them; else how many there are."""
    summary, left = await summarise_homes(read)
    found = await plan_for_homed_users(left, read) if summary.state == "to do" and len(left) <= FEW else []
    return summary if not found or any(isinstance(one, Change) for one in found) else summarise(found)


async def plan_for_homed_users(sips: Sequence[str], read: Reader) -> list[Finding]:
    them = Group("on.premises", members=tuple(sips), kind="pool")  # as members an odd address is told; as a line it would be refused
    return await findings(move_users, MoveUsers(people=str(them)), read)


def _finding(known: UserSnapshot, beforehand: list[Remark]) -> Finding:
    person, cloud = known.person, known.estate.cloud

    def change(notes: tuple[LocalizedText, ...]) -> Change:
        do, undo = (*saved_first(person, cloud), to_teams(person, cloud)), (to_pool(person, cloud, person.registrar_pool),)
        lost = tuple(lost_on_the_way_back(person, saved=bool(cloud.export_folder)))
        plain = Change(person.sip, say("on premises → Teams"), do, undo, undo_loses=lost, notes=(*notes, SIGN_IN))
        before = {**person.snapshot(), "ExportedTo": export_of(person, cloud)}
        return replace(plain, snapshot=before, licensed_at=known.licensed_at)

    return decide(person.sip, (*beforehand, *remarks(known, CHECKS)), change)
