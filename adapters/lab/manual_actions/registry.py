"""The registry of manual actions: publish a DNS record, sign in, repair an account, restart a server.

One function per action, under `@manual_action`: its parameters are the fields, its docstring says what it does.
The bot never comes here, and nothing done by hand is among the effects.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from pydantic import ConfigDict, ValidationError, validate_call

from adapters.lab.discovery import import_modules
from adapters.lab.estate.estate import Estate
from bot.calls import Json

Function = TypeVar("Function", bound=Callable[..., str])
FUNCTIONS: dict[str, Callable[..., str]] = {}
# What each field means, wherever it occurs.
FIELD_MEANINGS = {
    "who": "SIP address, UPN or object id",
    "to": "where to: a mailbox's place, the new name, or who gets the address",
    "becomes": "what who had the address is called from now on; empty = they leave",
    "which": "sip (address), upn (sign-in name) or both",
    "synchronised": "whether the cloud learns of it at once",
    "other": "SIP address, UPN or object id",
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
    "policy": "name of a TeamsUpgradePolicy, e.g. UpgradeToTeams; empty = none",
    "app": "application id of the service principal",
}


def manual_action(function: Function) -> Function:
    """Registers a function as a manual action of its own name."""
    FUNCTIONS[function.__name__.replace("_", " ")] = function
    return function


def all_functions() -> Mapping[str, Callable[..., str]]:
    """The functions of all modules of this package, by the names of their actions."""
    import_modules("adapters.lab.manual_actions")
    return dict(sorted(FUNCTIONS.items()))


@dataclass(frozen=True)
class RegisteredAction:
    """One thing that can be done by hand: its fields with a word about each, and the act; its `ValueError` says what is wrong."""

    description: str
    fields: Mapping[str, str]
    perform: Callable[[Mapping[str, Json]], str]


ManualActions = Mapping[str, RegisteredAction]


def perform_action(actions: ManualActions, wish: Mapping[str, Json]) -> str:
    """Does one thing: {"do": its name, field: value, …}. Raises `ValueError` that says what would be right."""
    fields = dict(wish)
    name = str(fields.pop("do", ""))
    action = actions.get(name)
    if action is None:
        raise ValueError(f"do: {name!r} is none of {', '.join(actions)}")
    if unknown := sorted(set(fields) - set(action.fields)):
        raise ValueError(f"{name} has no field {', '.join(unknown)}; it has {', '.join(action.fields) or 'none'}")
    return action.perform(fields)


def actions_of(estate: Estate) -> ManualActions:
    """The acts in this estate under their names."""
    return {
        name: RegisteredAction(inspect.getdoc(act) or "", _describe_fields(act), partial(_call, estate, act))
        for name, act in all_functions().items()
    }


def perform_manual_action(estate: Estate, wish: Mapping[str, Json]) -> str:
    """Performs one action in this estate, as `perform_action` does."""
    return perform_action(actions_of(estate), wish)


def _call(estate: Estate, act: Callable[..., str], fields: Mapping[str, Json]) -> str:
    try:
        said: str = validate_call(config=ConfigDict(arbitrary_types_allowed=True))(act)(estate, **fields)
    except ValidationError as error:
        raise ValueError(validation_reasons(error)) from None
    estate.save()
    return said


def validation_reasons(error: ValidationError) -> str:
    """What is wrong with each field."""
    return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}".lstrip(": ") for item in error.errors())


def _describe_fields(act: Callable[..., str]) -> dict[str, str]:
    """Every parameter but the estate: whether it must be given, and what it means."""
    given = list(inspect.signature(act).parameters.values())[1:]
    return {one.name: _default_text(one) + (f": {FIELD_MEANINGS[one.name]}" if one.name in FIELD_MEANINGS else "") for one in given}


def _default_text(one: inspect.Parameter) -> str:
    return "required" if one.default is one.empty else "as it is" if one.default is None else f"default {one.default!r}"
