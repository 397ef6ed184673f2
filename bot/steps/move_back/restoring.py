"""What is told of a move back: what comes back, as our records know it, and what does not."""

from collections.abc import Iterator

from bot.facts.history import MoveHistory
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, say


def describe_restoring(person: OnPremUser, before: MoveHistory | None, pool: str) -> Iterator[LocalizedText]:
    """What comes back and what does not, for this person."""
    yield from _describe_data(person, before, pool)
    yield say("meetings stay Teams meetings")
    yield say("the Skype for Business client must be on the desktop again")
    if before is None:
        yield say("our records do not know this person from before: number and policies on premises stay as they are now")
        return
    since = [f"{kind} {name}" for kind, name in person.policies().items() if kind not in before.policies]
    if since:
        yield say("not assigned before the move, and left as it is now: {policies}", policies=", ".join(since))


def _describe_data(person: OnPremUser, before: MoveHistory | None, pool: str) -> Iterator[LocalizedText]:
    """What becomes of the contacts that were saved, where they were."""
    if before is None or not before.exported_to:
        yield say("contacts do not come back")
    elif before.sip == person.sip:
        yield from describe_import(before, pool)
    else:
        yield say(
            "contacts do not come back: {file} holds them under {then}; bring them back by hand under the new address",
            file=before.exported_to,
            then=before.sip,
        )


def describe_import(before: MoveHistory, pool: str) -> Iterator[LocalizedText]:
    """https://learn.microsoft.com/powershell/module/skypeforbusiness/import-csuserdata (description)"""
    yield say("contacts and meetings come back as they were saved before the move ({file}); later ones do not", file=before.exported_to)
    yield say(
        "what was saved shows only when the Front End services of {pool} have been stopped on all servers and started again together",
        pool=pool,
    )
