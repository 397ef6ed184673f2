"""What went wrong at the far end or on the way there, told apart by what to do next. Texts are localised and decide last."""

import re
import ssl
from collections.abc import Mapping, Sequence
from typing import Any

import requests
import spnego.exceptions
import urllib3.exceptions
from pypsrp.exceptions import AuthenticationError, InvalidPSRPOperation, WinRMTransportError, WSManFaultError

from bot.calls import RemoteObject
from bot.errors import GatewayError, Refused, Unreachable
from bot.evidence import clean_text, error_chain, page_text, reason_of
from bot.gateway import RemoteError
from bot.i18n import say

TIMED_OUT, UNKNOWN, NO_CONFIGURATION, DENIED, TOO_MANY = 2150858793, 2150858843, 2150858811, 5, 2150859173

_NOT_SENT = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError, ssl.SSLCertVerificationError)
_SAID_NO = re.compile(
    r"CommandNotFound|ScriptsNotAllowed|NamedParameterNotFound|ParameterBinding|ParameterArgument|AmbiguousParameter|MissingMandatory"
    r"|CannotConvert|AccessDenied|Unauthorized|Forbidden|InsufficientAccess",
    re.IGNORECASE,
)
_NO_CATEGORIES = {5, 11, 12, 16, 17, 18, 25, 28, 31}  # InvalidArgument, NotImplemented, NotInstalled, syntax, permission, security, …
_ABSENT = re.compile(r"(?:Object|Item|User|Identity|Recipient)NotFound|^NotFound", re.IGNORECASE)
_ABSENT_TEXT = re.compile(r"\b(?:object|user)\b.* not found\b|\bcannot find user\b|\bcould(?:n't| not) be found\b", re.IGNORECASE)
_OBJECT_NOT_FOUND = 13
_WELL = {"ok", "success", "succeeded", "accepted", "nocontent", "200", "202", "204"}


def remote_error(record: Any, asked: Sequence[str], *secrets: str) -> RemoteError:
    """One ErrorRecord. `asked` are the subjects of the call; with them, only one of them can be the target.

    `secrets` are those that went with the call, and are not told.
    """
    text, code = clean_text(str(record), *secrets), str(record.fq_error or "")
    target = _target(record, text, asked)
    return RemoteError(text, code, target, _is_absent(record, text, target), category=record.category)


def is_about_everybody(error: RemoteError, category: int) -> bool:
    """Whether asking for anybody else would be answered the same: a right, a cmdlet or a parameter is missing."""
    return category in _NO_CATEGORIES or bool(_SAID_NO.search(error.code))


def refusal(error: RemoteError, category: int) -> GatewayError:
    """Why a whole read failed. Refused when asking again is of no use."""
    if is_about_everybody(error, category):
        return error.refusal()
    return Unreachable(error.text, error.code, error.target, category=category)


def refusal_in_output(rows: Sequence[RemoteObject]) -> Refused | None:
    """A no that comes as an object: the Teams module tells of numbers so, with Code and Message, and writes no error.

    By design: https://github.com/MicrosoftDocs/office-docs-powershell/issues/9165
    """
    for row in rows:
        code, message = row.get("Code"), row.get("Message")
        if isinstance(code, str) and isinstance(message, str) and code and code.lower() not in _WELL:
            return Refused(message, code)
    return None


def opening_error(error: BaseException) -> GatewayError:
    """Why a session could not be opened. Nothing was carried out."""
    code, words, status = getattr(error, "code", None), _error_text(error), _status(error)
    if isinstance(error, AuthenticationError | spnego.exceptions.SpnegoError):
        return Refused(say("{words} (the far end does not accept the account or the way it signs in)", words=words), "auth")
    if _has(error, ssl.SSLCertVerificationError):
        return Refused(say("{words} (the certificate of the far end is not trusted, or is for another name)", words=words), "certificate")
    if code == NO_CONFIGURATION or status == 404:
        why = say("{words} (the far end has no such session configuration or path)", words=words)
        return Refused(why, "configuration", status=status)
    if code == DENIED:
        return Refused(say("{words} (the account may not use this session configuration)", words=words), "access")
    if code == TOO_MANY:
        return Unreachable(say("{words} (the account has too many open sessions at the far end)", words=words), "quota", retry_after=60)
    return unreachable_error(error)


def unreachable_error(error: BaseException) -> Unreachable:
    """Nothing was changed, or only looked at."""
    if isinstance(error, WSManFaultError):
        return Unreachable(say("The far end answered: {words}", words=_error_text(error)), str(error.code))
    if status := _status(error):
        why = say("Something else than WinRM answered (HTTP {status}): {words}", status=status, words=_error_text(error) or "-")
        return Unreachable(why, str(status), status=status)
    return Unreachable(say("The far end cannot be reached: {words}", words=_error_text(error)), "connection")


def _error_text(error: BaseException) -> str:
    """What the far end, or the library that signs in there, has said. Other texts of libraries may quote addresses and requests."""
    if isinstance(error, WSManFaultError):
        return clean_text("\n".join(str(part) for part in (error.reason, error.provider_fault, error.code) if part))
    if isinstance(error, WinRMTransportError):
        text = error.response_text
        return page_text(text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text or ""))
    if isinstance(error, AuthenticationError | InvalidPSRPOperation | spnego.exceptions.SpnegoError):
        return clean_text(str(error)) or type(error).__name__
    return reason_of(error)


def _status(error: BaseException) -> int | None:
    return int(error.code) if isinstance(error, WinRMTransportError) else None


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
    told = next((found for told in (*named, text) if (found := _quoted_names(known, told))), [])
    if not told and not named and len(asked) == 1 and _is_not_found(record, text):
        return asked[0]  # it was asked alone, and nobody else is named
    return told[0] if len(told) == 1 else ""


def _quoted_names(known: Mapping[str, str], text: str) -> list[str]:
    """Whom of these a text names; not who is only a part of somebody else's name."""
    quoted = [name for name in known.values() if _is_quoted(name, text)]
    return [name for name in quoted if not any(name != other and _key(name) in _key(other) for other in quoted)]


def _values(target: Any) -> list[str]:
    """The texts among the properties of a target that came as an object."""
    kinds = (getattr(target, kind, None) or {} for kind in ("adapted_properties", "extended_properties"))
    return [value for properties in kinds for value in properties.values() if isinstance(value, str)]


def _is_absent(record: Any, text: str, target: str) -> bool:
    return bool(target) and _is_not_found(record, text)


def _is_not_found(record: Any, text: str) -> bool:
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
    return any(isinstance(cause, kind) for cause in error_chain(error))
