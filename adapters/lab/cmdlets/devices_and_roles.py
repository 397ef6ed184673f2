"""What cannot be moved with Move-CsUser, and roles: little of it exists in the pretend estate."""

from collections.abc import Iterator

from adapters.lab.cmdlets.registry import SFB, TEAMS, CmdletCall, CmdletOutput, cmdlet, get_by_identity
from adapters.lab.estate.servers import AgentGroup
from adapters.lab.powershell.common_objects import ps_object
from adapters.lab.powershell.values import PSObject

ROLES = ("CsAdministrator", "CsUserAdministrator", "CsServerAdministrator", "CsViewOnlyAdministrator")
NONE_OF = ("CsCommonAreaPhone", "CsExUmContact", "CsMeetingRoom", "CsHybridApplicationEndpoint")


def _find_none(call: CmdletCall) -> Iterator[CmdletOutput]:
    """There are none; somebody who is asked for is missing."""
    if call.identity is not None:
        yield call.not_found_error(call.identity)


for _noun in NONE_OF:
    cmdlet(f"Get-{_noun}", SFB)(_find_none)
cmdlet("Remove-CsHybridApplicationEndpoint", SFB)(_find_none)
cmdlet("Get-CsOnlineApplicationInstance", TEAMS)(_find_none)
cmdlet("Set-CsOnlineApplicationInstance", TEAMS)(_find_none)


@cmdlet("Get-CsRgsAgentGroup", SFB)
def get_cs_rgs_agent_group(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield from get_by_identity(call, call.world.agent_groups, _agent_group)


def _agent_group(group: AgentGroup) -> PSObject:
    return ps_object(
        "Microsoft.Rtc.Rgs.Management.WritableSettings.AgentGroup",
        group.name,
        Name=group.name,
        AgentsByUri=[f"sip:{agent}" for agent in group.agents],
        DistributionGroupAddress=group.distribution_group or None,
    )


@cmdlet("Get-CsAdminRole", SFB)
def get_cs_admin_role(call: CmdletCall) -> Iterator[CmdletOutput]:
    for name in ROLES:
        if call.identity in (None, name):
            yield ps_object(
                "Microsoft.Rtc.Management.WritableConfig.Settings.Roles.Role", name, Identity=name, Cmdlets=[], IsStandardRole=True
            )


@cmdlet("Get-CsAdminRoleAssignment", SFB)
def get_cs_admin_role_assignment(call: CmdletCall) -> Iterator[CmdletOutput]:
    """The account of this session has them all."""
    yield from ROLES
