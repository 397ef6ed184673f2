"""What must hold before a person is given a licence, and who needs none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.facts import ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.directory import DirectoryUser
from bot.facts.homes import ON_PREMISES
from bot.facts.licences import Licences
from bot.facts.teams_users import OnlineUser
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, say
from bot.step import Finding, Fine, Reason, Unclear
from bot.step_names import DIRECTORY_SYNC, MOVE_BACK
from bot.steps.shared.decide import Doubt, Remark
from bot.steps.shared.home_state import is_in_teams
from bot.steps.shared.licence_checks import LICENCE_AGAIN, NeededPlan

NOT_YET = Doubt(say("the licence has been given and does not show yet"), 30.0)
NOWHERE = Reason(say("has no usage location"), say("name the country (Change answers)"))
SYNC = (say("let the account synchronise with its Skype for Business attributes first"), DIRECTORY_SYNC)
IN_TEAMS = Reason(say("is homed in Teams and could not work without the licence"), say("move this person back first"), MOVE_BACK)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What was read of one person who may need a licence."""

    person: OnPremUser
    online: OnlineUser | ReadFailure | None
    directory: DirectoryUser | ReadFailure | None
    plans: Licences | ReadFailure | None
    cloud: Cloud
    needed: Sequence[NeededPlan]
    #: By an open run of ours: a unit is theirs already.
    is_assigned: bool

    @property
    def states(self) -> dict[str, str]:
        """State of each needed plan: "Success", "Pending…", another status, or "" for no licence."""
        held = self.plans.plans if isinstance(self.plans, Licences) else {}
        return {one.name: one.state(held) for one in self.needed}


def note_unread(policies: object) -> Iterator[LocalizedText]:
    if isinstance(policies, ReadFailure):
        yield say("not checked: whether there is dial-in conferencing ({why})", why=policies.why)


def check_account(known: Candidate) -> Iterator[Remark]:
    """The cloud must show the home on premises, or a licence would make a second account.

    HostingProvider must show SRV: first: https://learn.microsoft.com/skypeforbusiness/hybrid/plan-hybrid-connectivity
    """
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


def find_licensed(known: Candidate, notes: tuple[LocalizedText, ...]) -> Finding:
    sip, names = known.person.sip, ", ".join(known.states)
    pending = [name for name, state in known.states.items() if state != "Success"]
    if pending:
        return Unclear(sip, say("being provisioned: {names}", names=", ".join(pending)), LICENCE_AGAIN, notes)
    moved = isinstance(known.online, OnlineUser) and is_in_teams(known.person, known.online, known.cloud)
    return Fine(sip, say("has {names}", names=names), notes, undo_blocked_by=(IN_TEAMS,) if moved else ())
