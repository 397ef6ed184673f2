"""The last step: hybrid is switched off once nobody is left on premises."""

import asyncio
from collections.abc import Sequence

from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.domains import OnlineSipDomain, SipDomain
from bot.i18n import say
from bot.step import Change, Finding, Fine, NoQuestions, Obstacle, Plan, Reason, Unclear, step
from bot.steps.shared.decide import AGAIN
from bot.steps.shared.forests import LEAVE_ALL, UnknownDomain, check_hybrid_elsewhere, read_unknown_domains
from bot.steps.shared.left_on_premises import check_left_on_premises
from bot.steps.switch_off.checks import check_dns
from bot.steps.switch_off.commands import SPACE, plan_mode, plan_provider, plan_space

FIRST = say("first nobody may be left on premises, and DNS must lead to Microsoft 365")


@step(
    say("Switch hybrid off"),
    phrases=(
        *("switch off hybrid", "switch hybrid off", "turn off hybrid", "turn hybrid off", "disable hybrid", "stop hybrid", "end hybrid"),
        *("remove hybrid", "hybrid off", "hybrid disable", "decommission", "switch off"),
    ),
    opposite="configure_hybrid",
    phases=("in", "ending", "after"),
)
async def switch_off(answers: NoQuestions, read: Reader) -> Plan:
    """Ends hybrid: the tenant becomes TeamsOnly, the SIP address space is no longer shared, the servers no longer look into Microsoft 365.

    Before it everybody must have moved, and DNS must lead to Microsoft 365. The calls belong into one maintenance window, in their
    order; take them back before the DNS records, if at all. Removing servers, disabling accounts and clearing attributes cannot be
    undone: that is never done here, only described.
    """
    cloud = await read(Cloud)
    elsewhere = await check_hybrid_elsewhere(read, cloud)
    if isinstance(elsewhere, Reason):
        yield Obstacle(SPACE, (Reason(elsewhere.why, say("it is not for these servers to switch it off")),), (LEAVE_ALL,))
        return
    people = await check_left_on_premises(read)
    here, there = await asyncio.gather(read.list_all(SipDomain), read.list_all(OnlineSipDomain))
    unknown = await _read_unknown(read, cloud, here, there)
    first = [people, *await check_dns(read, cloud, here, there, unknown, isinstance(people, Fine))]
    writes = await asyncio.gather(plan_mode(read, unknown), plan_space(read), plan_provider(read, cloud))
    ready = all(isinstance(finding, Fine) for finding in first)
    for finding in (*first, *writes):
        yield _hold_back(finding, ready, elsewhere)


def _hold_back(finding: Finding, ready: bool, elsewhere: ReadFailure | None) -> Finding:
    """Nothing is written before everything that comes first is as it must be."""
    if not isinstance(finding, Change):
        return finding
    if elsewhere:
        why = say("whether another forest is in hybrid with this tenant could not be read: {why}", why=elsewhere.why)
        return Unclear(finding.subject, why, AGAIN)
    if ready:
        return finding
    return Obstacle(finding.subject, (Reason(say("not yet"), FIRST),), (say("then: {effect}", effect=finding.effect), *finding.notes))


async def _read_unknown(read: Reader, cloud: Cloud, here: Sequence[SipDomain], there: Sequence[OnlineSipDomain]) -> list[UnknownDomain]:
    """The domains of the tenant that these servers do not know."""
    known = {domain.name.lower() for domain in here}
    names = sorted({domain.name.lower() for domain in there} - known)
    return await read_unknown_domains(read, cloud, [name for name in names if not name.endswith(cloud.own_suffixes)], here, there)
