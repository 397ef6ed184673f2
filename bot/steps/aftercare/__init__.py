"""The step that looks after people in Teams: meetings, first sign-in, number and policies."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.directory import SignIn
from bot.facts.history import MoveHistory
from bot.facts.mailboxes import Mailbox
from bot.facts.meetings import MeetingMigration, TenantMigration
from bot.facts.teams_users import MovedUser
from bot.facts.telephone import Telephone, parse_number
from bot.facts.time import Now, age
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, first_few, label, say
from bot.reader.tolerant import all_or_failure, each_or_failure
from bot.step import Finding, Fine, Obstacle, Plan, Unclear, step
from bot.steps.aftercare.meetings import OFTEN, find_meetings
from bot.steps.aftercare.number_lines import check_number_lines, parse_number_lines, write_number_lines
from bot.steps.aftercare.number_requests import NOT_YET, NumberRequests, read_numbers, resolve_names
from bot.steps.aftercare.numbers import NUMBER, find_number
from bot.steps.aftercare.snapshots import MeetingSnapshot
from bot.steps.aftercare.summary import latest_attempts, summarise_meetings
from bot.steps.shared.home_state import describe_both_sides, is_in_teams, is_in_teams_by_servers, is_in_teams_by_teams
from bot.steps.shared.people_input.accounts import find_people
from bot.steps.shared.people_input.question import PeopleForm, resolve_people
from bot.steps.shared.recognition import Origins

SIGN_IN = label("{sip} first sign-in")
DAILY = 86400.0  # seconds
KEPT = timedelta(days=30)  # for which contacts wait for the first sign-in


class Aftercare(PeopleForm):
    """The people to look after, and what becomes of their numbers.

    A run that follows a move answers nothing: it leaves the numbers alone.
    """

    numbers: Literal["leave", "assign"] = Field(
        default="leave",
        title="What about their numbers?",
        json_schema_extra={
            "choices": {
                "leave": "Leave them as they are, in AD or in Teams, and list them",
                "assign": "Let Teams take over the number that everybody had on premises; AD lets it go first",
            }
        },
    )
    other_numbers: Annotated[str, AfterValidator(check_number_lines)] = Field(
        default="",
        title="Who gets another number?",
        description="one line each, such as bob@contoso.com +4930123456; only they are changed where the others are left as they are",
        json_schema_extra={"multiline": True},
    )
    voice_routing_policy: str = Field(
        default="",
        title="Which voice routing policy for Direct Routing?",
        description="needed for numbers that the tenant does not have itself; Global where everybody's is enough",
    )

    def number_requests(self, meant: Mapping[str, str] | None = None) -> NumberRequests:
        """The numbers that are asked for; `meant` tells whom this run has meant by a name."""
        return NumberRequests(
            by_person=parse_number_lines(self.other_numbers),
            takes_over=self.numbers == "assign",
            routing=self.voice_routing_policy.strip(),
            known_ids=meant or {},
        )


@dataclass(frozen=True, kw_only=True)
class MovedSnapshot:
    """What was read of one person in Teams; None = there is surely none of it."""

    sip: str
    now: datetime
    person: OnPremUser
    online: MovedUser
    meetings: MeetingSnapshot
    sign_in: SignIn | ReadFailure | None
    #: How the person was before we moved them.
    before: MoveHistory | None


@step(
    say("Aftercare"),
    phrases=("look after moved users", "after the move", "meetings", "aftercare"),
    ordering="independent",
    monitors=True,
    verify_timeout=timedelta(days=31),
    concerns_everybody=False,
    phases=("in", "ending", "after"),
)
async def aftercare(answers: Aftercare, read: Reader) -> Plan:
    """Looks after people who were moved to Teams. It begins by itself after each move, for those who arrived.

    Meetings are converted by Microsoft's service some two hours after the move; what failed is started again here. Everybody
    who is invited gets a mail about it; meetings with more than 250 people, or with a pasted join block, stay as they are. Contacts
    wait 30 days for the first sign-in. Numbers and policies are listed as they are. A number can stay managed in AD, from where it is
    synchronised: with Phone System, calls go on with it. Or Teams takes it over, where that is asked for: AD lets go of it first, and
    Teams can be given it after the next synchronisation. Until then there are no calls to and from the phone network, and whatever
    reads the number in AD, such as an SBC, loses it.
    """
    cloud, people = await asyncio.gather(read(Cloud), find_people(answers.people, read, "given back"))
    wishes = await resolve_names(answers.number_requests(people.identities), people.accounts.values(), read)
    for finding in (*people.other_findings, *wishes.find_unmatched(people.accounts.values(), people.other_findings)):
        yield finding
    online = await each_or_failure(read, MovedUser, list(people.accounts))
    arrived: list[tuple[OnPremUser, MovedUser]] = []
    for sip, person in people.accounts.items():
        there = online[sip]
        if isinstance(there, MovedUser) and is_in_teams(person, there, cloud):
            arrived.append((person, there))
        else:
            for finding in _outside_teams(person, there, wishes, cloud):
                yield people.with_identity(finding)
    seen = await _read_snapshots(read, arrived)
    for moved in seen:
        meetings = find_meetings(moved.meetings)
        for finding in (replace(meetings, notes=(*meetings.notes, *people.notes(moved.sip))), _sign_in(moved)):
            yield people.with_identity(finding, moved.online.user_principal_name.lower())
    for voice in await read_numbers(read, cloud, wishes, [(moved.person, moved.online, moved.before) for moved in seen]):
        yield people.with_identity(find_number(voice), voice.online.user_principal_name.lower())


aftercare.summary(summarise_meetings)


@aftercare.answer_resolver
async def _resolve_answers(answers: Aftercare, read: Reader) -> Aftercare:
    """The answers with the members of each group and the numbers of AD written down.

    Once AD has released a number, it does not know it any more.
    """
    answers = await resolve_people(answers, read)
    if answers.numbers == "leave":
        return answers
    found = await find_people(answers.people, read, "given back")
    people = list(found.accounts.values())
    wishes = await resolve_names(answers.number_requests(found.identities), people, read)
    had = {person.sip: parse_number(person.line_uri) for person in people if wishes.source_for(person) == person.line_uri != ""}
    taken = write_number_lines({sip: number.text for sip, number in had.items() if isinstance(number, Telephone)})
    return answers.model_copy(update={"other_numbers": "\n".join(filter(None, (answers.other_numbers.strip(), taken)))})


@aftercare.reminder(20, 27)
def _remind_of_sign_ins(found: Sequence[Finding]) -> LocalizedText | None:
    """What the team channel is told while somebody is not known to have signed in."""
    ending = SIGN_IN.format(sip="")
    names = [finding.subject.removesuffix(ending) for finding in found if finding.subject.endswith(ending) and isinstance(finding, Unclear)]
    if not names:
        return None
    return say("not known to have signed in to Teams; after 30 days their contacts are lost: {names}", names=first_few(names, 10))


def _outside_teams(person: OnPremUser, online: MovedUser | ReadFailure | None, wishes: NumberRequests, cloud: Cloud) -> Iterator[Finding]:
    """Findings about a person who is not in Teams, or of whom that cannot be said.

    Only a person at home on both sides needs nothing.
    """
    wanted = [NUMBER.format(sip=person.sip)] if wishes.number_for(person) else []
    if isinstance(online, ReadFailure):
        for subject in (person.sip, *wanted):
            yield Unclear(subject, say("Teams could not be asked: {why}", why=online.why), OFTEN)
    elif is_in_teams_by_servers(person, cloud) or is_in_teams_by_teams(online, cloud):
        for subject in (person.sip, *wanted):
            yield Unclear(subject, describe_both_sides(person, online), OFTEN)
    else:
        yield Fine(person.sip, say("is not homed in Teams: nothing to look after"))
        for subject in wanted:
            yield Obstacle(subject, (NOT_YET,))


async def _read_snapshots(read: Reader, arrived: Sequence[tuple[OnPremUser, MovedUser]]) -> list[MovedSnapshot]:
    if not arrived:
        return []
    names = [there.user_principal_name.lower() for _, there in arrived]
    (now, entries, converts), mailboxes, sign_ins, before = await asyncio.gather(
        asyncio.gather(read(Now), all_or_failure(read, MeetingMigration), all_or_failure(read, TenantMigration)),
        each_or_failure(read, Mailbox, names),
        each_or_failure(read, SignIn, [there.identity for _, there in arrived]),
        all_or_failure(read, MoveHistory),
    )
    attempts = entries if isinstance(entries, ReadFailure) else latest_attempts(entries)
    origins = Origins([] if isinstance(before, ReadFailure) else before)
    seen = []
    for (person, there), name in zip(arrived, names, strict=True):
        origin = origins.history_of(person)
        moved_at = origin.moved_at if origin else None
        last = attempts if isinstance(attempts, ReadFailure) else attempts.get(there.identity.lower()) or attempts.get(name)
        meetings = MeetingSnapshot(
            sip=person.sip,
            name=there.user_principal_name,
            now=now.at,
            moved_at=moved_at,
            last=last,
            tenant=converts,
            mailbox=mailboxes[name],
        )
        seen.append(
            MovedSnapshot(
                sip=person.sip,
                now=now.at,
                person=person,
                online=there,
                meetings=meetings,
                sign_in=sign_ins[there.identity],
                before=origin,
            )
        )
    return seen


def _sign_in(moved: MovedSnapshot) -> Finding:
    subject, since = SIGN_IN.format(sip=moved.sip), moved.before.moved_at if moved.before else None
    if since is None:
        return Unclear(subject, say("our records do not know when this person was moved: ask"))
    match moved.sign_in:
        case ReadFailure() as unread:
            return Unclear(subject, say("cannot be seen from here ({why}): ask", why=unread.why), DAILY)
        case SignIn() as known if (last := known.latest()) and last >= since:
            told = (say("a hint: it may have been another part of Microsoft 365"),)
            return Fine(subject, say("signed in on {day}, after the move", day=last.date().isoformat()), told)
    if age(since, moved.now) > KEPT:
        return Unclear(subject, say("none was seen within 30 days: contacts may be lost"))
    return Unclear(subject, say("none seen yet; contacts wait until {day}", day=(since + KEPT).date().isoformat()), DAILY)
