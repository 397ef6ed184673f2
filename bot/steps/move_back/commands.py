"""The move of one person back to a pool, with number, voice, policies and saved data."""

from collections.abc import Iterator

from bot.calls import Cmdlet, Value
from bot.facts.history import MoveHistory
from bot.facts.teams_users import OnlineUser
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, say
from bot.step import Change
from bot.steps.move_back.pools import PoolChoice
from bot.steps.move_back.restoring import describe_import, describe_restoring
from bot.steps.shared.move_commands import SIGN_IN, move_to_pool, move_to_teams
from bot.steps.shared.snapshots import UserSnapshot

ASSIGN_AGAIN = say("the number that is taken away in Teams must be assigned again")
AS_BEFORE = say("this is how it was before the move to Teams")


def bring_back(known: UserSnapshot, pools: PoolChoice, removes_number: bool, notes: tuple[LocalizedText, ...]) -> Change:
    """Teams → a pool on premises, with all that our records know of before."""
    person, cloud, pool = known.person, known.estate.cloud, pools.pool_for(known.person)
    online = known.online if isinstance(known.online, OnlineUser) else None
    number, before = online.number_in_teams if online else "", pools.origins.history_of(person)
    release = (_release_number(online),) if online and number and removes_number else ()
    return Change(
        person.sip,
        say("Teams → {pool}", pool=pool),
        (*release, move_to_pool(person, cloud, pool), *_restore_settings(person, before), *_import_saved_data(person, before, pool)),
        (move_to_teams(person, cloud),),
        undo_loses=(SIGN_IN, ASSIGN_AGAIN) if release else (SIGN_IN,),
        notes=(*describe_restoring(person, before, pool), *_note_number(number, removes_number), *notes),
    )


def restore_rest(person: OnPremUser, before: MoveHistory | None, notes: tuple[LocalizedText, ...]) -> Change | None:
    """What is still to be given back to somebody who has the home already."""
    home = person.registrar_pool.lower()
    missing = _restore_settings(person, before)
    data = _import_saved_data(person, before, home) if before and before.owes_import else ()
    if before and data:
        effect = say("on premises → with number, policies and saved data as before the move")
        overwritten = say("what was saved takes the place of contacts that were added since the move back")
        return Change(person.sip, effect, (*missing, *data), no_undo=AS_BEFORE, notes=(*describe_import(before, home), overwritten, *notes))
    effect = say("on premises → with number and policies as before the move")
    return Change(person.sip, effect, missing, no_undo=AS_BEFORE, notes=notes) if missing else None


def _release_number(online: OnlineUser) -> Cmdlet:
    """Takes the number away before the move, while Teams still has the person.

    https://learn.microsoft.com/powershell/module/microsoftteams/remove-csphonenumberassignment
    """
    return Cmdlet("teams", "Remove-CsPhoneNumberAssignment", {"Identity": online.user_principal_name, "RemoveAll": True})


def _note_number(number: str, removes_number: bool) -> Iterator[LocalizedText]:
    if number and removes_number:
        yield say("{number} is taken away in Teams first: no calls until the person is back", number=number)
    elif number:
        yield say("{number} stays assigned in Teams: it must be removed there (Remove-CsPhoneNumberAssignment)", number=number)


def _restore_settings(person: OnPremUser, before: MoveHistory | None) -> tuple[Cmdlet, ...]:
    """Gives back what had a value before the move and has another one now.

    What was empty then is left as it is: it was set since, and meant.

    The number comes after the policies: it may belong to somebody else by now, and is refused then.
    """
    if before is None:
        return ()
    who: dict[str, Value] = {"Identity": f"sip:{person.sip}", "Confirm": False}
    number = (Cmdlet("sfb", "Set-CsUser", {**who, **voice}),) if (voice := _voice_to_restore(person, before)) else ()
    now = person.policies()
    missing = {kind: name for kind, name in before.policies.items() if now.get(kind) != name}
    return (*(Cmdlet("sfb", f"Grant-Cs{kind}", {**who, "PolicyName": name}) for kind, name in missing.items()), *number)


def _import_saved_data(person: OnPremUser, before: MoveHistory | None, pool: str) -> tuple[Cmdlet, ...]:
    """Brings back the data of the safety export.

    The file holds the address of its day, so nothing of it is for whoever is called otherwise since. It comes last, so that a
    file that is gone holds up nothing else. Done twice it overwrites the same with the same:
    https://social.technet.microsoft.com/wiki/contents/articles/25001.lync-2013-backing-up-and-restoring-contacts.aspx
    """
    if before is None or not before.exported_to or before.sip != person.sip:
        return ()
    return (Cmdlet("mover", "Import-CsUserData", {"PoolFqdn": pool, "UserFilter": person.sip, "FileName": before.exported_to}),)


def _voice_to_restore(person: OnPremUser, before: MoveHistory) -> dict[str, Value]:
    """Number and voice go together: one without the other is refused."""
    same = person.line_uri == before.line_uri and person.enterprise_voice_enabled == before.enterprise_voice_enabled
    if same or not (before.line_uri or before.enterprise_voice_enabled):
        return {}
    return {"EnterpriseVoiceEnabled": before.enterprise_voice_enabled, **({"LineURI": before.line_uri} if before.line_uri else {})}
