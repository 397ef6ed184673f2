"""What a move back gives back besides the home, as our records know it: number, voice, policies, and the data saved before the move.

And what is told of it: before a move to Teams what the way back will lose, before the move back what comes back and what does not.
"""

from collections.abc import Iterator, Sequence

from bot.calls import Cmdlet, Value
from bot.facts import Reader
from bot.facts.cloud import Cloud
from bot.facts.history import MoveHistory
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, say
from bot.step import Reason
from bot.step_names import MOVE_BACK
from bot.steps.shared.decide import Remark
from bot.steps.shared.moving import export_file


def losses_of_way_back(person: OnPremUser, saved: bool) -> Iterator[LocalizedText]:
    """Said before this person is moved to Teams; `saved` where there is a safety export."""
    yield say("contacts come back as they are saved before the move; later ones do not") if saved else say("contacts do not come back")
    yield say("meetings stay Teams meetings")
    if person.line_uri or person.enterprise_voice_enabled:
        yield say("a number assigned in Teams must be taken away there; number and voice on premises come back as they were")
    else:
        yield say("a number assigned in Teams must be taken away there")
    if person.policies():
        yield say("policies of Teams do not become policies on premises; those that were assigned there come back")
    else:
        yield say("policies of Teams do not become policies on premises")


async def check_unrestored_exports(read: Reader, cloud: Cloud, people: Sequence[OnPremUser]) -> dict[str, list[Remark]]:
    """Who waits for data that the safety export of a new move would write over, by address. Raises like `Read`."""
    if not cloud.export_folder or not people:
        return {}
    owed = {one.exported_to.lower(): one for one in await read.all(MoveHistory) if one.owes_import}
    files = {person.sip: owed[file] for person in people if (file := export_file(person, cloud).lower()) in owed}
    remedy = say("bring it back first (“move back”), or name another folder in the configuration (cloud.export_folder)")
    return {
        sip: [
            Reason(
                say(
                    "what was saved before the last move was not brought back, and saving again would write over it: {file}",
                    file=one.exported_to,
                ),
                remedy,
                MOVE_BACK,
            )
        ]
        for sip, one in files.items()
    }


def restore_settings(person: OnPremUser, before: MoveHistory | None) -> tuple[Cmdlet, ...]:
    """What had a value before the move and has another one now. What was empty then is left as it is: it is somebody's later wish.

    The number comes after the policies: it may belong to somebody else by now, and is refused then.
    """
    if before is None:
        return ()
    who: dict[str, Value] = {"Identity": f"sip:{person.sip}", "Confirm": False}
    number = (Cmdlet("sfb", "Set-CsUser", {**who, **voice}),) if (voice := _voice_to_restore(person, before)) else ()
    now = person.policies()
    missing = {kind: name for kind, name in before.policies.items() if now.get(kind) != name}
    return (*(Cmdlet("sfb", f"Grant-Cs{kind}", {**who, "PolicyName": name}) for kind, name in missing.items()), *number)


def import_saved_data(person: OnPremUser, before: MoveHistory | None, pool: str) -> tuple[Cmdlet, ...]:
    """Brings back the data of the safety export.

    The file holds the address of its day, so nothing of it is for whoever is called otherwise since. It comes last, so that a
    file that is gone holds up nothing else. Done twice it overwrites the same with the same:
    https://social.technet.microsoft.com/wiki/contents/articles/25001.lync-2013-backing-up-and-restoring-contacts.aspx
    """
    if before is None or not before.exported_to or before.sip != person.sip:
        return ()
    return (Cmdlet("mover", "Import-CsUserData", {"PoolFqdn": pool, "UserFilter": person.sip, "FileName": before.exported_to}),)


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


def _voice_to_restore(person: OnPremUser, before: MoveHistory) -> dict[str, Value]:
    """Number and voice go together: one without the other is refused."""
    same = person.line_uri == before.line_uri and person.enterprise_voice_enabled == before.enterprise_voice_enabled
    if same or not (before.line_uri or before.enterprise_voice_enabled):
        return {}
    return {"EnterpriseVoiceEnabled": before.enterprise_voice_enabled, **({"LineURI": before.line_uri} if before.line_uri else {})}
