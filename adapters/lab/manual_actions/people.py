"""By hand, about people: accounts, licences, groups, mailboxes, signing in."""

from typing import Literal

from adapters.lab.estate.estate import Estate
from adapters.lab.estate.state import EstateState
from adapters.lab.estate.tenant_changes import assign_licences, inherit_licences, set_usage_location
from adapters.lab.manual_actions.lookup import find_cloud_user, find_group, find_person
from adapters.lab.manual_actions.registry import manual_action


@manual_action
def sign_in_to_teams(estate: Estate, who: str) -> str:
    """Somebody signs in to Teams for the first time or again."""
    person, online = find_cloud_user(estate, who)
    if online.deleted:
        raise ValueError(f"who: {who!r} is deleted")
    online.signed_in = estate.now
    estate.mark_changed("people", person.number)
    return f"{person.upn} signed in"


@manual_action
def give_licence(estate: Estate, who: str, sku: str, without: tuple[str, ...] = ()) -> str:
    """An admin assigns a licence in the portal."""
    person = find_person(estate, who)
    assign_licences(estate, person, {_find_sku(estate.state, sku): without}, ())
    return f"{person.upn} has {sku}"


@manual_action
def take_licence(estate: Estate, who: str, sku: str) -> str:
    """An admin takes a directly assigned licence away."""
    person = find_person(estate, who)
    assign_licences(estate, person, {}, (_find_sku(estate.state, sku),))
    return f"{person.upn} no longer has {sku}"


def _find_sku(world: EstateState, name: str) -> str:
    for sku in world.skus.values():
        if name.lower() in (sku.id, sku.name.lower()):
            return sku.id
    raise ValueError(f"sku: there is no {name!r}; there are {', '.join(sku.name for sku in world.skus.values())}")


@manual_action
def set_country(estate: Estate, who: str, country: str) -> str:
    """An admin sets the usage location in the portal."""
    person, _ = find_cloud_user(estate, who)
    set_usage_location(estate, person, country or None)
    return f"{person.upn} is in {country or 'no country'}"


@manual_action
def change_account(
    estate: Estate,
    who: str,
    disabled: bool | None = None,
    protected: bool | None = None,
    sync: Literal["in scope", "out of scope", "blocked"] | None = None,
    sip: str | None = None,
    upn: str | None = None,
    enterprise_voice: bool | None = None,
    line_uri: str | None = None,
    unified_contacts: bool | None = None,
) -> str:
    """An AD admin changes an account; what is not named stays. The cloud learns of it with the next sync."""
    person = find_person(estate, who)
    if person.account is None:
        raise ValueError(f"who: {who!r} has no account in AD")
    given = {
        "disabled": disabled,
        "protected": protected,
        "sync": sync,
        "sip": sip,
        "upn": upn,
        "enterprise_voice": enterprise_voice,
        "line_uri": line_uri,
        "unified_contacts": unified_contacts,
    }
    changed = {name: value for name, value in given.items() if value is not None}
    for name, value in changed.items():
        setattr(person.account, name, value)
    person.account.changed = estate.now
    estate.mark_changed("people", person.number)
    return f"{person.upn}: {', '.join(changed) or 'nothing'} changed"


@manual_action
def clear_errors(estate: Estate, who: str) -> str:
    """Whoever stood in the way online is gone: validation and provisioning errors of this person are cleared."""
    person, online = find_cloud_user(estate, who)
    online.validation_errors, online.conflicts, online.service_errors = (), (), ()
    if person.account and person.account.sync == "blocked":
        person.account.sync = "in scope"
    estate.mark_changed("people", person.number)
    return f"{person.upn} has no errors left"


@manual_action
def clear_hanging_move(estate: Estate, who: str) -> str:
    """An AD admin clears the target that a broken move left behind."""
    person = find_person(estate, who)
    if person.account is None or not person.account.target_pool:
        raise ValueError(f"who: no move of {who!r} hangs")
    person.account.target_pool = ""
    estate.mark_changed("people", person.number)
    return f"nothing hangs at {person.upn}"


@manual_action
def delete_online(estate: Estate, who: str) -> str:
    """An admin deletes the cloud user; it can be restored."""
    person, online = find_cloud_user(estate, who)
    online.deleted = estate.now
    estate.mark_changed("people", person.number)
    return f"{person.upn} is deleted"


@manual_action
def restore_online(estate: Estate, who: str) -> str:
    """An admin restores a deleted cloud user."""
    person = find_person(estate, who)
    if person.online is None or person.online.deleted is None:
        raise ValueError(f"who: {who!r} is not deleted")
    person.online.deleted = None
    estate.mark_changed("people", person.number)
    return f"{person.upn} is back"


@manual_action
def move_mailbox(estate: Estate, who: str, to: Literal["online", "on-premises", "none"]) -> str:
    """An Exchange admin moves a mailbox."""
    person = find_person(estate, who)
    person.mailbox = to
    estate.mark_changed("people", person.number)
    return f"the mailbox of {person.upn} is {to}"


@manual_action
def add_to_group(estate: Estate, group: str, who: str) -> str:
    """Somebody joins an Entra group; its licences follow."""
    (person, _), one = find_cloud_user(estate, who), find_group(estate.state, group)
    if person.id not in one.members:
        one.members.append(person.id)
        inherit_licences(estate, person, one.id, joins=True)
        estate.mark_changed("groups", one.id)
    return f"{person.upn} is in {one.name}"


@manual_action
def remove_from_group(estate: Estate, group: str, who: str) -> str:
    """Somebody leaves an Entra group; its licences go too."""
    person, one = find_person(estate, who), find_group(estate.state, group)
    if person.id in one.members:
        one.members.remove(person.id)
        inherit_licences(estate, person, one.id, joins=False)
        estate.mark_changed("groups", one.id)
    return f"{person.upn} is not in {one.name}"
