"""What cannot be moved with Move-CsUser, and roles: little of it exists in the pretend estate."""

from collections.abc import Iterator

from adapters.lab.cmdlets.registry import SFB, TEAMS, Call, ParsedCommand, cmdlet, named
from adapters.lab.estate.servers import AgentGroup
from adapters.lab.powershell.common_objects import thing
from adapters.lab.powershell.values import Thing

ROLES = ("CsAdministrator", "CsUserAdministrator", "CsServerAdministrator", "CsViewOnlyAdministrator")
NONE_OF = ("CsCommonAreaPhone", "CsExUmContact", "CsMeetingRoom", "CsHybridApplicationEndpoint")


def _none(call: Call) -> Iterator[ParsedCommand]:
    """There are none; somebody who is asked for is missing."""
    if call.identity is not None:
        yield call.missing(call.identity)


for _noun in NONE_OF:
    cmdlet(f"Get-{_noun}", SFB)(_none)
cmdlet("Remove-CsHybridApplicationEndpoint", SFB)(_none)
cmdlet("Get-CsOnlineApplicationInstance", TEAMS)(_none)
cmdlet("Set-CsOnlineApplicationInstance", TEAMS)(_none)


@cmdlet("Get-CsRgsAgentGroup", SFB)
def get_cs_rgs_agent_group(call: Call) -> Iterator[ParsedCommand]:
    yield from named(call, call.world.agent_groups, _agent_group)


def _agent_group(group: AgentGroup) -> Thing:
    return thing(
        "Microsoft.Rtc.Rgs.Management.WritableSettings.AgentGroup",
        group.name,
        Name=group.name,
        AgentsByUri=[f"sip:{agent}" for agent in group.agents],
        DistributionGroupAddress=group.distribution_group or None,
    )


@cmdlet("Get-CsAdminRole", SFB)
def get_cs_admin_role(call: Call) -> Iterator[ParsedCommand]:
    for name in ROLES:
        if call.identity in (None, name):
            yield thing("Microsoft.Rtc.Management.WritableConfig.Settings.Roles.Role", name, Identity=name, Cmdlets=[], IsStandardRole=True)


@cmdlet("Get-CsAdminRoleAssignment", SFB)
def get_cs_admin_role_assignment(call: Call) -> Iterator[ParsedCommand]:
    """The account of this session has them all."""
    yield from ROLES
