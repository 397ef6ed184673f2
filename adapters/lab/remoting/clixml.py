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

from adapters.lab.powershell.values import Complaint, Enum, Thing, Version

_ARRAY = ("System.Object[]", "System.Array", "System.Object")
_HASHTABLE = ("System.Collections.Hashtable", "System.Object")
# Control characters, everything beyond UTF-16's first plane, and an underscore that would read as such an escape.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\U00010000-\U0010ffff]|_(?=[xX])")


def output(value: Any) -> str:
    """One object of the output stream."""
    return _Writer().write(value, "")


def warning(text: str) -> str:
    """A WarningRecord without invocation details."""
    types = _types(("System.Management.Automation.WarningRecord", "System.Management.Automation.InformationalRecord", "System.Object"))
    props = f'<S N="InformationalRecord_Message">{_text(text)}</S><B N="InformationalRecord_SerializeInvocationInfo">false</B>'
    return f'<Obj RefId="0"><TN RefId="0">{types}</TN><ToString>{_text(text)}</ToString><MS>{props}</MS></Obj>'


def error(complaint: Complaint, activity: str, name: str = "") -> str:
    """An ErrorRecord without invocation details; `name` is set where it is a property of something else."""
    types = _types(("System.Management.Automation.ErrorRecord", "System.Object"))
    reason = complaint.exception.rpartition(".")[2]
    category = ErrorCategory(complaint.category).name
    target, kind = _told_as(complaint.target)
    whole = f"{complaint.exception}: {complaint.text}"
    properties: list[tuple[str, Any]] = [
        ("Exception", Thing((complaint.exception, "System.Exception"), {"Message": complaint.text}, whole)),
        ("TargetObject", complaint.target),
        ("FullyQualifiedErrorId", complaint.fq),
        ("InvocationInfo", None),
        ("ErrorCategory_Category", complaint.category),
        ("ErrorCategory_Activity", activity),
        ("ErrorCategory_Reason", reason),
        ("ErrorCategory_TargetName", target),
        ("ErrorCategory_TargetType", kind),
        ("ErrorCategory_Message", f"{category}: ({_shortened(target)}:{_shortened(kind)}) [{activity}], {reason}"),
        ("SerializeExtendedInfo", False),
    ]
    write = _Writer(1).write
    inner = "".join(write(value, key) for key, value in properties)
    return f'<Obj{_named(name)} RefId="0"><TN RefId="0">{types}</TN><ToString>{_text(complaint.text)}</ToString><MS>{inner}</MS></Obj>'


def _told_as(target: str | Thing | None) -> tuple[str, str]:
    """Name and type of a target, as the category of an error tells them."""
    if isinstance(target, Thing):
        return target.text or "", target.types[0].partition("[")[0].rpartition(".")[2]
    return target or "", "String" if target else ""


def _shortened(name: str) -> str:
    """As ErrorCategoryInfo.GetMessage cuts the middle out of what is longer than 40 characters."""
    return name if len(name) <= 40 else f"{name[:15]}...{name[-15:]}"


def state(number: int, why: Complaint | None = None, activity: str = "") -> str:
    """The PIPELINE_STATE message; with the error that ended the pipeline."""
    record = error(why, activity, "ExceptionAsErrorRecord").replace('RefId="0"', 'RefId="9999"', 1) if why else ""
    return f'<Obj RefId="10000"><MS><I32 N="PipelineState">{number}</I32>{record}</MS></Obj>'


class _Writer:
    """One message: reference numbers are unique within it. Type names are written out each time, never referred back to."""

    def __init__(self, first: int = 0) -> None:
        self._number = count(first)

    def write(self, value: Any, name: str) -> str:
        simple = _simple(value, _named(name))
        if simple is not None:
            return simple
        number = next(self._number)
        types, inner = self._parts(value)
        return f'<Obj{_named(name)} RefId="{number}"><TN RefId="{number}">{_types(types)}</TN>{inner}</Obj>'

    def _parts(self, value: Any) -> tuple[tuple[str, ...], str]:
        write = self.write
        match value:
            case Thing():
                tag = "MS" if value.extended else "Props"
                properties = "".join([write(item, key) for key, item in value.properties.items()])
                text = "" if value.text is None else f"<ToString>{_text(value.text)}</ToString>"
                return value.types, f"{text}<{tag}>{properties}</{tag}>"
            case Enum():
                types = (value.type, "System.Enum", "System.ValueType", "System.Object")
                return types, f"<ToString>{_text(value.text)}</ToString><I32>{value.number}</I32>"
            case list() | tuple():
                return _ARRAY, f"<LST>{''.join([write(item, '') for item in value])}</LST>"
            case Mapping():
                entries = (f"<En>{write(key, 'Key')}{write(item, 'Value')}</En>" for key, item in value.items())
                return _HASHTABLE, f"<DCT>{''.join(entries)}</DCT>"
        raise TypeError(f"a {type(value).__name__} has no form in CLIXML")


def _simple(value: Any, name: str) -> str | None:
    match value:
        case None:
            return f"<Nil{name}/>"
        case str():
            return f"<S{name}>{_text(value)}</S>"
        case bool():
            return f"<B{name}>{str(value).lower()}</B>"
        case int():
            tag = "I32" if -(2**31) <= value < 2**31 else "I64"
            return f"<{tag}{name}>{value}</{tag}>"
        case float():
            return f"<Db{name}>{value!r}</Db>"
        case datetime():
            return f"<DT{name}>{_moment(value)}</DT>"
        case timedelta():
            return f"<TS{name}>{_duration(value)}</TS>"
        case UUID():
            return f"<G{name}>{value}</G>"
        case Version():
            return f"<Version{name}>{_text(value.text)}</Version>"
        case bytes():
            return f"<BA{name}>{base64.b64encode(value).decode()}</BA>"
    return None


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        return f"{value:%Y-%m-%dT%H:%M:%S.%f}0"
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def _duration(value: timedelta) -> str:
    sign, value = ("-", -value) if value < timedelta() else ("", value)
    hours, seconds = divmod(value.seconds, 3600)
    fraction = f".{value.microseconds:06}" if value.microseconds else ""
    return f"{sign}P{value.days}DT{hours}H{seconds // 60}M{seconds % 60}{fraction}S"


def _text(value: str) -> str:
    """XML text as PowerShell writes it: what XML cannot hold becomes `_xHHHH_`, one per UTF-16 unit."""
    return escape(_UNSAFE.sub(_units, value))


def _units(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be", "surrogatepass").hex().upper()
    return "".join(f"_x{units[at : at + 4]}_" for at in range(0, len(units), 4))


@lru_cache(maxsize=4096)
def _named(name: str) -> str:
    return f" N={quoteattr(_UNSAFE.sub(_units, name))}" if name else ""


@lru_cache(maxsize=1024)
def _types(types: tuple[str, ...]) -> str:
    whole = types if types[-1:] == ("System.Object",) else (*types, "System.Object")
    return "".join(f"<T>{escape(name)}</T>" for name in whole)
