"""The partners of the Edge compared with those of the tenant: both must say the same."""

from collections.abc import Sequence

from bot.facts.federation import EVERYBODY, AccessEdge, AllowedDomain, BlockedDomain, Domains, TenantDomains
from bot.i18n import LocalizedText, first_few, say
from bot.step import Reason

MOST = 10  # names in one sentence


def describe_difference(edge: AccessEdge, tenant: TenantDomains) -> list[LocalizedText]:
    """Notes that one side is open to everybody and the other is not.

    What is right is the company's decision.
    """
    open_here, open_there = edge.enable_partner_discovery, tenant.allowed_domains == EVERYBODY
    if open_here == open_there:
        return []
    if open_here:
        return [say("the Edge is open to everybody who federates, Teams only to listed domains: open Teams too, or close the Edge")]
    return [say("the Edge is open to listed domains only, Teams to everybody: give Teams the same list, or open the Edge")]


def compare_lists(
    edge: AccessEdge, allowed: Sequence[AllowedDomain], blocked: Sequence[BlockedDomain], tenant: TenantDomains
) -> list[Reason]:
    """Domains that stand on one list only. Allowed domains decide only where both sides are closed."""
    reasons = _compare_blocked(_names(blocked), tenant.blocked_domains)
    if isinstance(tenant.allowed_domains, frozenset) and edge.is_federating() and not edge.enable_partner_discovery:
        reasons += _compare_allowed(_names(allowed), tenant.allowed_domains)
    return reasons


def _names(listed: Sequence[AllowedDomain] | Sequence[BlockedDomain]) -> Domains:
    return frozenset(one.identity.lower() for one in listed)


def _compare_blocked(here: Domains, there: Domains) -> list[Reason]:
    only_here = Reason(
        say("blocked on premises and not in Teams: {names}", names=first_few(sorted(here - there), MOST)),
        say("block them in Teams too (Set-CsTenantFederationConfiguration -BlockedDomains), or take them off the list on premises"),
    )
    only_there = Reason(
        say("blocked in Teams and not on premises: {names}", names=first_few(sorted(there - here), MOST)),
        say("block them on premises too (New-CsBlockedDomain), or take them off the list in Teams"),
    )
    return [only_here] * bool(here - there) + [only_there] * bool(there - here)


def _compare_allowed(here: Domains, there: Domains) -> list[Reason]:
    only_here = Reason(
        say("allowed on premises and not in Teams: {names}", names=first_few(sorted(here - there), MOST)),
        say("allow them in Teams too (Set-CsTenantFederationConfiguration -AllowedDomainsAsAList), or take them off the list on premises"),
    )
    only_there = Reason(
        say("allowed in Teams and not on premises: {names}", names=first_few(sorted(there - here), MOST)),
        say("allow them on premises too (New-CsAllowedDomain), or take them off the list in Teams"),
    )
    return [only_here] * bool(here - there) + [only_there] * bool(there - here)
