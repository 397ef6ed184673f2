"""Mailboxes in the Exchange Management Shell."""

from collections.abc import Iterator
from typing import Any

from adapters.lab.cmdlets.registry import EXCHANGE, CmdletCall, CmdletOutput, cmdlet
from adapters.lab.estate.person import EstatePerson
from adapters.lab.powershell.common_objects import ad_object
from adapters.lab.powershell.values import EnumValue, PSObject

DIRECTORY = "Microsoft.Exchange.Data.Directory"


@cmdlet("Get-Mailbox", EXCHANGE)
def get_mailbox(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Mailboxes on premises only."""
    yield from _recipients(call, "on-premises", ("Mailbox", "UserMailbox", 1))


@cmdlet("Get-RemoteMailbox", EXCHANGE)
def get_remote_mailbox(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Users whose mailbox is in Exchange Online."""
    yield from _recipients(call, "online", ("RemoteMailbox", "RemoteUserMailbox", 31))


def _recipients(call: CmdletCall, where: str, kind: tuple[str, str, int]) -> Iterator[CmdletOutput]:
    if call.identity is None:
        people = (p for p in call.world.people.values() if p.account and p.mailbox == where)
        yield from (_recipient(person, kind) for person in people)
        return
    person = call.estate.directory.find_on_premises(call.identity)
    if person and person.mailbox == where:
        yield _recipient(person, kind)
    else:
        yield call.not_found_error(call.identity)


def _recipient(person: EstatePerson, kind: tuple[str, str, int]) -> PSObject:
    assert person.account
    noun, details, number = kind
    properties: dict[str, Any] = {
        "Identity": ad_object(person.dn),
        "DisplayName": person.display_name,
        "Alias": person.account.sam,
        "UserPrincipalName": person.account.upn,
        "PrimarySmtpAddress": person.account.upn,
        "RecipientTypeDetails": EnumValue(f"{DIRECTORY}.Recipient.RecipientTypeDetails", details, number),
        "Guid": person.guid,
    }
    return PSObject((f"{DIRECTORY}.Management.{noun}", "System.Object"), properties, person.dn)
