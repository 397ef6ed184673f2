"""Names of the steps that reasons and known errors point to; `bot/steps/__init__.py` checks at start-up that each is there."""

from typing import NewType

StepName = NewType("StepName", str)

TENANT = StepName("tenant")
DOMAIN = StepName("domain")
DIRECTORY_SYNC = StepName("directory_sync")
LICENCES = StepName("licences")
FEDERATION = StepName("federation")
HOSTING_PROVIDER = StepName("hosting_provider")
SHARED_SIP_SPACE = StepName("shared_sip_space")
EXCHANGE_OAUTH = StepName("exchange_oauth")
COEXISTENCE = StepName("coexistence")
MOVE_USERS = StepName("move_users")
MOVE_BACK = StepName("move_back")


def constants() -> dict[str, str]:
    """The names above, by the constant that holds them."""
    return {name: value for name, value in globals().items() if name.isupper()}
