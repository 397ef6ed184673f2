"""The step that gives people the licences without which nobody can be moved to Teams."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pydantic import Field

from bot.calls import GraphCall
from bot.errors import InvalidAnswers
from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.directory import DirectoryUser
from bot.facts.history import PendingLicence
from bot.facts.homes import ON_PREMISES
from bot.facts.licences import Licences, SubscribedSku
from bot.facts.policies import ConferencingPolicy
from bot.facts.teams_users import OnlineUser
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, comma_list, say
from bot.reader.tolerant import all_or_failure, each_or_failure
from bot.step import Change, Finding, Fine, Plan, Reason, Unclear, step
from bot.step_names import DIRECTORY_SYNC, MOVE_BACK
from bot.steps.licences.allocation import LicenceAssignment, LicencePool, parse_licence_names
from bot.steps.licences.summary import summarise_licences
from bot.steps.shared.decide import Doubt, Remark, decide, find_hindrance, harmless_notes, stop
from bot.steps.shared.home_state import is_in_teams
from bot.steps.shared.licence_checks import LICENCE_AGAIN, NeededPlan, needed_plans
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
        read(Cloud), find_people(answers.people, read), read.all(SubscribedSku), all_or_failure(read, ConferencingPolicy)
    )
    for finding in people.other_findings:
        yield finding
    online = await each_or_failure(read, OnlineUser, list(people.accounts))
    ids = {sip: user.identity for sip, user in online.items() if isinstance(user, OnlineUser)}
    directory, held = await asyncio.gather(
        each_or_failure(read, DirectoryUser, list(ids.values())), each_or_failure(read, Licences, list(ids.values()))
    )
    stock, given = LicencePool(skus, answers.licence), {one.guid or one.sip for one in await read.all(PendingLicence)}
    for sip, person in people.accounts.items():
        oid = ids.get(sip, "")
        is_given = not given.isdisjoint((person.guid, sip))
        known = Candidate(person, online[sip], directory.get(oid), held.get(oid), cloud, needed_plans(person, cloud, policies), is_given)
        finding = _finding(known, stock, answers.usage_location.strip().upper(), [*people.remarks.get(sip, ()), *_note_unread(policies)])
        yield people.with_identity(finding)


licences.summary(summarise_licences)


@licences.answer_resolver
async def _resolve_answers(answers: LicenceForm, read: Reader) -> LicenceForm:
    """Groups are settled to their members. Raises `InvalidAnswers` for a licence that the tenant does not have."""
    skus = await read.all(SubscribedSku) if answers.licence.strip() else []
    known = {name.lower() for sku in skus for name in (sku.sku_id, sku.sku_part_number)}
    for word in parse_licence_names(answers.licence):
        if word.lower() not in known:
            names = ", ".join(f"{sku.sku_part_number} ({sku.free_units})" for sku in skus if sku.is_usable)
            raise InvalidAnswers({"licence": say("There is no licence “{word}”. These are free: {names}", word=word, names=names or "-")})
    return await resolve_people(answers, read)


@dataclass(frozen=True)
class Candidate:
    """What is known of one person who may need a licence."""

    person: OnPremUser
    online: OnlineUser | ReadFailure | None
    directory: DirectoryUser | ReadFailure | None
    plans: Licences | ReadFailure | None
    cloud: Cloud
    needed: Sequence[NeededPlan]
    is_assigned: bool  # by an open run of ours: a unit is theirs already

    @property
    def states(self) -> dict[str, str]:
        """What each needed function is at: "Success", "Pending…", another status, or "" when no licence holds it."""
        held = self.plans.plans if isinstance(self.plans, Licences) else {}
        return {one.name: one.state(held) for one in self.needed}


def _note_unread(policies: object) -> Iterator[LocalizedText]:
    if isinstance(policies, ReadFailure):
        yield say("not checked: whether there is dial-in conferencing ({why})", why=policies.why)


def _finding(known: Candidate, stock: LicencePool, country: str, beforehand: list[Remark]) -> Finding:
    sip, remarks = known.person.sip, [*beforehand, *_check_account(known)]
    if hindrance := find_hindrance(sip, remarks):
        return hindrance  # no unit is set aside for somebody who cannot have it
    assert isinstance(known.directory, DirectoryUser)
    directory, states = known.directory, known.states
    lacking = [one for one in known.needed if states[one.name] != "Success" and not states[one.name].startswith("Pending")]
    if not lacking and directory.usage_location:
        return _licensed_finding(known, harmless_notes(remarks))
    if lacking and known.is_assigned:
        return stop(sip, NOT_YET, remarks)
    if not directory.usage_location and not country:
        return stop(sip, NOWHERE, remarks)
    grant = stock.allocate(lacking, directory.license_assignment_states)
    if not isinstance(grant, LicenceAssignment):
        return stop(sip, grant, remarks)
    return decide(sip, remarks, lambda notes: _change(sip, directory, country, grant, notes))


NOT_YET = Doubt(say("the licence has been given and does not show yet"), 30.0)
NOWHERE = Reason(say("has no usage location"), say("name the country (Change answers)"))


def _check_account(known: Candidate) -> Iterator[Remark]:
    """HostingProvider must show SRV: first: https://learn.microsoft.com/skypeforbusiness/hybrid/plan-hybrid-connectivity"""
    match known.online:
        case ReadFailure(why=why):
            yield Doubt(say("the cloud account could not be read: {why}", why=why))
            return
        case None:
            yield Reason(say("Teams does not know this SIP address: a licence now would make a second account"), *SYNC)
            return
        case online if online.soft_deletion_timestamp:
            yield Reason(say("is deleted in the cloud"), *SYNC)
        case online if online.hosting_provider != ON_PREMISES and not is_in_teams(known.person, online, known.cloud):
            home = online.hosting_provider or "-"
            yield Reason(
                say("Teams does not show the home on premises ({home}): a licence now would make a second account", home=home), *SYNC
            )
    for answer in (known.directory, known.plans):
        if not isinstance(answer, DirectoryUser | Licences):
            why = answer.why if isinstance(answer, ReadFailure) else say("Entra does not know the account")
            yield Doubt(say("the licences could not be read: {why}", why=why))
            return


SYNC = (say("let the account synchronise with its Skype for Business attributes first"), DIRECTORY_SYNC)


def _licensed_finding(known: Candidate, notes: tuple[LocalizedText, ...]) -> Finding:
    sip, names = known.person.sip, ", ".join(known.states)
    pending = [name for name, state in known.states.items() if state != "Success"]
    if pending:
        return Unclear(sip, say("being provisioned: {names}", names=", ".join(pending)), LICENCE_AGAIN, notes)
    moved = isinstance(known.online, OnlineUser) and is_in_teams(known.person, known.online, known.cloud)
    return Fine(sip, say("has {names}", names=names), notes, undo_blocked_by=(IN_TEAMS,) if moved else ())


IN_TEAMS = Reason(say("is homed in Teams and could not work without the licence"), say("move this person back first"), MOVE_BACK)
KEPT = say("the usage location stays")
GRACE = say("what Microsoft 365 keeps for the person is deleted 30 days after the licence is taken away")
COUNTS = say("it can take 30 minutes until a licence that was just given counts for a move")


def _change(sip: str, directory: DirectoryUser, country: str, grant: LicenceAssignment, notes: tuple[LocalizedText, ...]) -> Change:
    located = () if directory.usage_location else (GraphCall("PATCH", f"/users/{directory.id}", body={"usageLocation": country}),)
    given = (grant.call(directory.id),) if grant.add else ()
    gains = [*(say("usage location {country}", country=country) for _ in located), *grant.names]
    return Change(
        sip,
        say("gets: {names}", names=comma_list(gains)),
        (*located, *given),
        (grant.undo(directory.id),) if given else (),
        undo_loses=(*(KEPT for _ in located), *((GRACE,) if grant.adds_units else ())),
        no_undo=None if given else KEPT,
        notes=(*notes, *(COUNTS for _ in given)),
    )
