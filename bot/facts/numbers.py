"""Telephone numbers of the tenant and their assignments."""

from collections.abc import Sequence

from bot.calls import Cmdlet, ReadCall
from bot.facts import Fact
from bot.facts.types import Text


class PhoneNumberAssignment(Fact):
    """Get-CsPhoneNumberAssignment: a number and its owner.

    A number that the tenant does not have gives neither an object nor an error. Only a query for one `number` alone shows that it is
    not there; a query for many returns those that are.
    https://learn.microsoft.com/powershell/module/microsoftteams/get-csphonenumberassignment
    """

    match_on = ("TelephoneNumber",)
    telephone_number: Text
    #: DirectRouting, CallingPlan or OperatorConnect.
    number_type: Text
    #: Object id of a person or a resource account; empty = free.
    assigned_pstn_target_id: Text = ""
    #: The place to which an emergency call is sent.
    location_id: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return cls.select(Cmdlet("teams", "Get-CsPhoneNumberAssignment", {"TelephoneNumber": about["number"]}))

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [cls.select(Cmdlet("teams", "Get-CsPhoneNumberAssignment", each=tuple(keys), each_as="TelephoneNumber"))]
