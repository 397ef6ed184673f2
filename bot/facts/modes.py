"""Coexistence modes of single people, and whether people on premises are told of Teams."""

from typing import Annotated

from pydantic import BeforeValidator

from bot.calls import Cmdlet, ReadCall
from bot.facts import Fact
from bot.facts.people import OnlineUser
from bot.facts.types import NonEmptyText, Text, plain_text

PolicyName = Annotated[str, BeforeValidator(lambda value: str(plain_text(value)).removeprefix("Tag:"))]


class UserMode(OnlineUser):
    """The same person in Teams with the policy of their own; empty = the tenant's counts."""

    user_principal_name: NonEmptyText
    teams_upgrade_effective_mode: NonEmptyText
    teams_upgrade_policy: PolicyName = ""


class UpgradeNotice(Fact):
    """Get-CsTeamsUpgradePolicy in the SfB shell: there it knows nothing but whether people are told that Teams is coming."""

    identity: Text
    notify_sfb_users: bool

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", "Get-CsTeamsUpgradePolicy", {"Identity": "Global"}, pick=cls.property_names())
