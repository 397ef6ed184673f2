"""What must hold before a person is moved to Teams: one small function per check, each saying what stands in the way.

The checks are those of Microsoft's page "Move users between on-premises and cloud" and of the page of Move-CsUser. What was
only not readable is a note where it does not decide, and a doubt where it does.
"""

from collections.abc import Callable, Iterator, Sequence

from bot.facts import ReadFailure
from bot.facts.homes import ON_PREMISES
from bot.i18n import LocalizedText, say
from bot.step import Reason
from bot.steps.shared.decide import Doubt, PlanOnlyNote, Remark
from bot.steps.shared.snapshots import UserSnapshot

UserCheck = Callable[[UserSnapshot], Iterator[Remark]]


def check_user(known: UserSnapshot, checks: Sequence[UserCheck]) -> Iterator[Remark]:
    """Everything that these checks have to say about one person."""
    for check in checks:
        yield from check(known)


def not_checked(what: LocalizedText, unread: ReadFailure) -> LocalizedText:
    """The note about something that does not decide and could not be read."""
    return say("not checked: {what} ({why})", what=what, why=unread.why)


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
    """A move that broke off leaves TargetRegistrarPool set; repeating the same move is the documented repair."""
    target = known.person.target_registrar_pool
    if target and known.estate.cloud.is_proxy(target):
        yield PlanOnlyNote(say("an earlier move to Teams was left half done: this one repairs it"))
    elif target:
        yield Reason(
            say("another move hangs: to {pool}", pool=target),
            say("let it end, or repeat that move (Move-CsUser) until TargetRegistrarPool is empty"),
        )


def check_account(known: UserSnapshot) -> Iterator[Remark]:
    match known.ad:
        case ReadFailure() as unread:
            yield Doubt(say("the AD account could not be read: {why}", why=unread.why))
        case None:
            yield Reason(say("has no account in AD"), say("look for the account in AD"))
        case ad if ad.is_disabled and not known.person.originator_sid:
            # In a resource forest the account is disabled on purpose and OriginatorSid names the real one.
            yield Reason(say("the AD account is disabled"), say("enable the account in AD, or leave it out"))
        case ad if ad.is_disabled is None:
            yield say("not checked: whether the AD account is disabled")


def check_account_protection(known: UserSnapshot) -> Iterator[Remark]:
    """AdminSDHolder takes the rights to change such accounts away again."""
    if known.ad is None or isinstance(known.ad, ReadFailure):
        return
    if known.ad.admin_count is None:
        yield say("not checked: whether AD protects the account (adminCount)")
    elif known.ad.admin_count:
        yield Reason(
            say("the AD account is protected (adminCount 1), so that it cannot be changed"),
            say("take it out of the protected groups and let it inherit rights again, or leave it out"),
        )


def check_domain_controller(known: UserSnapshot) -> Iterator[Remark]:
    """Move-CsUser looks in the servers' own AD domain unless it is told where to look."""
    home, servers = ad_domain(known.person.identity), known.person.registrar_pool.lower().partition(".")[2]
    if home and servers and home != servers and home not in known.estate.cloud.domain_controllers:
        yield Reason(
            say("lives in the AD domain {home}, the servers in {servers}", home=home, servers=servers),
            say("name a domain controller of {home} in the configuration (cloud.domain_controllers)", home=home),
        )


def ad_domain(distinguished_name: str) -> str:
    """`CN=Bob,OU=Staff,DC=contoso,DC=com` → `contoso.com`."""
    parts = (part.strip() for part in distinguished_name.split(","))
    return ".".join(part[3:] for part in parts if part[:3].upper() == "DC=").lower()


def check_contact_store(known: UserSnapshot) -> Iterator[Remark]:
    """A policy that forbids the unified contact store does not bring contacts back from it, so each person is asked about."""
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
    """Response groups find their agents on the servers only: whoever is moved would no longer be called, and nobody would be told."""
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
    """https://learn.microsoft.com/powershell/module/skypeforbusiness/export-csuserdata (description); and the address names a file."""
    marks = " ".join(sorted(set(known.person.sip) & set('\\/:*?"<>|')))
    if known.estate.cloud.export_folder and marks:
        yield Reason(
            say("the address holds {marks}, with which the contacts cannot be saved (Export-CsUserData)", marks=marks),
            say("give this person a plain SIP address (Set-CsUser -SipAddress), or see to this one by hand"),
        )


def note_sign_in_name(known: UserSnapshot) -> Iterator[Remark]:
    name = known.person.user_principal_name.lower()
    if name and name != known.person.sip:
        yield say("signs in to Teams as {name}, which is not the SIP address", name=name)
