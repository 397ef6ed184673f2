"""What a move back gives back besides the home, as our records know it: data saved before the move, number, voice, policies."""

from collections.abc import Iterator

from bot.calls import Cmdlet, Value
from bot.facts.people import OnPremUser
from bot.facts.records import CameFrom
from bot.say import Say, say

GRANTED = ("ConferencingPolicy", "ClientPolicy", "UserServicesPolicy")  # those whose Grant cmdlet is known to fit


def saved_data(person: OnPremUser, before: CameFrom | None, pool: str) -> tuple[Cmdlet, ...]:
    """Brings the contacts of the safety export back. Nothing shows afterwards whether it was done, so it is never asked for again."""
    if before is None or not before.exported_to:
        return ()
    return (Cmdlet("mover", "Import-CsUserData", {"PoolFqdn": pool, "UserFilter": person.sip, "FileName": before.exported_to}),)


def settings(person: OnPremUser, before: CameFrom | None) -> tuple[Cmdlet, ...]:
    """What differs from before the move. What was empty then is left as it is now."""
    if before is None:
        return ()
    who: dict[str, Value] = {"Identity": f"sip:{person.sip}", "Confirm": False}
    number = (Cmdlet("sfb", "Set-CsUser", {**who, **voice}),) if (voice := _voice(person, before)) else ()
    grants = (Cmdlet("sfb", f"Grant-Cs{kind}", {**who, "PolicyName": name}) for kind, name in _missing(person, before) if kind in GRANTED)
    return (*number, *grants)


def told(person: OnPremUser, before: CameFrom | None) -> Iterator[Say]:
    """What comes back and what does not, for this person."""
    if before is None or not before.exported_to:
        yield say("contacts do not come back")
    else:
        yield say("contacts and meetings come back as they were saved before the move ({file}); later ones do not", file=before.exported_to)
    yield say("meetings stay Teams meetings")
    yield say("a number assigned in Teams must be removed there (Remove-CsPhoneNumberAssignment)")
    left = [f"{kind} {name}" for kind, name in _missing(person, before) if kind not in GRANTED] if before else []
    if left:
        yield say("grant these again by hand: {policies}", policies=", ".join(left))


def _voice(person: OnPremUser, before: CameFrom) -> dict[str, Value]:
    """Number and voice go together: one without the other is refused."""
    same = person.line_uri == before.line_uri and person.enterprise_voice_enabled == before.enterprise_voice_enabled
    if same or not (before.line_uri or before.enterprise_voice_enabled):
        return {}
    return {"EnterpriseVoiceEnabled": before.enterprise_voice_enabled, **({"LineURI": before.line_uri} if before.line_uri else {})}


def _missing(person: OnPremUser, before: CameFrom) -> list[tuple[str, str]]:
    now = person.model_dump(by_alias=True)
    return [(kind, name) for kind, name in before.policies.items() if now.get(kind) != name]
