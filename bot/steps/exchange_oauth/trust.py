"""What all OAuth trusts have in common: certificate, key and names in the cloud, and a test."""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bot.calls import ManualAction
from bot.errors import GatewayError
from bot.facts import F, Reader, ReadFailure
from bot.facts.oauth import ServicePrincipal, StorageTest
from bot.facts.time import Now
from bot.i18n import LocalizedText, say
from bot.known_errors import describe_error
from bot.reader.tolerant import all_or_failure
from bot.step import Change, Finding, Fine, Obstacle, Reason, Unclear
from bot.steps.exchange_oauth import commands
from bot.steps.shared.decide import AGAIN

EXCHANGE_ONLINE = "00000002-0000-0ff1-ce00-000000000000"
SKYPE_ONLINE = "00000004-0000-0ff1-ce00-000000000000"
PROOF = commands.PROOF
SOON = timedelta(days=60)
NOT_NOW = re.compile(r"\(40[13]\)|exchange operation failed|32054|unauthorized", re.IGNORECASE)


async def decide_by_fact(read: Reader, subject: str, fact: type[F], decide: Callable[[Sequence[F]], Finding], **about: str) -> Finding:
    """What follows for this subject from the facts; unread, it cannot be said."""
    found = await all_or_failure(read, fact, **about)
    return unread(subject, found) if isinstance(found, ReadFailure) else decide(found)


def unread(subject: str, found: ReadFailure) -> Unclear:
    return Unclear(subject, say("could not be read: {why}", why=found.why), AGAIN)


async def check_certificate(read: Reader, subject: str, thumbprint: str, ends: datetime | None, remedy: LocalizedText) -> Finding:
    """A certificate that is there, with the time that it has left."""
    now = await all_or_failure(read, Now)
    if isinstance(now, ReadFailure):
        return unread(subject, now)
    if ends is None:
        return Unclear(subject, say("{thumbprint}: nobody tells until when it is valid", thumbprint=thumbprint))
    day = ends.date().isoformat()
    if ends <= now[0].at:
        return Obstacle(subject, (Reason(say("{thumbprint} has expired on {day}", thumbprint=thumbprint, day=day), remedy),))
    soon = (say("expires soon: renew it, and upload the new one again"),) if ends - now[0].at < SOON else ()
    notes = (*soon, say("not checked: whether every server has it; only the one that answers was asked"))
    return Fine(subject, say("{thumbprint}, valid until {day}", thumbprint=thumbprint, day=day), notes)


async def check_key_in_cloud(
    read: Reader, subject: str, apps: Sequence[str], thumbprint: str, ends: datetime | None, by_script: ManualAction | None = None
) -> Finding:
    """Whether one of these applications knows the certificate; a person makes the first of them know it."""
    for app in apps:
        principals = await all_or_failure(read, ServicePrincipal, id=app)
        if isinstance(principals, ReadFailure):
            return unread(subject, principals)
        if any(key.matches(thumbprint, ends) for one in principals for key in one.key_credentials):
            return Fine(subject, say("{app} knows the certificate", app=app))
    return commands.upload_key(subject, apps[0], thumbprint, by_script)


async def check_names_in_cloud(read: Reader, subject: str, app: str, wanted: Sequence[str]) -> Finding:
    """Host names for which the cloud gives out tokens."""

    if not wanted:
        return Unclear(subject, say("nobody tells by which names they are reached from outside"))

    def decide(principals: Sequence[ServicePrincipal]) -> Finding:
        known = {name.lower().rstrip("/") for one in principals for name in one.service_principal_names}
        missing = [name for name in wanted if name.lower().rstrip("/") not in known]
        if not missing:
            return Fine(subject, say("{app} knows them", app=app))
        return commands.register_names(subject, app, ", ".join(missing))

    return await decide_by_fact(read, subject, ServicePrincipal, decide, id=app)


def name_taken(subject: str, name: str, leads: str, wanted: str) -> Obstacle:
    """The obstacle that something else has the name that is to be made.

    Two of one name cannot be, and what is there belongs to somebody.
    """
    why = say("{name} leads elsewhere: {url}", name=name, url=leads or "-")
    return Obstacle(subject, (Reason(why, say("whoever made it decides; it should lead to {url}", url=wanted)),))


class Switchable(Protocol):
    """Something that can be on or off."""

    @property
    def enabled(self) -> bool: ...


S = TypeVar("S", bound=Switchable)


def prefer_enabled(fitting: Iterable[S]) -> S | None:
    """Of several that would do, one that is on."""
    return next(iter(sorted(fitting, key=lambda one: not one.enabled)), None)


Test = Callable[
    [], Awaitable[LocalizedText | None]
]  # what the test complains of; None = it succeeds. Raises `GatewayError` when it could not be made


async def check_proof(others: Sequence[Finding], test: Test, hint: LocalizedText) -> Finding:
    """Whether the test of the trust succeeds.

    That may be hours after the last setting: until then the run waits.
    """
    if not all(isinstance(one, Fine | Change) for one in others):
        return Unclear(PROOF, say("is tested when the rest is in place"))
    words = hint
    if all(isinstance(one, Fine) for one in others):
        try:
            complaint = await test()
        except GatewayError as trouble:
            return Unclear(PROOF, say("could not be made: {why}", why=describe_error(trouble)), AGAIN)
        if complaint is None:
            return Fine(PROOF, say("succeeds"))
        words = say("{hint} The test says: {complaint}", hint=hint, complaint=complaint)
    return commands.wait_for_test(words)


async def complaint_of(asking: Awaitable[Sequence[StorageTest]]) -> LocalizedText | None:
    """What a test cmdlet says no with: an error that is known to mean it, or its lines. Other errors mean that it could not be made,
    as also what something on the way to the cmdlet answers (it has a status of HTTP)."""
    try:
        failed = [line.text for line in await asking if "fail" in line.text.lower()]
    except GatewayError as trouble:
        if trouble.status is None and NOT_NOW.search(str(trouble)):
            return say("{words}", words=describe_error(trouble))
        raise
    return say("{words}", words="; ".join(failed)) if failed else None
