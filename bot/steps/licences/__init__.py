"""The step that gives people the licences without which nobody can be moved to Teams."""

import asyncio
from datetime import timedelta

from pydantic import Field

from bot.errors import InvalidAnswers
from bot.facts import Reader
from bot.facts.cloud import Cloud
from bot.facts.directory import DirectoryUser
from bot.facts.history import PendingLicence
from bot.facts.licences import Licences, SubscribedSku
from bot.facts.policies import ConferencingPolicy
from bot.facts.teams_users import OnlineUser
from bot.i18n import say
from bot.reader.tolerant import all_or_failure, each_or_failure
from bot.step import Finding, Plan, step
from bot.steps.licences.allocation import LicenceAssignment, LicencePool, parse_licence_names
from bot.steps.licences.checks import NOT_YET, NOWHERE, Candidate, check_account, find_licensed, note_unread
from bot.steps.licences.commands import assign
from bot.steps.licences.summary import summarise_licences
from bot.steps.shared.decide import Remark, decide, find_hindrance, harmless_notes, stop
from bot.steps.shared.licence_checks import needed_plans
from bot.steps.shared.people_input.accounts import find_people
from bot.steps.shared.people_input.question import PeopleForm, resolve_people


class LicenceForm(PeopleForm):
    """Who gets a licence, and which."""

    licence: str = Field(
        default="",
        title="Which licence?",
        description="such as SPE_E3, or several that complete each other; left empty, the only one that holds the plans and has free units",
    )
    usage_location: str = Field(
        default="",
        title="In which country are people for whom none is set?",
        description="two letters, such as DE: Microsoft 365 licences need a usage location",
        pattern=r"^\s*([A-Za-z]{2})?\s*$",
    )


@step(
    say("Assign licences"),
    phrases=("assign licences", "assign licenses", "give licences", "licences", "licenses", "licence", "license"),
    ordering="independent",
    verify_timeout=timedelta(hours=24),
    concerns_everybody=False,
)
async def licences(answers: LicenceForm, read: Reader) -> Plan:
    """Gives people licences with Teams and Skype for Business Online (Plan 2), where needed also Phone System and Audio Conferencing.

    Only people whom Teams shows as homed on premises get one: anybody else would become a second account that the servers do not know.
    Licences that come through a group are left alone. A new licence counts for a move after up to 30 minutes.
    """
    cloud, people, skus, policies = await asyncio.gather(
        read(Cloud), find_people(answers.people, read), read.list_all(SubscribedSku), all_or_failure(read, ConferencingPolicy)
    )
    for finding in people.other_findings:
        yield finding
    online = await each_or_failure(read, OnlineUser, list(people.accounts))
    ids = {sip: user.identity for sip, user in online.items() if isinstance(user, OnlineUser)}
    directory, held = await asyncio.gather(
        each_or_failure(read, DirectoryUser, list(ids.values())), each_or_failure(read, Licences, list(ids.values()))
    )
    stock, given = LicencePool(skus, answers.licence), {one.guid or one.sip for one in await read.list_all(PendingLicence)}
    for sip, person in people.accounts.items():
        oid = ids.get(sip, "")
        is_given = not given.isdisjoint((person.guid, sip))
        known = Candidate(
            person=person,
            online=online[sip],
            directory=directory.get(oid),
            plans=held.get(oid),
            cloud=cloud,
            needed=needed_plans(person, cloud, policies),
            is_assigned=is_given,
        )
        finding = _finding(known, stock, answers.usage_location.strip().upper(), [*people.remarks.get(sip, ()), *note_unread(policies)])
        yield people.with_identity(finding)


licences.summary(summarise_licences)


@licences.answer_resolver
async def _resolve_answers(answers: LicenceForm, read: Reader) -> LicenceForm:
    """The answers with the members of each group written down.

    Raises `InvalidAnswers` for a licence that the tenant does not have.
    """
    skus = await read.list_all(SubscribedSku) if answers.licence.strip() else []
    known = {name.lower() for sku in skus for name in (sku.sku_id, sku.sku_part_number)}
    for word in parse_licence_names(answers.licence):
        if word.lower() not in known:
            names = ", ".join(f"{sku.sku_part_number} ({sku.free_units})" for sku in skus if sku.is_usable)
            raise InvalidAnswers({"licence": say("There is no licence “{word}”. These are free: {names}", word=word, names=names or "-")})
    return await resolve_people(answers, read)


def _finding(known: Candidate, stock: LicencePool, country: str, beforehand: list[Remark]) -> Finding:
    sip, remarks = known.person.sip, [*beforehand, *check_account(known)]
    if hindrance := find_hindrance(sip, remarks):
        return hindrance  # no unit is set aside for somebody who cannot have it
    assert isinstance(known.directory, DirectoryUser)
    directory, states = known.directory, known.states
    lacking = [one for one in known.needed if states[one.name] != "Success" and not states[one.name].startswith("Pending")]
    if not lacking and directory.usage_location:
        return find_licensed(known, harmless_notes(remarks))
    if lacking and known.is_assigned:
        return stop(sip, NOT_YET, remarks)
    if not directory.usage_location and not country:
        return stop(sip, NOWHERE, remarks)
    grant = stock.allocate(lacking, directory.license_assignment_states)
    if not isinstance(grant, LicenceAssignment):
        return stop(sip, grant, remarks)
    return decide(sip, remarks, lambda notes: assign(sip, directory, country, grant, notes))
