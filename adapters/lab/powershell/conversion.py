"""Turns a value that arrived into what a parameter's type wants, or says in PowerShell's words why it cannot."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from adapters.lab.powershell.syntax import Parameter
from adapters.lab.powershell.values import Credential

WHOLE = ("Int32", "UInt32", "UInt64", "Integer", "int")
TEXTS = ("String", "string", "Fqdn", "Uri", "UserIdParameter", "XdsIdentity", "SmtpAddress")


class ConversionError(Exception):
    """The value has the wrong type: PowerShell's error id and text."""

    def __init__(self, error_id: str, text: str) -> None:
        super().__init__(text)
        self.error_id, self.text = error_id, text


def convert(parameter: Parameter, value: Any) -> Any:
    """Raises `ConversionError`. A switch that is there with null is on ([MS-PSRP], seen with real servers)."""
    if value is None and parameter.type == "SwitchParameter":
        return True
    if value is None and parameter.type not in ("Boolean", *WHOLE):
        return None
    if parameter.values:
        return _to_enum_value(parameter, value)
    try:
        return CONVERTERS.get(parameter.type, _leave)(value)
    except (TypeError, ValueError):
        raise _conversion_error(parameter, value) from None


def _to_enum_value(parameter: Parameter, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_to_enum_value(parameter, one) for one in value]
    for allowed in parameter.values:
        if str(value).lower() == allowed.lower():
            return allowed
    names = ", ".join(parameter.values)
    text = (
        f'Cannot bind parameter \'{parameter.name}\'. Cannot convert value "{value}" to type "{parameter.type}". Error: '
        f'"Unable to match the identifier name {value} to a valid enumerator name. Specify one of the following enumerator names '
        f'and try again: {names}"'
    )
    raise ConversionError("CannotConvertArgumentNoMessage", text)


def _conversion_error(parameter: Parameter, value: Any) -> ConversionError:
    shown = "" if value is None else value
    if parameter.type == "Boolean":
        words = f'Cannot convert value "{shown}" to type "System.Boolean". Boolean parameters accept only Boolean values and numbers'
        text = f"Cannot process argument transformation on parameter '{parameter.name}'. {words}, such as $True, $False, 1 or 0 instead."
        return ConversionError("ParameterArgumentTransformationError", text)
    text = f'Cannot bind parameter \'{parameter.name}\'. Cannot convert value "{shown}" to type "{parameter.type}".'
    return ConversionError("CannotConvertArgumentNoMessage", text)


def _to_bool(value: Any) -> bool:
    if isinstance(value, bool | int):
        return bool(value)
    raise TypeError


def _to_credential(value: Any) -> Credential:
    if isinstance(value, Credential):
        return value
    raise TypeError


def _to_text(value: Any) -> Any:
    if isinstance(value, list | tuple | dict | Credential):
        raise TypeError
    return value


def _to_guid(value: Any) -> Any:
    UUID(str(value))
    return value


def _leave(value: Any) -> Any:
    return value


CONVERTERS: Mapping[str, Callable[[Any], Any]] = {
    **{"SwitchParameter": _to_bool, "Boolean": _to_bool, "PSCredential": _to_credential, "Guid": _to_guid, "guid": _to_guid},
    **dict.fromkeys(WHOLE, int),
    **dict.fromkeys(TEXTS, _to_text),
}
