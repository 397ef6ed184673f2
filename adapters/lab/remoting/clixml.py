"""Writes what a pretend machine says as CLIXML, straight to text: psrpcore's serialiser takes ten times as long per object.

Form of each element: [MS-PSRP] 2.2.5, https://learn.microsoft.com/openspecs/windows_protocols/ms-psrp/
"""

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from psrpcore.types import ErrorCategory

from adapters.lab.powershell.values import EnumValue, ErrorRecord, PSObject, VersionValue

_ARRAY = ("System.Object[]", "System.Array", "System.Object")
_HASHTABLE = ("System.Collections.Hashtable", "System.Object")
# Control characters, everything beyond UTF-16's first plane, and an underscore that would read as such an escape.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\U00010000-\U0010ffff]|_(?=[xX])")


def serialize_output(value: Any) -> str:
    """One object of the output stream."""
    return _Writer().serialize(value, "")


def serialize_warning(text: str) -> str:
    """A WarningRecord without invocation details."""
    types = _type_names(("System.Management.Automation.WarningRecord", "System.Management.Automation.InformationalRecord", "System.Object"))
    props = f'<S N="InformationalRecord_Message">{_escape(text)}</S><B N="InformationalRecord_SerializeInvocationInfo">false</B>'
    return f'<Obj RefId="0"><TN RefId="0">{types}</TN><ToString>{_escape(text)}</ToString><MS>{props}</MS></Obj>'


def serialize_error(record: ErrorRecord, activity: str, name: str = "") -> str:
    """An ErrorRecord without invocation details; `name` is set where it is a property of something else."""
    types = _type_names(("System.Management.Automation.ErrorRecord", "System.Object"))
    reason = record.exception_type.rpartition(".")[2]
    category = ErrorCategory(record.category).name
    target, kind = _target_name_and_type(record.target)
    whole = f"{record.exception_type}: {record.text}"
    properties: list[tuple[str, Any]] = [
        ("Exception", PSObject((record.exception_type, "System.Exception"), {"Message": record.text}, whole)),
        ("TargetObject", record.target),
        ("FullyQualifiedErrorId", record.error_id),
        ("InvocationInfo", None),
        ("ErrorCategory_Category", record.category),
        ("ErrorCategory_Activity", activity),
        ("ErrorCategory_Reason", reason),
        ("ErrorCategory_TargetName", target),
        ("ErrorCategory_TargetType", kind),
        ("ErrorCategory_Message", f"{category}: ({_shorten(target)}:{_shorten(kind)}) [{activity}], {reason}"),
        ("SerializeExtendedInfo", False),
    ]
    write = _Writer(1).serialize
    inner = "".join(write(value, key) for key, value in properties)
    attribute, text = _name_attribute(name), _escape(record.text)
    return f'<Obj{attribute} RefId="0"><TN RefId="0">{types}</TN><ToString>{text}</ToString><MS>{inner}</MS></Obj>'


def _target_name_and_type(target: str | PSObject | None) -> tuple[str, str]:
    """Name and type of a target, as the category of an error tells them."""
    if isinstance(target, PSObject):
        return target.text or "", target.types[0].partition("[")[0].rpartition(".")[2]
    return target or "", "String" if target else ""


def _shorten(name: str) -> str:
    """As ErrorCategoryInfo.GetMessage cuts the middle out of what is longer than 40 characters."""
    return name if len(name) <= 40 else f"{name[:15]}...{name[-15:]}"


def serialize_state(number: int, why: ErrorRecord | None = None, activity: str = "") -> str:
    """The PIPELINE_STATE message; with the error that ended the pipeline."""
    record = serialize_error(why, activity, "ExceptionAsErrorRecord").replace('RefId="0"', 'RefId="9999"', 1) if why else ""
    return f'<Obj RefId="10000"><MS><I32 N="PipelineState">{number}</I32>{record}</MS></Obj>'


class _Writer:
    """One message: reference numbers are unique within it. Type names are written out each time, never referred back to."""

    def __init__(self, first: int = 0) -> None:
        self._number = count(first)

    def serialize(self, value: Any, name: str) -> str:
        simple = _serialize_primitive(value, _name_attribute(name))
        if simple is not None:
            return simple
        number = next(self._number)
        types, inner = self._serialize_parts(value)
        return f'<Obj{_name_attribute(name)} RefId="{number}"><TN RefId="{number}">{_type_names(types)}</TN>{inner}</Obj>'

    def _serialize_parts(self, value: Any) -> tuple[tuple[str, ...], str]:
        write = self.serialize
        match value:
            case PSObject():
                tag = "MS" if value.extended else "Props"
                properties = "".join([write(item, key) for key, item in value.properties.items()])
                text = "" if value.text is None else f"<ToString>{_escape(value.text)}</ToString>"
                return value.types, f"{text}<{tag}>{properties}</{tag}>"
            case EnumValue():
                types = (value.type, "System.Enum", "System.ValueType", "System.Object")
                return types, f"<ToString>{_escape(value.text)}</ToString><I32>{value.number}</I32>"
            case list() | tuple():
                return _ARRAY, f"<LST>{''.join([write(item, '') for item in value])}</LST>"
            case Mapping():
                entries = (f"<En>{write(key, 'Key')}{write(item, 'Value')}</En>" for key, item in value.items())
                return _HASHTABLE, f"<DCT>{''.join(entries)}</DCT>"
        raise TypeError(f"a {type(value).__name__} has no form in CLIXML")


def _serialize_primitive(value: Any, name: str) -> str | None:
    match value:
        case None:
            return f"<Nil{name}/>"
        case str():
            return f"<S{name}>{_escape(value)}</S>"
        case bool():
            return f"<B{name}>{str(value).lower()}</B>"
        case int():
            tag = "I32" if -(2**31) <= value < 2**31 else "I64"
            return f"<{tag}{name}>{value}</{tag}>"
        case float():
            return f"<Db{name}>{value!r}</Db>"
        case datetime():
            return f"<DT{name}>{_format_time(value)}</DT>"
        case timedelta():
            return f"<TS{name}>{_format_duration(value)}</TS>"
        case UUID():
            return f"<G{name}>{value}</G>"
        case VersionValue():
            return f"<Version{name}>{_escape(value.text)}</Version>"
        case bytes():
            return f"<BA{name}>{base64.b64encode(value).decode()}</BA>"
    return None


def _format_time(value: datetime) -> str:
    if value.tzinfo is None:
        return f"{value:%Y-%m-%dT%H:%M:%S.%f}0"
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def _format_duration(value: timedelta) -> str:
    sign, value = ("-", -value) if value < timedelta() else ("", value)
    hours, seconds = divmod(value.seconds, 3600)
    fraction = f".{value.microseconds:06}" if value.microseconds else ""
    return f"{sign}P{value.days}DT{hours}H{seconds // 60}M{seconds % 60}{fraction}S"


def _escape(value: str) -> str:
    """XML text as PowerShell writes it: what XML cannot hold becomes `_xHHHH_`, one per UTF-16 unit."""
    return escape(_UNSAFE.sub(_units, value))


def _units(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be", "surrogatepass").hex().upper()
    return "".join(f"_x{units[at : at + 4]}_" for at in range(0, len(units), 4))


@lru_cache(maxsize=4096)
def _name_attribute(name: str) -> str:
    return f" N={quoteattr(_UNSAFE.sub(_units, name))}" if name else ""


@lru_cache(maxsize=1024)
def _type_names(types: tuple[str, ...]) -> str:
    whole = types if types[-1:] == ("System.Object",) else (*types, "System.Object")
    return "".join(f"<T>{escape(name)}</T>" for name in whole)
