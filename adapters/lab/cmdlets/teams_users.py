"""People as the MicrosoftTeams module sees them: Get-CsOnlineUser."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.lab.cmdlets.registry import TEAMS, CmdletCall, CmdletOutput, cmdlet
from adapters.lab.estate.coexistence import effective_mode, interpreted_user_type
from adapters.lab.estate.person import HERE, CloudUser, EstatePerson
from adapters.lab.estate.state import EstateState
from adapters.lab.powershell import filters
from adapters.lab.powershell.common_objects import LazyProperties, custom_object, policy_definition
from adapters.lab.powershell.values import ErrorRecord, PSObject

USER = ("Microsoft.Rtc.Management.Hosted.Online.Models.User", "System.Object")
UNKNOWN = "NotFound,Microsoft.Teams.ConfigAPI.Cmdlets.Generated.Cmdlets.GetCsUser_Get"
ANONYMOUS, INVALID_OPERATION = ("<>f__AnonymousType9`2[System.String,System.String]", "System.Object"), 7
ALWAYS = ("Identity", "UserPrincipalName", "Alias", "AccountEnabled", "DisplayName")  # what comes with -Properties whatever is asked for


@dataclass(frozen=True, slots=True)
class CloudUserView:
    """One cloud user at one moment."""

    world: EstateState
    person: EstatePerson
    online: CloudUser
    now: datetime


Property = Callable[[CloudUserView], Any]


def _sip_uri(address: str) -> str | None:
    return f"sip:{address}" if address else None


def _synced_property(name: str, otherwise: Any = None) -> Property:
    return lambda view: getattr(view.online.synced, name) if view.online.synced else otherwise


def _policy_property(name: str) -> Property:
    return lambda view: policy_definition((view.online.policies or {}).get(name))


def _line_uri(view: CloudUserView) -> str:
    """The number that is assigned in Teams; perhaps also one that is only synchronised."""
    of_ad = view.online.synced.line_uri if view.online.synced and view.world.uncertain.line_uri_shows_ad else ""
    return view.online.line_uri or of_ad


def _has_number_from_ad(view: CloudUserView) -> bool:
    """Voice with the number that AD manages and Entra Connect carries over.

    https://learn.microsoft.com/skypeforbusiness/hybrid/cloud-consolidation-managing-attributes (method 1)
    """
    synced, here = view.online.synced, view.online.hosting_provider(view.now) == HERE
    comes = synced and synced.line_uri and synced.enterprise_voice and view.world.uncertain.ad_number_works
    return bool(comes) and not here and "PhoneSystem" in _features(view)


def _account_type(view: CloudUserView) -> str:
    return "SfBOnPremUser" if view.online.hosting_provider(view.now) == HERE else "User"


def _plans(view: CloudUserView) -> list[PSObject]:
    """AssignedPlan: capability names differ from those of Graph."""
    return [
        custom_object(
            "Deserialized.AssignedPlan",
            Capability=plan.teams_name,
            CapabilityStatus="Deleted" if plan.id in licence.disabled else "Enabled" if view.now >= licence.ready else "Suspended",
            ServiceInstance=view.world.tenant.service_instance,
            AssignedTimestamp=licence.since,
            SubscribedPlanId=plan.id,
        )
        for licence, plan in view.world.plans(view.person)
    ]


def _features(view: CloudUserView) -> list[str]:
    held = (plan for licence, plan in view.world.plans(view.person) if plan.id not in licence.disabled and view.now >= licence.ready)
    return list(dict.fromkeys(plan.feature for plan in held if plan.feature))


PROPERTIES: dict[str, Property] = {
    "Identity": lambda view: view.person.id,
    "UserPrincipalName": lambda view: view.online.upn,
    "Alias": lambda view: view.online.upn.partition("@")[0],
    "AccountEnabled": lambda view: view.online.enabled,
    "DisplayName": lambda view: view.person.display_name,
    "GivenName": lambda view: view.person.given_name,
    "LastName": lambda view: view.person.surname,
    "AccountType": _account_type,
    "SipAddress": lambda view: _sip_uri(view.online.sip),
    "SipProxyAddress": lambda view: [f"sip:{address}" for address in view.online.im_addresses],
    "ProxyAddresses": lambda view: list(view.online.proxy_addresses),
    "ShadowProxyAddresses": lambda view: [],
    "IsSipEnabled": lambda view: bool(view.online.sip and view.online.home),
    "HostingProvider": lambda view: view.online.hosting_provider(view.now) or None,
    "OnPremHostingProvider": lambda view: _synced_property("locator")(view) or None,
    "OnPremSipAddress": lambda view: _sip_uri(_synced_property("sip", "")(view)),
    "OnPremSIPEnabled": _synced_property("enabled"),
    "OnPremEnterpriseVoiceEnabled": _synced_property("enterprise_voice"),
    "OnPremLineURI": lambda view: _synced_property("line_uri")(view) or None,
    "OnPremOptionFlags": lambda view: (128 if view.online.synced.enterprise_voice else 0) + 257 if view.online.synced else None,
    "LineUri": lambda view: _line_uri(view) or None,
    "TelephoneNumbers": lambda view: [_line_uri(view).removeprefix("tel:")] if _line_uri(view) else [],
    "EnterpriseVoiceEnabled": lambda view: view.online.enterprise_voice or _has_number_from_ad(view),
    "RegistrarPool": lambda view: None,
    "InterpretedUserType": lambda view: interpreted_user_type(view.world, view.person, view.now),
    "TeamsUpgradeEffectiveMode": lambda view: effective_mode(view.world, view.person, view.now),
    "TeamsUpgradeNotificationsEnabled": lambda view: view.world.tenant.global_notify,
    "TeamsUpgradePolicy": lambda view: policy_definition(view.online.policy),
    "TeamsUpgradeOverridePolicy": lambda view: "UpgradeToTeams" if view.world.tenant.forced_teams_only else None,
    "TeamsUpgradePolicyIsReadOnly": lambda view: "ModeAndNotifications" if _account_type(view) == "SfBOnPremUser" else None,
    "UserDirSyncEnabled": lambda view: view.online.synced is not None,
    "UserValidationErrors": lambda view: list(view.online.validation_errors),
    "FeatureTypes": _features,
    "AssignedPlan": _plans,
    "UsageLocation": lambda view: view.online.usage_location or None,
    "Department": lambda view: view.person.department or None,
    "OnlineVoiceRoutingPolicy": _policy_property("OnlineVoiceRoutingPolicy"),
    "TenantDialPlan": _policy_property("TenantDialPlan"),
    **{
        name: _policy_property(name)
        for name in ("TeamsCallingPolicy", "TeamsMeetingPolicy", "TeamsMessagingPolicy", "ExternalAccessPolicy")
    },
    "LastSyncTimeStamp": lambda view: view.online.synced.at if view.online.synced else None,
    "WhenCreated": lambda view: view.online.created,
    "WhenChanged": lambda view: view.online.changed,
    "SoftDeletionTimestamp": lambda view: view.online.deleted,
}
# What the page names; it leaves open whether a filter on anything else fails or finds everybody: here it fails.
FILTERS = (
    *("HostingProvider", "OnPremHostingProvider", "OnPremSIPEnabled", "OnPremEnterpriseVoiceEnabled", "OnPremLineURI", "SipAddress"),
    *("UserValidationErrors", "WhenChanged", "LineUri", "FeatureTypes", "AccountType", "IsSipEnabled"),
)
FILTERABLE = {name.lower(): name for name in FILTERS}


@cmdlet("Get-CsOnlineUser", TEAMS)
def get_cs_online_user(call: CmdletCall) -> Iterator[CmdletOutput]:
    """By UPN, SIP address, alias or id. Without -Identity people from on premises appear only with a valid SIP address."""
    world, now = call.world, call.now
    if call.identity is not None:
        person = call.estate.directory.find_online(call.identity)
        shown = person and person.online and (person.online.deleted is None or call.bound.get("SoftDeletedUser"))
        yield (
            _user(CloudUserView(world, person, person.online, now), call)
            if person and person.online and shown
            else _unknown_user_error(call, call.identity)
        )
        return
    fits, left = _row_test(call), call.bound.get("ResultSize")
    for person in world.people.values():
        if person.online is None or (person.online.synced and not person.online.sip):
            continue
        view = CloudUserView(world, person, person.online, now)
        if fits(LazyProperties(PROPERTIES, view)):
            if left is not None and str(left).lower() != "unlimited":
                left = int(left) - 1
                if left < 0:
                    return
            yield _user(view, call)


def _unknown_user_error(call: CmdletCall, identity: str) -> ErrorRecord:
    """As the module's generated cmdlet says it: https://github.com/MicrosoftDocs/office-docs-powershell/issues/9103

    Its target is an anonymous object, and the identity stands in the text of that alone. Older modules named it in the message; and the
    lab can leave it out altogether.
    """
    how = call.world.uncertain.teams_unknown
    if how == "named":
        return call.not_found_error(identity)
    target = PSObject(ANONYMOUS, {}, f"{{ Identity = {identity}, IncludeDirStatus =  }}") if how == "in the target" else None
    return ErrorRecord("userId was not found", UNKNOWN, INVALID_OPERATION, "System.Exception", target)


def _user(view: CloudUserView, call: CmdletCall) -> PSObject:
    asked = call.bound.get("Properties")
    if not asked:
        return PSObject(USER, LazyProperties(PROPERTIES, view), view.person.id)
    words = asked if isinstance(asked, list | tuple) else str(asked).split(",")
    real = {name.lower(): name for name in PROPERTIES}
    names = [*ALWAYS, *(real[word.strip().lower()] for word in words if word.strip().lower() in real)]
    return PSObject(USER, LazyProperties({name: PROPERTIES[name] for name in names}, view), view.person.id)


def _row_test(call: CmdletCall) -> filters.RowTest:
    tests: list[filters.RowTest] = []
    if text := call.bound.get("Filter"):
        try:
            tests.append(filters.parse_filter(str(text), FILTERABLE))
        except filters.FilterError as problem:
            raise call.terminating_error(f"The filter is not valid: {problem}.", "InvalidFilter", 5) from None
    if kind := call.bound.get("AccountType"):
        tests.append(lambda row: str(row["AccountType"]).lower() == str(kind).lower())
    if call.bound.get("SoftDeletedUser"):
        tests.append(lambda row: row["SoftDeletionTimestamp"] is not None)
    return lambda row: all(test(row) for test in tests)
