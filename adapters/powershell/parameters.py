"""Values on their way to PowerShell: typed parameters, and secrets that are resolved here alone."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pypsrp.complex_objects import ObjectMeta, PSCredential
from pypsrp.powershell import RunspacePool
from pypsrp.serializer import TaggedValue

from bot.calls import Cmdlet, Json, RemoteObject, Secret, Value

Secrets = Callable[[str], tuple[str, str] | str]  # a pair becomes a PSCredential, a text a SecureString


def to_row(value: Json) -> RemoteObject:
    """One object of the output stream under its own property names; a bare value stands under ""."""
    return value if isinstance(value, dict) else {"": value}


def names_of_secrets(call: Cmdlet) -> tuple[str, ...]:
    return tuple(value.secret for value in call.parameters.values() if isinstance(value, Secret))


def secrets_of(call: Cmdlet, secrets: Secrets) -> tuple[str, ...]:
    """The secret values that go with this call."""
    known = (secrets(name) for name in names_of_secrets(call))
    return tuple(each if isinstance(each, str) else each[1] for each in known)


def check_text(value: str) -> str:
    """Raises UnicodeError for half a surrogate pair: it would break the whole request."""
    value.encode()
    return value


def to_argument(value: Value | Iterable[str], pool: RunspacePool, secrets: Secrets) -> Any:
    """A parameter in the type that PowerShell must see. Secrets need the pool's keys to be exchanged."""
    match value:
        case None | bool():
            return value
        case str():
            return check_text(value)
        case Secret(secret=name):
            known = secrets(name)
            if isinstance(known, str):
                return pool.serialize(known, ObjectMeta("SS"))
            return PSCredential(username=known[0], password=known[1])
        case int():
            return value if -(2**31) <= value < 2**31 else TaggedValue("I64", value)
        case float():
            return TaggedValue("Db", value)
        case Mapping():
            return {key: to_argument(item, pool, secrets) for key, item in value.items()}
    return [to_argument(item, pool, secrets) for item in value]
