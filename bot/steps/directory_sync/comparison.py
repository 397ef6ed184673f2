"""The gap report: every Skype for Business user against the cloud, list by list.

All accounts have to be synchronised, also of those who will never move: otherwise people on the two sides cannot talk.
https://learn.microsoft.com/skypeforbusiness/hybrid/configure-azure-ad-connect
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from bot.errors import GatewayError
from bot.facts import Reader, ReadFailure
from bot.facts.directory import CloudAccount
from bot.facts.domains import Domain
from bot.facts.history import LastGapReport
from bot.facts.teams_users import InvalidUser
from bot.facts.users import OnPremAccount
from bot.i18n import LocalizedText, label, say, say_counted
from bot.known_errors import describe_error
from bot.reader.tolerant import all_or_failure
from bot.step import Finding, Fine, Obstacle, Reason, Unclear
from bot.step_names import DOMAIN, StepName
from bot.steps.directory_sync.comparison_db import LISTS, ComparisonDb, Here, There

EVERYBODY, UNCLEAR = label("Everybody"), label("unclear")
SUBJECTS = (EVERYBODY, *LISTS)
NAMED = 10  # people on the card; the rest stands in the list
HEADER = ("SIP address", "Sign-in name", "Sign-in name in the cloud", "Found")
REMEDIES: dict[str, tuple[LocalizedText, StepName | None]] = {
    label("not in the cloud"): (say("bring the account into the scope of Entra Connect; a contact in its place does not do"), None),
    label("not synchronised"): (say("join the cloud user with the AD account, or remove it, before anybody gives it a licence"), None),
    label("SIP address differs"): (
        say("start a cycle; where it stays, rerun the wizard of Entra Connect so that it knows the Skype for Business attributes"),
        None,
    ),
    label("SIP address twice"): (say("give all but one of them another SIP address"), None),
    label("SIP domain not verified"): (say("add the domain to the tenant and verify it"), DOMAIN),
    label("account disabled"): (say("enable the account in Active Directory, or disable the person for Skype for Business"), None),
    label("deleted in the cloud"): (say("restore the user within 30 days, and look why the scope of Entra Connect left it out"), None),
    label("errors in the cloud"): (
        say("repair in Active Directory what the list names, usually an address that somebody else has"),
        None,
    ),
}
ALLOWED = {label("sign-in name differs"): say("this is allowed; people sign in with the one and are called with the other")}


@dataclass(frozen=True)
class Report:
    """What every list needs: the report before this one, and why there are no validation errors."""

    last: LastGapReport | None = None
    no_validation: str | LocalizedText = ""


async def fill(read: Reader, scratch: ComparisonDb) -> Report:
    """Reads both sides page by page, and joins them.

    Raises `GatewayError` when one of them could not be read to its end.
    """
    async for accounts in read.pages(OnPremAccount):
        await asyncio.to_thread(scratch.add_here, [_here(one) for one in accounts])
    for about in ({}, {"deleted": "yes"}):
        async for users in read.pages(CloudAccount, **about):
            rows, held = [_there(one, bool(about)) for one in users], [(sip, one.id) for one in users for sip in one.addresses()]
            await asyncio.to_thread(scratch.add_there, rows, held)
    no_validation = await _fill_validation_errors(read, scratch)
    await asyncio.to_thread(scratch.join, [domain.id.lower() for domain in await read.list_all(Domain) if domain.is_verified])
    last = await all_or_failure(read, LastGapReport)
    return Report(None if isinstance(last, ReadFailure) or not last else last[0], no_validation)


async def _fill_validation_errors(read: Reader, scratch: ComparisonDb) -> str | LocalizedText:
    try:
        async for page in read.pages(InvalidUser):
            rows = [(one.identity, "; ".join(one.user_validation_errors)) for one in page if one.user_validation_errors]
            await asyncio.to_thread(scratch.add_invalid, rows)
    except GatewayError as trouble:
        return describe_error(trouble)
    return ""


def _here(one: OnPremAccount) -> Here:
    changed = one.when_changed.timestamp() if one.when_changed else 0.0
    return one.sip_address, one.user_principal_name.lower(), _immutable(one.guid), one.originator_sid or one.sid, changed


def _immutable(guid: str) -> str:
    """The source anchor as Entra shows it: the bytes of objectGUID in Base64."""
    return base64.b64encode(UUID(guid).bytes_le).decode() if guid else ""


def _there(one: CloudAccount, deleted: bool) -> There:
    keys = one.on_premises_immutable_id, one.on_premises_security_identifier
    flags = one.account_enabled is not False, bool(one.on_premises_sync_enabled), deleted
    return one.id, one.user_principal_name.lower(), *keys, *flags, one.errors()


async def report_findings(read: Reader, scratch: ComparisonDb, report: Report) -> AsyncIterator[Finding]:
    """One finding about everybody, and one per list."""
    here, there = await asyncio.to_thread(scratch.count)
    yield Fine(EVERYBODY, say("compared: {here} on premises, {there} in the cloud", here=here, there=there))
    for name in LISTS:
        number = await read.keep_list(name, HEADER, scratch.entries(name))
        yield _finding(name, number, await asyncio.to_thread(scratch.first, name, NAMED), report)


async def last_report(read: Reader) -> Finding:
    """What the last report came to: nobody compares everybody just to see where we are."""
    last = await all_or_failure(read, LastGapReport)
    if isinstance(last, ReadFailure):
        return Unclear(EVERYBODY, say("could not be read: {why}", why=last.why))
    if not last:
        return Unclear(EVERYBODY, say("not compared yet: ask for the gap report"))
    day, counts = f"{last[0].at:%Y-%m-%d %H:%M} UTC", last[0].counts
    wrong = sum(counts.get(name, 0) for name in LISTS if name not in ALLOWED)
    if not wrong:
        return Fine(EVERYBODY, say("all were synchronised on {day}", day=day))
    return Obstacle(
        EVERYBODY, (Reason(say_counted("{n} gap on {day}", "{n} gaps on {day}", n=wrong, day=day), say("ask for the gap report")),)
    )


def _finding(name: str, number: int, first: Sequence[str], report: Report) -> Finding:
    unread = name == "errors in the cloud" and report.no_validation
    notes = (say("validation errors were not looked at: {why}", why=report.no_validation),) if unread else ()
    why, listing = _describe_count(name, number, first, report.last), name if number else ""
    if not number:
        return Unclear(name, notes[0]) if notes else Fine(name, why)
    if name in ALLOWED:
        return Fine(name, why, (ALLOWED[name],), listing=listing)
    if name == UNCLEAR:
        return Unclear(name, why, notes=(say("the list says of each why"),), listing=listing)
    remedy, cured_by = REMEDIES[name]
    return Obstacle(name, (Reason(why, remedy, cured_by),), notes, listing=listing)


def _describe_count(name: str, number: int, first: Sequence[str], last: LastGapReport | None) -> LocalizedText:
    names = ", ".join(first)
    before = last.counts.get(name) if last else None
    if last is None or before is None:
        return say("{n}: {names}", n=number, names=names) if number else say("nobody")
    day = f"{last.at:%Y-%m-%d %H:%M} UTC"
    if not number:
        return say("nobody ({before} on {day})", before=before, day=day) if before else say("nobody")
    if number == before:
        return say("{n}, as on {day}: {names}", n=number, day=day, names=names)
    return say("{n} ({before} on {day}): {names}", n=number, before=before, day=day, names=names)
