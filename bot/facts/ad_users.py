"""Accounts in Active Directory, of people who need not be enabled for Skype for Business."""

from collections.abc import Sequence

from bot.calls import Cmdlet, ReadCall, filter_any
from bot.facts import Fact
from bot.facts.types import EnumText, OptionalInt, Text, normalize_address

# https://learn.microsoft.com/troubleshoot/windows-server/active-directory/useraccountcontrol-manipulate-account-properties
ACCOUNTDISABLE = 0x2


class AdUser(Fact):
    """Get-CsAdUser by sign-in name or SIP address: it also finds people who are not enabled for Skype for Business.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csaduser
    """

    match_on = ("UserPrincipalName", "SipAddress")
    user_principal_name: Text
    sip_address: Text
    #: "AccountDisabled, NormalAccount", or its number.
    user_account_control: EnumText = ""
    #: The page does not list it; None = not told.
    admin_count: OptionalInt = None

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [cls.select(Cmdlet("sfb", "Get-CsAdUser", each=tuple(keys)))]

    @property
    def is_disabled(self) -> bool | None:
        """None when the account does not tell."""
        flags = self.user_account_control
        if flags.isdecimal():
            return bool(int(flags) & ACCOUNTDISABLE)
        return "accountdisable" in flags.lower() if flags else None


class AdUserSearch(Fact):
    """Get-CsAdUser -Filter: everybody who has one of these `names` (with spaces between) `by` sign-in name, or by e-mail address.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csaduser
    """

    user_principal_name: Text
    sip_address: Text
    windows_email_address: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        prop = "WindowsEmailAddress" if about["by"] == "mail" else "UserPrincipalName"
        return cls.select(Cmdlet("sfb", "Get-CsAdUser", {"Filter": filter_any(prop, about["names"].split())}))

    @property
    def sip(self) -> str:
        return normalize_address(self.sip_address)

    @property
    def upn(self) -> str:
        return normalize_address(self.user_principal_name)

    @property
    def mail(self) -> str:
        return normalize_address(self.windows_email_address)
