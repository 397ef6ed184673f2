"""The step that sets how Teams and Skype for Business live side by side before anybody is moved."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from bot.calls import Cmdlet
from bot.facts import Reader, ReadFailure
from bot.facts.policies import GlobalUpgradePolicy, UpgradeNotice
from bot.facts.teams_users import UserMode
from bot.facts.tenant import TeamsTenant
from bot.i18n import LocalizedText, label, say
from bot.reader.tolerant import all_or_failure, each_or_failure
from bot.step import Change, Finding, Fine, Obstacle, Plan, Reason, StepSummary, Unclear, step
from bot.step_names import DIRECTORY_SYNC
from bot.steps.shared.decide import AGAIN, Remark, decide
from bot.steps.shared.forced_mode import ForcedMode, read_forced_mode
from bot.steps.shared.people_input.accounts import ResolvedPeople, find_people
from bot.steps.shared.people_input.groups import resolve_groups
from bot.steps.shared.people_input.question import check_people_text
from bot.summary import ToDo, summarise

MODE, NOTICE = label("mode of the tenant"), label("notice to people")
ISLANDS, NOBODY = "Islands", ""
FOLLOWS = say("clients follow within 24 hours; until then presence may be unknown")
NOT_TAKEN_BACK = say("TeamsOnly for everybody is no way back while people are on premises")


def refuse_teams_only(mode: Any) -> Any:
    """TeamsOnly is not among the choices, and whoever types it is told why."""
    if str(mode).lower() in ("teamsonly", "upgradetoteams"):
        raise ValueError(say("TeamsOnly for everybody comes last, when nobody is on premises any more: “switch off hybrid” does it"))
    return mode


def check_people_or_nobody(text: str) -> str:
    return check_people_text(text) if text.strip() else NOBODY


class Coexistence(BaseModel):
    """The mode for everybody, who is spared, and whether people are told."""

    mode: Annotated[
        Literal["SfBWithTeamsCollab", "SfBWithTeamsCollabAndMeetings", "SfBOnly", "Islands"], BeforeValidator(refuse_teams_only)
    ] = Field(
        title="How shall people work until they are moved?",
        description="The mode for everybody who has none of their own. Who is moved becomes TeamsOnly by the move.",
        json_schema_extra={
            "choices": {
                "SfBWithTeamsCollab": "SfBWithTeamsCollab (recommended): chats, calls, meetings in Skype for Business; channels in Teams",
                "SfBWithTeamsCollabAndMeetings": "SfBWithTeamsCollabAndMeetings: chats and calls in Skype for Business; meetings in Teams",
                "SfBOnly": "SfBOnly: everything in Skype for Business",
                "Islands": "Islands: everything in both, and the two do not see each other",
            }
        },
    )
    people: Annotated[str, AfterValidator(check_people_or_nobody)] = Field(
        default=NOBODY,
        title="Who stays in Islands?",
        description="Nobody, or people who chat in Teams already: they would lose chats and calls there. "
        "SIP addresses or sign-in names, one per line, or “group” and the name of an Entra group.",
        json_schema_extra={"multiline": True},
    )
    notice: bool = Field(
        default=False,
        title="Tell people in Skype for Business that Teams is coming",
        description="A line in the client of everybody who is homed on premises; Windows clients also download Teams.",
    )


@step(
    say("Choose the coexistence mode"),
    phrases=("coexistence mode", "user notice", "upgrade mode", "coexistence", "islands"),
    phases=("in",),
)
async def coexistence(answers: Coexistence, read: Reader) -> Plan:
    """Sets how Teams and Skype for Business live side by side, before the first people are moved.

    In Islands, where every tenant begins, a chat may land in a client that nobody looks at. SfBWithTeamsCollab makes it certain: who is
    on premises is reached in Skype for Business, who was moved is reached in Teams. People who chat in Teams already keep Islands by a
    policy of their own, which is granted first. Clients follow within 24 hours.
    """
    spared = await find_people(answers.people, read) if answers.people else ResolvedPeople()
    online = await each_or_failure(read, UserMode, list(spared.accounts))
    found = [spared.with_identity(_exempt(sip, online[sip], spared.remarks.get(sip, [])), _sign_in(online[sip])) for sip in spared.accounts]
    people = [*spared.other_findings, *found]
    for finding in people:
        yield finding
    if any(isinstance(finding, Unclear) for finding in people) or any(isinstance(one, Obstacle) for one in spared.other_findings):
        yield Unclear(MODE, say("waits until it is clear who stays in Islands: they would be cut off"), AGAIN)
    else:
        modes, known = await _read_modes(read)
        yield _mode(answers.mode, modes, known)
    if answers.notice:
        yield _notice(await all_or_failure(read, UpgradeNotice))


@coexistence.answer_resolver
async def _resolve_people(answers: Coexistence, read: Reader) -> Coexistence:
    """The answers with each group's members written down, once."""
    return answers.model_copy(update={"people": await resolve_groups(answers.people, read)}) if answers.people else answers


@coexistence.summary
async def _summary(read: Reader) -> StepSummary:
    """Which mode is wanted is asked; that Islands is none to stay in can be seen."""
    modes, known = await _read_modes(read)
    current = ISLANDS if isinstance(modes, ReadFailure) else modes[0].mode
    found = _mode(current, modes, known)
    if isinstance(found, Fine) and current == ISLANDS:
        return summarise([ToDo(MODE, say("is Islands: a chat may land in a client that nobody looks at"))])
    return summarise([found])


def _exempt(sip: str, user: UserMode | ReadFailure | None, beforehand: Sequence[Remark]) -> Finding:
    if isinstance(user, ReadFailure):
        return Unclear(sip, say("Teams could not be asked: {why}", why=user.why), AGAIN)
    if user is None:
        return Obstacle(sip, (Reason(say("Teams does not know this person"), say("synchronise the account first"), DIRECTORY_SYNC),))
    if user.teams_upgrade_effective_mode == "TeamsOnly":
        return Obstacle(sip, (Reason(say("is TeamsOnly already"), say("leave the person out: nothing changes for people in Teams")),))
    if user.teams_upgrade_policy.startswith(ISLANDS):
        return Fine(sip, say("has Islands as a policy of their own"))

    def change(notes: tuple[LocalizedText, ...]) -> Change:
        effect = say("{old} → Islands for this person", old=user.teams_upgrade_policy or say("as the tenant"))
        do, undo = (_grant_one(user, ISLANDS),), (_grant_one(user, user.teams_upgrade_policy),)
        return Change(sip, effect, do, undo, notes=(*notes, FOLLOWS))

    return decide(sip, beforehand, change)


def _sign_in(user: UserMode | ReadFailure | None) -> str:
    return user.user_principal_name.lower() if isinstance(user, UserMode) else ""


def _grant_one(user: UserMode, policy: str) -> Cmdlet:
    """Grants the policy to one person, by sign-in name.

    An empty name is what $null becomes in a parameter of type string: it takes the assignment away.
    """
    return Cmdlet("teams", "Grant-CsTeamsUpgradePolicy", {"Identity": user.user_principal_name, "PolicyName": policy})


async def _read_modes(read: Reader) -> tuple[Sequence[GlobalUpgradePolicy] | ReadFailure, ForcedMode]:
    tenants, modes = await asyncio.gather(all_or_failure(read, TeamsTenant), all_or_failure(read, GlobalUpgradePolicy))
    return modes, await read_forced_mode(read, tenants, modes)


def _mode(wanted: str, modes: Sequence[GlobalUpgradePolicy] | ReadFailure, known: ForcedMode) -> Finding:
    """The cmdlet may say that all went well and change nothing: only reading back decides."""
    if isinstance(modes, ReadFailure):
        return Unclear(MODE, say("the mode of the tenant could not be read: {why}", why=modes.why), AGAIN)
    if known.why_unclear and known.recheck_after:
        return Unclear(MODE, known.why_unclear, known.recheck_after)
    old = modes[0]
    if known.by_override or (known.is_forced and old.mode != wanted):
        return Obstacle(MODE, (known.reason,))
    if old.mode == wanted and known.seen:
        return Unclear(MODE, known.seen, AGAIN, (FOLLOWS,))
    if old.mode == wanted:
        return Fine(MODE, say("is {mode}", mode=wanted), (FOLLOWS,))
    new = old.model_copy(update={"mode": wanted})
    undo, no_undo = ((), NOT_TAKEN_BACK) if old.mode == "TeamsOnly" else ((_grant_all(old),), None)
    effect = say("{old} → {new} for everybody without a mode of their own", old=old.mode, new=wanted)
    untold = [say("not checked: whether the tenant is forced to TeamsOnly ({why})", why=known.why_unclear)] if known.why_unclear else []
    return Change(MODE, effect, (_grant_all(new),), undo, no_undo=no_undo, notes=(FOLLOWS, *untold))


def _grant_all(mode: GlobalUpgradePolicy) -> Cmdlet:
    return Cmdlet("teams", "Grant-CsTeamsUpgradePolicy", {"PolicyName": mode.name, "Global": True})


def _notice(found: Sequence[UpgradeNotice] | ReadFailure) -> Finding:
    """The policy on premises: the one online does nothing for people who are homed on premises."""
    if isinstance(found, ReadFailure):
        return Unclear(NOTICE, say("whether people are told could not be read: {why}", why=found.why), AGAIN)
    if not found:
        return Unclear(NOTICE, say("the servers do not tell whether people are told"))
    if found[0].notify_sfb_users:
        return Fine(NOTICE, say("people on premises are told that Teams is coming"))
    effect = say("people on premises are not told → are told that Teams is coming")
    return Change(NOTICE, effect, (_set_notice(True),), (_set_notice(False),))


def _set_notice(notify: bool) -> Cmdlet:
    return Cmdlet("sfb", "Set-CsTeamsUpgradePolicy", {"Identity": "Global", "NotifySfbUsers": notify, "Confirm": False})
