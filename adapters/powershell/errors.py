"""What went wrong at the far end or on the way there, told apart by what to do next. Texts are localised and decide last."""

import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import requests
import spnego.exceptions
import urllib3.exceptions
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError

from bot.errors import Refused, Trouble, Unreachable
from bot.outside import RemoteError
from bot.say import say

TIMED_OUT, UNKNOWN, NO_CONFIGURATION, DENIED, TOO_MANY = 2150858793, 2150858843, 2150858811, 5, 2150859173

_NOT_SENT = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError, ssl.SSLCertVerificationError)
_SAID_NO = re.compile(
    r"CommandNotFound|ScriptsNotAllowed|NamedParameterNotFound|ParameterBinding|ParameterArgument|AmbiguousParameter|MissingMandatory"
    r"|CannotConvert|AccessDenied|Unauthorized|InsufficientAccess",
    re.IGNORECASE,
)
_NO_CATEGORIES = {5, 11, 12, 16, 17, 18, 25, 28, 31}  # InvalidArgument, NotImplemented, NotInstalled, syntax, permission, security, …
_ABSENT = re.compile(r"(?:Object|Item|User|Identity|Recipient)NotFound|^NotFound", re.IGNORECASE)
_ABSENT_TEXT = re.compile(r"\b(?:object|user)\b.* not found\b|\bcannot find user\b|\bcould(?:n't| not) be found\b", re.IGNORECASE)
_OBJECT_NOT_FOUND = 13


def reported(record: Any, asked: Sequence[str]) -> RemoteError:
    """One ErrorRecord. `asked` are the subjects of the call; with them, only one of them can be the target."""
    text, code = str(record), str(record.fq_error or "")
    target = _target(record, text, asked)
    return RemoteError(text, code, target, _is_absent(record, text, target))


def is_about_everybody(error: RemoteError, category: int) -> bool:
    """Whether asking for anybody else would be answered the same: a right, a cmdlet or a parameter is missing."""
    return category in _NO_CATEGORIES or bool(_SAID_NO.search(error.code))


def refusal(error: RemoteError, category: int) -> Trouble:
    """Why a whole read failed. Refused when asking again is of no use."""
    if is_about_everybody(error, category):
        return Refused(error.text, error.code, error.target)
    return Unreachable(error.text, error.code, error.target)


def opening_failed(error: BaseException) -> Trouble:
    """Why a session could not be opened. Nothing was carried out."""
    code = getattr(error, "code", None)
    if isinstance(error, AuthenticationError | spnego.exceptions.SpnegoError):
        return Refused(str(say("The far end does not accept the account or the way it signs in")), "auth")
    if _has(error, ssl.SSLCertVerificationError):
        return Refused(str(say("The certificate of the far end is not trusted, or is for another name")), "certificate")
    if code == NO_CONFIGURATION or (isinstance(error, WinRMTransportError) and code == 404):
        return Refused(str(say("The far end has no such session configuration or path")), "configuration")
    if code == DENIED:
        return Refused(str(say("The account may not use this session configuration")), "access")
    if code == TOO_MANY:
        return Unreachable(str(say("The account has too many open sessions at the far end")), "quota", again=60)
    return unreachable(error)


def unreachable(error: BaseException) -> Unreachable:
    """Nothing was changed, or only looked at. The texts of libraries are kept out: they may quote addresses and requests."""
    if isinstance(error, WSManFaultError):
        return Unreachable(str(say("The far end answered: {why}", why=str(error.reason or error.code))), str(error.code))
    return Unreachable(str(say("The far end cannot be reached: {why}", why=type(error).__name__)), "connection")


def was_never_sent(error: BaseException) -> bool:
    """Whether no byte of the request can have arrived."""
    return isinstance(error, AuthenticationError) or any(_has(error, kind) for kind in _NOT_SENT)


def was_turned_away(error: BaseException) -> bool:
    """Whether the far end answered that it did not do it."""
    if isinstance(error, WSManFaultError):
        return bool(error.code != TIMED_OUT)
    return isinstance(error, WinRMTransportError) and int(error.code) < 500


def is_lost(error: BaseException) -> bool:
    """Whether only the connection was lost, so that it helps to open a new one."""
    if isinstance(error, WinRMTransportError):
        return int(error.code) >= 500
    return isinstance(error, requests.RequestException)


def _target(record: Any, text: str, asked: Sequence[str]) -> str:
    """The one subject that an error speaks of; empty = nobody, or nobody can say.

    Cmdlets that Microsoft generates for the Teams module put what they were called with into the target, as .NET writes an anonymous
    object: "{ Identity = bob@contoso.com, IncludeDirStatus = }". The subject is in there, and its text names nobody.
    """
    named = [name for name in (_as_text(record.target_object), str(record.target_name or "")) if name]
    if not asked:
        return named[0] if named else ""
    known = {_key(name): name for name in asked}
    for name in (*named, *_values(record.target_object)):
        if _key(name) in known:
            return known[_key(name)]
    told = next((found for told in (*named, text) if (found := _all_quoted(known, told))), [])
    if not told and not named and len(asked) == 1 and _says_absent(record, text):
        return asked[0]  # it was asked alone, and nobody else is named
    return told[0] if len(told) == 1 else ""


def _all_quoted(known: Mapping[str, str], text: str) -> list[str]:
    """Whom of these a text names; not who is only a part of somebody else's name."""
    quoted = [name for name in known.values() if _is_quoted(name, text)]
    return [name for name in quoted if not any(name != other and _key(name) in _key(other) for other in quoted)]


def _values(target: Any) -> list[str]:
    """The texts among the properties of a target that came as an object."""
    kinds = (getattr(target, kind, None) or {} for kind in ("adapted_properties", "extended_properties"))
    return [value for properties in kinds for value in properties.values() if isinstance(value, str)]


def _is_absent(record: Any, text: str, target: str) -> bool:
    return bool(target) and _says_absent(record, text)


def _says_absent(record: Any, text: str) -> bool:
    """Whether the far end says that there is no such thing: by the error's id or category; by its text where it has neither."""
    code = str(record.fq_error or "")
    if code.startswith("CommandNotFound"):
        return False
    kinds = [code, *getattr(record.exception, "types", [])[:1]]
    if record.category == _OBJECT_NOT_FOUND or any(_ABSENT.search(kind) for kind in kinds):
        return True
    return record.category == 0 and bool(_ABSENT_TEXT.search(text))


def _as_text(value: Any) -> str:
    return str(value) if isinstance(value, (str, int)) else str(getattr(value, "to_string", None) or "")


def _key(name: str) -> str:
    return name.casefold().removeprefix("sip:")


def _is_quoted(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w.@+-]){re.escape(_key(name))}(?![\w@+-]|\.\w)", text.casefold()) is not None


def _has(error: BaseException, kind: type[BaseException]) -> bool:
    return any(isinstance(cause, kind) for cause in _causes(error))


def _causes(error: BaseException | None, depth: int = 0) -> Iterator[BaseException]:
    """The error and everything it wraps: requests and urllib3 hide the real one in `args`, `reason` or the context."""
    if error is None or depth > 6:
        return
    yield error
    inner = [*error.args, getattr(error, "reason", None), error.__cause__]
    for cause in inner:
        if isinstance(cause, BaseException):
            yield from _causes(cause, depth + 1)
