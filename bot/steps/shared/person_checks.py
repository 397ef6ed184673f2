"""What must hold for a person in both directions: one function for each check.

The checks are those of Microsoft's page "Move users between on-premises and cloud" and of the page of Move-CsUser. What was
only not readable is a note where it does not decide, and a doubt where it does.
"""

from collections.abc import Callable, Iterator, Sequence

from bot.facts import ReadFailure
from bot.i18n import LocalizedText, say
from bot.step import Reason
from bot.steps.shared.decide import Doubt, Remark
from bot.steps.shared.snapshots import UserSnapshot

UserCheck = Callable[[UserSnapshot], Iterator[Remark]]


def check_user(known: UserSnapshot, checks: Sequence[UserCheck]) -> Iterator[Remark]:
    """Everything that these checks have to say about one person."""
    for check in checks:
        yield from check(known)


def not_checked(what: LocalizedText, unread: ReadFailure) -> LocalizedText:
    """The note about something that does not decide and could not be read."""
    return say("not checked: {what} ({why})", what=what, why=unread.why)


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


def ad_domain(distinguished_name: str) -> str:
    """`CN=Bob,OU=Staff,DC=contoso,DC=com` → `contoso.com`."""
    parts = (part.strip() for part in distinguished_name.split(","))
    return ".".join(part[3:] for part in parts if part[:3].upper() == "DC=").lower()


def note_sign_in_name(known: UserSnapshot) -> Iterator[Remark]:
    name = known.person.user_principal_name.lower()
    if name and name != known.person.sip:
        yield say("signs in to Teams as {name}, which is not the SIP address", name=name)
