"""A place where remote PowerShell answers: how it is reached, and what stands there, found by the ids alone."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit
from xml.etree import ElementTree

from pypsrp.exceptions import WSManFaultError
from pypsrp.shell import CommandState
from pypsrp.wsman import NAMESPACES, OptionSet, SelectorSet, WSMan

from adapters.powershell.errors import TIMED_OUT, UNKNOWN
from bot.calls import Cmdlet
from bot.config import Remoting, secret
from bot.gateway import CallId

_SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
_OVER_WITHIN = 5.0  # seconds: who still sends then is still running


@dataclass(frozen=True)
class Endpoint:
    """One place. `options` are further settings of pypsrp.WSMan: certificate_pem, certificate_key_pem, negotiate_hostname_override, …"""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    auth: Literal["basic", "certificate", "negotiate", "kerberos", "ntlm", "credssp"] = "basic"
    configuration: str = "Microsoft.PowerShell"
    #: File with the authority's certificate; None = those of the machine
    ca: str | None = None
    options: Mapping[str, str | bool] = field(default_factory=dict, repr=False)
    #: Open at once
    sessions: int = 2
    #: Limit for one write, and for the silence within one read
    seconds: float = 900
    #: Seconds to get back to a call whose connection was lost
    patience: float = 20
    #: Run once in each new session, such as Connect-MicrosoftTeams
    prepare: tuple[Cmdlet, ...] = ()

    @classmethod
    def from_settings(cls, remoting: Remoting) -> "Endpoint":
        """Raises `ConfigurationError` for a password that is missing."""
        options = {"certificate_pem": remoting.certificate, "certificate_key_pem": remoting.key}
        return cls(
            url=remoting.url,
            user=remoting.user,
            password=secret(remoting.password) if remoting.password else "",
            auth=remoting.auth,
            configuration=remoting.configuration,
            ca=str(remoting.ca) if remoting.ca else None,
            options={name: str(file) for name, file in options.items() if file},
            sessions=remoting.sessions,
            seconds=remoting.seconds,
            prepare=(Cmdlet("teams", "Connect-MicrosoftTeams", remoting.connect),) if remoting.connect else (),
        )


def connection(endpoint: Endpoint) -> WSMan:
    """Sends nothing yet. Raises ValueError for settings that do not fit together."""
    url = urlsplit(endpoint.url)
    wsman = WSMan(
        url.hostname or "",
        port=url.port or (443 if url.scheme == "https" else 80),
        path=url.path.lstrip("/"),
        ssl=url.scheme == "https",
        auth=endpoint.auth,
        username=endpoint.user or None,
        password=endpoint.password or None,
        cert_validation=endpoint.ca or True,
        no_proxy=True,  # these are machines of one's own
        connection_timeout=10,
        read_timeout=30,
        operation_timeout=20,
        reconnection_backoff=0.2,
        **endpoint.options,
    )
    wsman.transport.session = wsman.transport._build_session()
    wsman.transport.session.trust_env = False  # what the environment says has been read; requests would read it for each request
    return wsman


def shell_exists(wsman: WSMan, shell: str) -> bool:
    """Raises WSManFaultError for any answer but yes and no."""
    try:
        wsman.get(_SHELL, selector_set=_shell_selector(shell), timeout=5)
    except WSManFaultError as fault:
        if fault.code == UNKNOWN:
            return False
        raise
    return True


def has_finished(wsman: WSMan, endpoint: Endpoint, ticket: CallId) -> bool:
    """Whether a call of an earlier life has ended: its shell is gone, or its command, or the command says that it is done."""
    if not shell_exists(wsman, ticket.session):
        return True
    return ticket.call not in _commands(wsman, ticket.session) or _has_command_ended(wsman, endpoint, ticket)


def delete_shell(wsman: WSMan, endpoint: Endpoint, shell: str) -> None:
    """Its commands are cancelled with it."""
    wsman.delete(_resource_uri(endpoint), selector_set=_shell_selector(shell))


def leftovers(wsman: WSMan, endpoint: Endpoint, name: str) -> Iterator[str]:
    """Shells of this name in which nothing runs: they still count against the account's quota until they have been idle for hours."""
    found = _enumerate(wsman, _SHELL, "rsp:Shell")
    for shell in [item.findtext("rsp:ShellId", "", NAMESPACES) for item in found if item.findtext("rsp:Name", "", NAMESPACES) == name]:
        if all(_has_command_ended(wsman, endpoint, CallId(shell, command)) for command in _commands(wsman, shell)):
            yield shell


def _commands(wsman: WSMan, shell: str) -> list[str]:
    found = _enumerate(wsman, f"{_SHELL}/Command", "rsp:Command", shell)
    return [item.findtext("rsp:CommandId", "", NAMESPACES).upper() for item in found]


def _has_command_ended(wsman: WSMan, endpoint: Endpoint, ticket: CallId) -> bool:
    """Reads what the command still has to say. Nobody else will: its reader is gone."""
    wanted = ElementTree.Element(f"{{{NAMESPACES['rsp']}}}Receive")
    ElementTree.SubElement(wanted, f"{{{NAMESPACES['rsp']}}}DesiredStream", CommandId=ticket.call).text = "stdout"
    options = OptionSet()
    options.add_option("WSMAN_CMDSHELL_OPTION_KEEPALIVE", "True")
    limit = time.monotonic() + _OVER_WITHIN
    while time.monotonic() < limit:
        try:
            body = wsman.receive(
                _resource_uri(endpoint), wanted, option_set=options, selector_set=_shell_selector(ticket.session), timeout=1
            )
        except WSManFaultError as fault:
            if fault.code in (TIMED_OUT, UNKNOWN):
                return bool(fault.code == UNKNOWN)
            raise
        state = body.find("rsp:ReceiveResponse/rsp:CommandState", NAMESPACES)
        if state is not None and state.get("State") == CommandState.DONE:
            return True
    return False


def _enumerate(wsman: WSMan, resource: str, item: str, shell: str = "") -> list[ElementTree.Element]:
    names = NAMESPACES
    wanted = ElementTree.Element(f"{{{names['wsen']}}}Enumerate")
    ElementTree.SubElement(wanted, f"{{{names['wsman']}}}OptimizeEnumeration")
    ElementTree.SubElement(wanted, f"{{{names['wsman']}}}MaxElements").text = "32000"
    if shell:
        dialect = "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter"
        ElementTree.SubElement(wanted, f"{{{names['wsman']}}}Filter", Dialect=dialect).append(_shell_selector(shell).pack())
    answer: ElementTree.Element = wsman.enumerate(resource, wanted)
    return answer.findall(f"wsen:EnumerateResponse/wsman:Items/{item}", names)


def _shell_selector(shell: str) -> SelectorSet:
    selectors = SelectorSet()
    selectors.add_option("ShellId", shell)
    return selectors


def _resource_uri(endpoint: Endpoint) -> str:
    return f"http://schemas.microsoft.com/powershell/{endpoint.configuration}"
