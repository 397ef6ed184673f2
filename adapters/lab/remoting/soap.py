"""WS-Management envelopes: a request taken apart, answers and faults put together. No I/O and no state.

[MS-WSMV], https://learn.microsoft.com/openspecs/windows_protocols/ms-wsmv/
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4
from xml.etree import ElementTree
from xml.sax.saxutils import escape

NAMES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "rsp": "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer",
    "n": "http://schemas.xmlsoap.org/ws/2004/09/enumeration",
    "pwsh": "http://schemas.microsoft.com/powershell",
    "cfg": "http://schemas.microsoft.com/wbem/wsman/1/config",
}
_DECLARED = " ".join(f'xmlns:{name}="{uri}"' for name, uri in NAMES.items())
DONE = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Done"
RUNNING = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Running"


@dataclass(frozen=True, kw_only=True)
class WsmanRequest:
    """One request: `kind` is the last word of its action, `seconds` its OperationTimeout."""

    kind: str
    action: str
    resource: str
    message: str
    shell: str
    seconds: float
    body: ElementTree.Element

    def text(self, path: str) -> str:
        """The text of an element of the body; empty when there is none."""
        return self.body.findtext(path, "", NAMES).strip()

    def attribute(self, path: str, name: str) -> str:
        """An attribute of an element of the body; empty when there is none."""
        found = self.body.find(path, NAMES)
        return "" if found is None else found.get(name, "")


class SoapFault(Exception):
    """What WinRM answers instead: its number (None where it has only a SOAP subcode), subcode and text."""

    def __init__(self, code: int | None, subcode: str, text: str) -> None:
        super().__init__(text)
        self.code, self.subcode, self.text = code, subcode, text


def parse_request(data: bytes) -> WsmanRequest:
    """Raises ParseError or ValueError for what is no WS-Management request."""
    root = ElementTree.fromstring(data)
    header, body = root.find("s:Header", NAMES), root.find("s:Body", NAMES)
    if header is None or body is None:
        raise ValueError("no SOAP envelope")
    action = header.findtext("a:Action", "", NAMES)
    return WsmanRequest(
        kind=action.rpartition("/")[2],
        action=action,
        resource=header.findtext("w:ResourceURI", "", NAMES),
        message=header.findtext("a:MessageID", "", NAMES),
        shell=header.findtext("w:SelectorSet/w:Selector[@Name='ShellId']", "", NAMES).upper(),
        seconds=parse_duration(header.findtext("w:OperationTimeout", "PT20S", NAMES)),
        body=body,
    )


def parse_duration(text: str) -> float:
    """Seconds of the plain form `PT12.5S`, the only one that clients use here."""
    found = re.fullmatch(r"PT(\d+(?:\.\d+)?)S", text)
    if not found:
        raise SoapFault(2150858767, "w:SchemaValidationError", "The SOAP header contains a duration that is not valid.")
    return float(found.group(1))


def build_answer(request: WsmanRequest, body: str) -> bytes:
    """`RelatesTo` echoes the request's MessageID: clients refuse an answer without it."""
    return _envelope(f"{request.action}Response", request.message, body)


def build_fault(message: str, fault: SoapFault) -> bytes:
    """The body of the HTTP 500 that carries a fault."""
    code = "" if fault.code is None else f' Code="{fault.code}"'
    text = escape(fault.text)
    where = 'xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"'
    detail = f'<f:WSManFault {where}{code} Machine="lab"><f:Message>{text}</f:Message></f:WSManFault>'
    body = (
        f"<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>{fault.subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{text}</s:Text></s:Reason><s:Detail>{detail}</s:Detail></s:Fault>'
    )
    return _envelope("http://schemas.dmtf.org/wbem/wsman/1/wsman/fault", message, body)


def build_receive_body(command: str, parts: Iterable[bytes], done: bool) -> str:
    """The body of a Receive answer: one Stream element per part, and the end of the command with the last."""
    of = f' CommandId="{command}"' if command else ""
    inner = "".join(f'<rsp:Stream Name="stdout"{of}>{base64.b64encode(part).decode()}</rsp:Stream>' for part in parts)
    if command:
        inner += (
            f'<rsp:CommandState{of} State="{DONE}"><rsp:ExitCode>0</rsp:ExitCode></rsp:CommandState>'
            if done
            else (f'<rsp:CommandState{of} State="{RUNNING}"/>')
        )
    return f"<rsp:ReceiveResponse>{inner}</rsp:ReceiveResponse>"


def _envelope(action: str, relates_to: str, body: str) -> bytes:
    ours = f"uuid:{str(uuid4()).upper()}"
    header = f"<a:Action>{action}</a:Action><a:MessageID>{ours}</a:MessageID><a:RelatesTo>{escape(relates_to)}</a:RelatesTo>"
    return f"<s:Envelope {_DECLARED}><s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>".encode()
