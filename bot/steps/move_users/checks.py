"""What must hold before a person is moved to Teams, in the order in which it is said.

The checks are those of Microsoft's page "Move users between on-premises and cloud" and of the page of Move-CsUser.
"""

from collections.abc import Iterator, Sequence

from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.history import MoveHistory
from bot.facts.homes import ON_PREMISES
from bot.facts.users import OnPremUser
from bot.i18n import say
from bot.step import Reason
from bot.step_names import MOVE_BACK
from bot.steps.move_users.cloud_checks import check_provisioning, check_sip_domain, check_synchronisation, check_usage_location, note_voice
from bot.steps.move_users.exports import export_file
from bot.steps.shared.decide import PlanOnlyNote, Remark
from bot.steps.shared.estate_checks import check_estate_of_user
from bot.steps.shared.licence_checks import check_licences
from bot.steps.shared.person_checks import UserCheck, ad_domain, check_account, check_account_protection, not_checked, note_sign_in_name
from bot.steps.shared.snapshots import UserSnapshot


def check_enabled(known: UserSnapshot) -> Iterator[Remark]:
    if not known.person.enabled:
        yield Reason(say("is not enabled for Skype for Business"), say("enable the account (Enable-CsUser), or leave it out"))


def check_home(known: UserSnapshot) -> Iterator[Remark]:
    home = known.person.hosting_provider
    if home != ON_PREMISES or not known.person.registrar_pool:
        where = home if home != ON_PREMISES else say("no pool")
        yield Reason(
            say("is homed neither on premises nor in Teams, but in: {where}", where=where or "-"),
            say("look at HostingProvider and RegistrarPool of the account (Get-CsUser) and repair it"),
        )


def check_no_other_move(known: UserSnapshot) -> Iterator[Remark]:
    """No other move must be under way.

    A move that broke off leaves TargetRegistrarPool set; repeating the same move is the documented repair.
    """
    target = known.person.target_registrar_pool
    if target and known.estate.cloud.is_proxy(target):
        yield PlanOnlyNote(say("an earlier move to Teams was left half done: this one repairs it"))
    elif target:
        yield Reason(
            say("another move hangs: to {pool}", pool=target),
            say("let it end, or repeat that move (Move-CsUser) until TargetRegistrarPool is empty"),
        )


def check_domain_controller(known: UserSnapshot) -> Iterator[Remark]:
    """Move-CsUser looks in the servers' own AD domain unless it is told where to look."""
    home, servers = ad_domain(known.person.identity), known.person.registrar_pool.lower().partition(".")[2]
    if home and servers and home != servers and home not in known.estate.cloud.domain_controllers:
        yield Reason(
            say("lives in the AD domain {home}, the servers in {servers}", home=home, servers=servers),
            say("name a domain controller of {home} in the configuration (cloud.domain_controllers)", home=home),
        )


def check_contact_store(known: UserSnapshot) -> Iterator[Remark]:
    """The contacts must not be in the unified contact store.

    A policy that forbids it does not bring contacts back from it, so each person is read.
    """
    match known.contacts:
        case ReadFailure() as unread:
            yield not_checked(say("whether the contacts are in the unified contact store"), unread)
        case None:
            yield say("not checked: whether the contacts are in the unified contact store")
        case contacts if contacts.is_migrated is None:
            yield say("not checked: whether the contacts are in the unified contact store")
        case contacts if contacts.is_migrated:
            yield Reason(
                say("the contacts are in the unified contact store (Exchange), from where they do not move"),
                say("grant a user services policy with UcsAllowed false, then Invoke-CsUcsRollback, and wait until they are back"),
            )


def note_delegates(known: UserSnapshot) -> Iterator[Remark]:
    match known.delegates:
        case ReadFailure() as unread:
            yield not_checked(say("delegates"), unread)
        case None:
            return
        case found if found.delegates:
            names = ", ".join(name.removeprefix("sip:") for name in found.delegates)
            yield say("has delegates, who should move together: {names}", names=names)


def check_response_groups(known: UserSnapshot) -> Iterator[Remark]:
    """The person must not be an agent of a response group.

    Response groups find their agents on the servers only: nobody would notice that one is called no more.
    """
    groups = known.agent_groups
    if isinstance(groups, ReadFailure):
        yield not_checked(say("whether response groups send calls to this person"), groups)
        return
    if names := ", ".join(group.name for group in groups if group.has_agent(known.person.sip)):
        yield Reason(
            say("answers the calls of response groups, which reach nobody in Teams: {names}", names=names),
            say("let somebody else answer them (Set-CsRgsAgentGroup), or replace them by call queues first"),
        )
    if names := ", ".join(group.name for group in groups if group.distribution_group_address):
        yield say("not checked: who answers the calls of {names}, which go to the members of a distribution group", names=names)


def note_mailbox(known: UserSnapshot) -> Iterator[Remark]:
    match known.mailbox:
        case ReadFailure() as unread:
            yield not_checked(say("where the mailbox is; meetings of a mailbox on premises are not converted"), unread)
        case None:
            return
        case _:
            yield say("the mailbox is on premises: existing meetings stay Skype for Business meetings")


def check_export(known: UserSnapshot) -> Iterator[Remark]:
    """The address must be one that the safety export takes, and that can name a file.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/export-csuserdata (description)
    """
    marks = " ".join(sorted(set(known.person.sip) & set('\\/:*?"<>|')))
    if known.estate.cloud.export_folder and marks:
        yield Reason(
            say("the address holds {marks}, with which the contacts cannot be saved (Export-CsUserData)", marks=marks),
            say("give this person a plain SIP address (Set-CsUser -SipAddress), or see to this one by hand"),
        )


async def check_unrestored_exports(read: Reader, cloud: Cloud, people: Sequence[OnPremUser]) -> dict[str, list[Remark]]:
    """Reasons for people whose saved data a new safety export would write over, by address.

    Raises like `Read`.
    """
    if not cloud.export_folder or not people:
        return {}
    owed = {one.exported_to.lower(): one for one in await read.list_all(MoveHistory) if one.owes_import}
    files = {person.sip: owed[file] for person in people if (file := export_file(person, cloud).lower()) in owed}
    remedy = say("bring it back first (“move back”), or name another folder in the configuration (cloud.export_folder)")
    return {
        sip: [
            Reason(
                say(
                    "what was saved before the last move was not brought back, and saving again would write over it: {file}",
                    file=one.exported_to,
                ),
                remedy,
                MOVE_BACK,
            )
        ]
        for sip, one in files.items()
    }


CHECKS: tuple[UserCheck, ...] = (
    check_enabled,
    check_home,
    check_no_other_move,
    check_account,
    check_account_protection,
    check_domain_controller,
    check_estate_of_user,
    check_sip_domain,
    check_synchronisation,
    check_provisioning,
    check_usage_location,
    check_licences,
    check_contact_store,
    check_response_groups,
    check_export,
    note_voice,
    note_delegates,
    note_mailbox,
    note_sign_in_name,
)
