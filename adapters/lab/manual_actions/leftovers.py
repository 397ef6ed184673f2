"""By hand, about what others have or left behind: modes of single people, homes on accounts of leavers, domains of another forest."""

from adapters.lab.estate.estate import Estate
from adapters.lab.estate.initial_state import ownership_record
from adapters.lab.estate.person import HERE
from adapters.lab.estate.servers import DnsRecord
from adapters.lab.estate.state import Domain
from adapters.lab.manual_actions.lookup import find_cloud_user, find_person
from adapters.lab.manual_actions.registry import manual_action

OTHER_EDGE = "203.0.113.77"  # a documentation address


@manual_action
def grant_mode(estate: Estate, who: str, policy: str = "") -> str:
    """An admin, or an old server that moved somebody back, gives one person a TeamsUpgradePolicy of their own; empty takes it away."""
    person, online = find_cloud_user(estate, who)
    if policy and policy not in estate.state.upgrade_policies:
        raise ValueError(f"policy: there is no {policy!r}; there are {', '.join(estate.state.upgrade_policies)}")
    online.policy, online.policy_from = policy, estate.now
    estate.mark_changed("people", person.number)
    return f"{person.upn} has {policy or 'no policy of their own'}"


@manual_action
def leave_home_behind(estate: Estate, who: str) -> str:
    """A leaver is disabled for Skype for Business and in AD; msRTCSIP-DeploymentLocator and the sip: in proxyAddresses stay.

    https://learn.microsoft.com/skypeforbusiness/hybrid/cloud-consolidation-managing-attributes clears both by hand.
    """
    person = find_person(estate, who)
    if person.account is None or not person.account.sip:
        raise ValueError(f"who: {who!r} is not enabled for Skype for Business")
    account = person.account
    account.left_address, account.sip, account.pool, account.target_pool, account.line_uri = account.sip, "", "", "", ""
    account.locator, account.enabled, account.enterprise_voice, account.disabled, account.changed = HERE, False, False, True, estate.now
    estate.entra_connect.sync_one(person)
    estate.mark_changed("people", person.number)
    return f"{person.upn} has left; a home on premises stays on the account"


@manual_action
def clear_home(estate: Estate, who: str) -> str:
    """An AD admin clears what was left behind (Set-ADUser -Clear); the cloud learns of it with the next sync."""
    person = find_person(estate, who)
    if person.account is None or not person.account.left_address:
        raise ValueError(f"who: nothing was left behind on the account of {who!r}")
    person.account.locator = person.account.left_address = ""
    person.account.changed = estate.now
    estate.mark_changed("people", person.number)
    return f"{person.upn} has no home"


@manual_action
def add_domain_of_another_forest(estate: Estate, name: str, enabled: bool = False) -> str:
    """A company with servers of its own joins the tenant: its domain is verified, its records lead to its own Edge.

    https://learn.microsoft.com/skypeforbusiness/hybrid/plan-hybrid-connectivity (multi-forest): it is disabled in Teams meanwhile.
    """
    name, world = name.lower(), estate.state
    world.domains[name] = Domain(name=name, text=ownership_record(name), verified=True, sip_enabled=enabled)
    estate.mark_changed("domains", name)
    for record in (
        DnsRecord(f"_sipfederationtls._tcp.{name}", "SRV", f"0 0 5061 sip.{name}"),
        DnsRecord(f"sip.{name}", "A", OTHER_EDGE),
        DnsRecord(f"lyncdiscover.{name}", "A", OTHER_EDGE),
    ):
        key = f"{record.name} {record.type} {record.value}"
        world.records[key] = record
        estate.mark_changed("records", key)
    return f"{name} belongs to another forest, and is {'enabled' if enabled else 'disabled'} in Teams"
