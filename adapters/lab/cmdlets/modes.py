"""Coexistence modes and the notice to users: policies in the MicrosoftTeams module, and what the servers keep of them."""

from collections.abc import Iterator

from adapters.lab.cmdlets.registry import SFB, TEAMS, CmdletCall, CmdletOutput, WarningRecord, cmdlet, get_by_identity
from adapters.lab.estate.estate import MODE_FOLLOWS
from adapters.lab.estate.person import HERE
from adapters.lab.estate.state import UpgradePolicy
from adapters.lab.estate.tenant_changes import is_lyncdiscover_on_premises
from adapters.lab.powershell.common_objects import ps_object
from adapters.lab.powershell.values import PSObject

POLICY = "Microsoft.Rtc.Management.WritableConfig.Policy.Teams.TeamsUpgradePolicy"
NOT_TEAMS_ONLY = (
    "This organization cannot be upgraded to TeamsOnly mode. One or more M365 domains have a public DNS record that points to an "
    "on-premises Skype for Business Server deployment. The domain records at fault are {found}"
)
IGNORED = "AllowUserChat, AllowPrivateCalling, AllowPrivateMeetingScheduling, AllowChannelMeetingScheduling"


@cmdlet("Get-CsTeamsUpgradePolicy", TEAMS)
def get_cs_teams_upgrade_policy(call: CmdletCall) -> Iterator[CmdletOutput]:
    world, tenant = call.world, call.world.tenant
    own = UpgradePolicy("Global", tenant.global_mode, tenant.global_notify)
    policies = {"Global": own, **world.upgrade_policies}
    wanted = call.identity and call.identity.lower().removeprefix("tag:")
    found = [one for name, one in policies.items() if wanted is None or name.lower() == wanted]
    yield from (_upgrade_policy(one) for one in found)
    if not found:
        yield call.not_found_error(str(call.identity))


def _upgrade_policy(one: UpgradePolicy) -> PSObject:
    identity = one.name if one.name == "Global" else f"Tag:{one.name}"
    return ps_object(
        POLICY, identity, Identity=identity, Description=f"Mode {one.mode}", Mode=one.mode, NotifySfbUsers=one.notify, Action=None
    )


@cmdlet("Grant-CsTeamsUpgradePolicy", TEAMS)
def grant_cs_teams_upgrade_policy(call: CmdletCall) -> Iterator[CmdletOutput]:
    """To the tenant or to one person. A refusal is a warning and a text (in which stream is not known), and changes nothing: read back.

    https://learn.microsoft.com/microsoftteams/troubleshoot/teams-administration/cannot-switch-to-teams-only-mode
    """
    name = call.bound.get("PolicyName")
    policy = call.world.upgrade_policies.get(_real_name(call, str(name))) if name else None
    if name and policy is None and str(name).lower() != "global":
        raise call.terminating_error(
            f'Policy "{name}" is not a user policy. You can assign only a user policy to a specific user.', "InvalidPolicy", 5
        )
    yield from _grant_to_tenant(call, policy) if call.identity is None else _grant_to_person(call, policy)


def _real_name(call: CmdletCall, name: str) -> str:
    wanted = name.lower().removeprefix("tag:")
    return next((known for known in call.world.upgrade_policies if known.lower() == wanted), "")


def _grant_to_tenant(call: CmdletCall, policy: UpgradePolicy | None) -> Iterator[CmdletOutput]:
    world, tenant = call.world, call.world.tenant
    mode = policy.mode if policy else "Islands"
    at_home = [
        f"lyncdiscover.{domain.name}"
        for domain in world.domains.values()
        if domain.verified and is_lyncdiscover_on_premises(world, domain.name)
    ]
    if mode == "TeamsOnly" and at_home:
        yield WarningRecord("All users in the tenant are now in TeamsOnly mode.")  # it says so and does not do it
        text = NOT_TEAMS_ONLY.format(found=f"{{{''.join(f'[{name}.203.0.113.20];' for name in at_home)}}}")
        yield WarningRecord(text) if world.uncertain.teams_only_refused_by == "warning" else call.error(text, "TeamsOnlyRefused")
        return
    tenant.mode_before, tenant.global_mode = tenant.global_mode, mode
    tenant.global_notify = policy.notify if policy else False
    tenant.global_from = call.estate.time_after(MODE_FOLLOWS)
    call.estate.mark_changed("tenant")
    call.log("Global")


def _grant_to_person(call: CmdletCall, policy: UpgradePolicy | None) -> Iterator[CmdletOutput]:
    identity = str(call.identity)
    person = call.estate.directory.find_online(identity)
    if person is None or person.online is None:
        yield call.not_found_error(identity)
        return
    if policy and policy.mode == "TeamsOnly" and person.online.hosting_provider(call.now) == HERE:
        text = f"The user {person.upn} has an account on premises: move the user with Move-CsUser instead."  # wording not documented
        yield call.error(text, "UserHomedOnPremises", identity)
        return
    if policy and policy.mode.startswith("SfB"):
        yield WarningRecord(
            f"The user {person.upn} currently has enabled values for: {IGNORED}, however these values will be ignored. "
            f"This is because you are granting this user TeamsUpgradePolicy with mode={policy.mode}."
        )
    person.online.policy = policy.name if policy else ""
    person.online.policy_from = call.estate.time_after(MODE_FOLLOWS)
    call.estate.mark_changed("people", person.number)
    call.log(person.sip or person.upn)


@cmdlet("Get-CsTeamsUpgradePolicy", SFB)
def get_notify_policy(call: CmdletCall) -> Iterator[CmdletOutput]:
    """On premises it knows nothing but whether users are told."""
    yield from get_by_identity(call, call.world.notify_policies, _notify_policy)


def _notify_policy(policy: UpgradePolicy) -> PSObject:
    identity = policy.name if policy.name == "Global" else f"Tag:{policy.name}"
    return ps_object(POLICY, identity, Identity=identity, Description=None, NotifySfbUsers=policy.notify)


@cmdlet("New-CsTeamsUpgradePolicy", SFB)
def new_notify_policy(call: CmdletCall) -> Iterator[CmdletOutput]:
    name = str(call.identity).removeprefix("Tag:")
    if name in call.world.notify_policies:
        raise call.terminating_error(f'"{name}" already exists.', "AlreadyExists")
    policy = call.world.notify_policies[name] = UpgradePolicy(name, "", bool(call.bound.get("NotifySfbUsers")))
    call.estate.mark_changed("notify_policies", name)
    call.log(name)
    yield _notify_policy(policy)


@cmdlet("Set-CsTeamsUpgradePolicy", SFB)
def set_notify_policy(call: CmdletCall) -> Iterator[CmdletOutput]:
    name = str(call.identity or "Global").removeprefix("Tag:")
    policy = call.world.notify_policies.get(name)
    if policy is None:
        yield call.not_found_error(name)
        return
    policy.notify = bool(call.bound.get("NotifySfbUsers", policy.notify))
    call.estate.mark_changed("notify_policies", name)
    call.log(name)


@cmdlet("Remove-CsTeamsUpgradePolicy", SFB)
def remove_notify_policy(call: CmdletCall) -> Iterator[CmdletOutput]:
    name = str(call.identity).removeprefix("Tag:")
    if call.world.notify_policies.pop(name, None) is None:
        yield call.not_found_error(name)
    else:
        call.estate.mark_changed("notify_policies", name)
        call.log(name)


@cmdlet("Get-CsTeamsUpgradeConfiguration", SFB, TEAMS)
def get_cs_teams_upgrade_configuration(call: CmdletCall) -> Iterator[CmdletOutput]:
    kind = "Microsoft.Rtc.Management.WritableConfig.Settings.TeamsUpgrade.TeamsUpgradeConfiguration"
    yield ps_object(kind, "Global", Identity="Global", DownloadTeams=True, SfBMeetingJoinUx="NativeLimitedClient")
