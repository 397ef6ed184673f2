"""What people do by hand in the pretend estate: publish a DNS record, sign in, repair an account, restart a server.

One function per act (`hands_*.py`): its parameters are the fields, its docstring says what it does.
The bot never comes here, and nothing done by hand is among the effects.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import partial

from pydantic import ConfigDict, ValidationError, validate_call

from adapters.lab.estate import hands_people, hands_servers, hands_trusts
from adapters.lab.estate.estate import Estate
from adapters.lab.house.doors import Hand, Hands
from bot.calls import Json

ALL = (*hands_people.ACTS, *hands_servers.ACTS, *hands_trusts.ACTS)
ACTS: Mapping[str, Callable[..., str]] = {act.__name__.replace("_", " "): act for act in ALL}
# What each field means, wherever it occurs.
WORDS = {
    "who": "SIP address, UPN or object id",
    "name": "name of the record, e.g. contoso.com",
    "type": "TXT, SRV, A, CNAME, MX or NS",
    "value": "as in a zone file: text, target, address, or priority weight port target",
    "sku": "skuId or skuPartNumber",
    "without": "ids of the service plans that stay off",
    "country": "two letters, e.g. DE; empty = none",
    "group": "object id or display name",
    "server": "FQDN",
    "sync": "in scope, out of scope or blocked",
    "versions": "all installed versions of the module MicrosoftTeams",
    "names": "names of a service principal, e.g. https://mail.contoso.com/",
    "app": "application id of the service principal",
}


def hands(estate: Estate) -> Hands:
    """The acts of this estate under their names, as the lab's door wants them."""
    return {name: Hand(inspect.getdoc(act) or "", _fields(act), partial(_act, estate, name)) for name, act in ACTS.items()}


def by_hand(estate: Estate, action: Mapping[str, Json]) -> str:
    """Does one act: {"do": its name, field: value, …}. Raises `ValueError` that says what would be right."""
    wish = dict(action)
    name = str(wish.pop("do", ""))
    act = ACTS.get(name)
    if act is None:
        raise ValueError(f"do: {name!r} is none of {', '.join(ACTS)}")
    if unknown := sorted(set(wish) - set(_fields(act))):
        raise ValueError(f"{name} has no field {', '.join(unknown)}; it has {', '.join(_fields(act)) or 'none'}")
    try:
        said: str = validate_call(config=ConfigDict(arbitrary_types_allowed=True))(act)(estate, **wish)
    except ValidationError as error:
        raise ValueError("; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())) from None
    estate.save()
    return said


async def _act(estate: Estate, name: str, wish: Mapping[str, Json]) -> str:
    return by_hand(estate, {"do": name, **wish})


def _fields(act: Callable[..., str]) -> dict[str, str]:
    """Every parameter but the estate: whether it must be given, and what it means."""
    given = list(inspect.signature(act).parameters.values())[1:]
    return {one.name: _needed(one) + (f": {WORDS[one.name]}" if one.name in WORDS else "") for one in given}


def _needed(one: inspect.Parameter) -> str:
    return "required" if one.default is one.empty else "as it is" if one.default is None else f"default {one.default!r}"
