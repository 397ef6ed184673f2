"""What a reply of Microsoft Graph means. Decided by status and code, never by the message.

https://learn.microsoft.com/graph/errors
"""

import base64
import re
from dataclasses import dataclass
from typing import Any, Literal

from adapters.graph.http import GraphReply
from adapters.graph.permissions import required_permission
from bot.calls import GraphCall, destination
from bot.errors import GatewayError, InDoubt, Refused, Unreachable
from bot.gateway import ReadResult, RemoteError
from bot.i18n import LocalizedText, say

Meaning = Literal["again", "absent", "token", "permission", "no"]


@dataclass(frozen=True)
class StatusRule:
    """The first rule that fits decides; `code` None fits any."""

    status: range
    meaning: Meaning
    code: str | None = None


READ_BY_POST = ("/checkMemberGroups", "/checkMemberObjects", "/getMemberGroups", "/getByIds")
RULES = (
    StatusRule(range(401, 402), "token"),
    StatusRule(range(403, 404), "permission", "Authorization_RequestDenied"),
    StatusRule(range(404, 405), "absent", "Request_ResourceNotFound"),
    StatusRule(range(400, 401), "again", "Directory_ExpiredPageToken"),  # the sweep has to begin anew
    StatusRule(range(424, 425), "again"),
    StatusRule(range(429, 430), "again"),
    StatusRule(range(500, 501), "again"),
    StatusRule(range(502, 600), "again"),  # 501 means that Graph cannot do this at all
    StatusRule(range(300, 600), "no"),
)


def meaning(reply: GraphReply) -> Meaning | None:
    """None when all went well."""
    if reply.status < 300:
        return None
    code = _error(reply).get("code")
    return next(rule.meaning for rule in RULES if reply.status in rule.status and rule.code in (None, code))


def require_read(call: GraphCall) -> None:
    """Raises `Refused` for what must not be sent twice: some reads are POSTs, and no other POST is one."""
    if call.method != "GET" and not (call.method == "POST" and call.path.endswith(READ_BY_POST)):
        raise Refused(say("{method} {path} is no read", method=call.method, path=call.path), target=call.path)


def read_result(call: GraphCall, reply: GraphReply) -> ReadResult:
    """The rows of a read. What does not exist is an answer; every other refusal is raised, and so is silence."""
    match meaning(reply):
        case None if reply.body is not None:
            return ReadResult(rows=_rows(reply.body))
        case None:
            raise Unreachable(_foreign_answer_text(reply), str(reply.status), call.path, status=reply.status)
        case "absent":
            absent = RemoteError(str(_error_text(reply)), _code(reply), call.path, absent=True, status=reply.status, to=destination(call))
            return ReadResult(errors=(absent,))
    raise error_for(call, reply)


def write_result(call: GraphCall, reply: GraphReply) -> ReadResult:
    """What became of a write that was sent once."""
    if reply.status == 429 or (reply.status == 503 and reply.retry_after is not None):
        raise error_for(call, reply)  # turned away before anything was done
    if reply.status >= 500 and reply.status != 501:
        raise InDoubt(_error_text(reply), _code(reply), call.path, status=reply.status, to=destination(call))
    if meaning(reply) is not None:
        raise error_for(call, reply)
    if reply.body is None and reply.status != 204:
        raise InDoubt(_foreign_answer_text(reply), str(reply.status), call.path, status=reply.status, to=destination(call))
    return ReadResult(rows=_rows(reply.body))


def error_for(call: GraphCall, reply: GraphReply) -> GatewayError:
    match meaning(reply):
        case "again":
            return Unreachable(_error_text(reply), _code(reply), call.path, reply.retry_after, status=reply.status, to=destination(call))
        case "permission":
            lacks = required_permission(call)
            hint = say("the app lacks the Graph permission {name}", name=lacks) if lacks else None
            return Refused(_error_text(reply), _code(reply), call.path, status=reply.status, to=destination(call), hint=hint)
    return Refused(_error_text(reply), _code(reply), call.path, status=reply.status, to=destination(call))


def next_link(reply: GraphReply) -> str | None:
    link = reply.body.get("@odata.nextLink") if isinstance(reply.body, dict) else None
    return str(link) if link else None


def required_claims(reply: GraphReply) -> str | None:
    """What a new token has to claim, as JSON.

    https://learn.microsoft.com/entra/identity-platform/claims-challenge
    """
    found = re.search(r'claims="([^"]+)"', reply.headers.get("WWW-Authenticate", ""))
    return base64.b64decode(found.group(1) + "==").decode() if found else None


def _rows(body: Any) -> tuple[dict[str, Any], ...]:
    """A list has its rows in `value`; plain values (ids, a count) become a row with the one property `value`."""
    if body is None:
        return ()
    if not isinstance(body, dict):
        return ({"value": body},)
    if isinstance(body.get("value"), list):
        return tuple(item if isinstance(item, dict) else {"value": item} for item in body["value"])
    return ({name: value for name, value in body.items() if name != "@odata.context"},)


def _error(reply: GraphReply) -> dict[str, Any]:
    error = reply.body.get("error") if isinstance(reply.body, dict) else None
    return error if isinstance(error, dict) else {}


def _code(reply: GraphReply) -> str:
    return str(_error(reply).get("code") or reply.status)


def _error_text(reply: GraphReply) -> str | LocalizedText:
    """Graph's own sentences, and the id by which Microsoft's support finds the request."""
    error = _error(reply)
    if not error.get("message"):
        return _foreign_answer_text(reply)
    details = error.get("details")
    more = [str(one.get("message") or "") for one in details if isinstance(one, dict)] if isinstance(details, list) else []
    inner = error.get("innerError")
    request_id = reply.headers.get("request-id") or (inner.get("request-id") if isinstance(inner, dict) else None) or "-"
    return f"{' '.join(filter(None, [str(error['message']), *more]))} (request-id {request_id})"


def _foreign_answer_text(reply: GraphReply) -> LocalizedText:
    """An answer that is not in the form of Graph's."""
    words = reply.text or "-"
    return say("Something else than Microsoft Graph answered (HTTP {status}): {words}", status=reply.status, words=words)
