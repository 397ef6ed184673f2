"""Mailboxes and mail users, as the Exchange servers show them."""

from collections.abc import Sequence

from bot.calls import Cmdlet, ReadCall, filter_clause
from bot.facts import Fact
from bot.facts.types import Text


class Mailbox(Fact):
    """Get-Mailbox on the Exchange server, by sign-in name: a mailbox on premises.

    https://learn.microsoft.com/powershell/module/exchangepowershell/get-mailbox
    """

    match_on = ("UserPrincipalName",)
    user_principal_name: Text

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [cls.select(Cmdlet("exchange", "Get-Mailbox", each=tuple(keys)))]


class RemoteMailbox(Mailbox):
    """Get-RemoteMailbox: a mailbox in Exchange Online that belongs to an account on premises.

    https://learn.microsoft.com/powershell/module/exchangepowershell/get-remotemailbox
    """

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [cls.select(Cmdlet("exchange", "Get-RemoteMailbox", each=tuple(keys)))]


class SampleMailbox(Fact):
    """Get-Mailbox: some mailboxes of people on premises, one of which is used for a test.

    https://learn.microsoft.com/powershell/module/exchangepowershell/get-mailbox
    """

    source = Cmdlet("exchange", "Get-Mailbox", {"RecipientTypeDetails": "UserMailbox", "ResultSize": 20})
    user_principal_name: Text
    primary_smtp_address: Text


class MailUser(Fact):
    """Get-MailUser -Filter by `name`: where there is none, the answer is empty and no error.

    https://learn.microsoft.com/powershell/module/exchangepowershell/get-mailuser
    """

    name: Text
    hidden_from_address_lists_enabled: bool

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return cls.select(Cmdlet("exchange", "Get-MailUser", {"Filter": filter_clause("Name", "eq", about["name"])}))
