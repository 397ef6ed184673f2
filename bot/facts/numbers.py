"""Telephone numbers: whose each is in Teams, and the policies by which calls go out."""

from collections.abc import Sequence
from typing import ClassVar

from bot.calls import Cmdlet, ReadCall
from bot.facts import Fact
from bot.facts.types import Text


class PhoneNumberAssignment(Fact):
    """Get-CsPhoneNumberAssignment. A number that the tenant does not have gives no object and no error.

    So only a question about that one `number` tells that there is none; many asked for together find those that there are.
    """

    match_on: ClassVar[tuple[str, ...]] = ("TelephoneNumber",)
    telephone_number: Text
    number_type: Text  # DirectRouting, CallingPlan, OperatorConnect
    assigned_pstn_target_id: Text = ""  # object id of a person or a resource account; empty = free
    location_id: Text = ""  # where an emergency call is sent to

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("teams", "Get-CsPhoneNumberAssignment", {"TelephoneNumber": about["number"]}, pick=cls.property_names())

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [Cmdlet("teams", "Get-CsPhoneNumberAssignment", each=tuple(keys), each_as="TelephoneNumber", pick=cls.property_names())]


class NumberOwner(Fact):
    """Get-CsOnlineUser by object id: who has a number that somebody else was to get."""

    match_on: ClassVar[tuple[str, ...]] = ("Identity",)
    identity: Text
    user_principal_name: Text = ""

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [Cmdlet("teams", "Get-CsOnlineUser", each=tuple(keys), each_as="Identity", pick=cls.property_names())]


class VoiceRoutingPolicy(Fact):
    """Get-CsOnlineVoiceRoutingPolicy: where calls by Direct Routing may go."""

    identity: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("teams", "Get-CsOnlineVoiceRoutingPolicy", pick=cls.property_names())

    @property
    def name(self) -> str:
        return self.identity.removeprefix("Tag:")
