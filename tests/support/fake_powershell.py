"""A small written machine behind a real endpoint: people who can be looked at and moved, and words that come back as they were said."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.lab.endpoints import EndpointAccess
from adapters.lab.powershell.values import EnumValue, ErrorRecord, OutputStream, PSCommand, PSObject
from adapters.lab.process.certificates import make_certificates, server_tls_context
from adapters.lab.process.folder import Folder
from adapters.lab.remoting.winrm import ShellQuotas
from adapters.lab.remoting.wsman import FaultHook, FaultPoint, RemotingServer, serve

PASSWORD = "over the hills 7"
ACCESS = {place: EndpointAccess(f"/{place}/wsman", f"Test.{place}", f"{place}-user", PASSWORD) for place in ("sfb", "mover")}
PEOPLE = ("anna@contoso.com", "bob@contoso.com", "o'neill@contoso.com", "zoë@contoso.com")
UNKNOWN = "NotFound,Microsoft.Teams.ConfigAPI.Cmdlets.Generated.Cmdlets.GetCsUser_Get"  # office-docs-powershell issue 9103
ABSENT = "Microsoft.Rtc.Management.AD.ManagementObjectNotFoundException"


class FakePowerShellHost:
    """Effects are what a test counts; a move waits at the gate while it is closed."""

    def __init__(self) -> None:
        self.moved: list[str] = []
        self.heard: list[Sequence[Sequence[PSCommand]]] = []
        self.arrivals, self.gate = asyncio.Queue[str](), asyncio.Event()
        self.cancelled = 0
        self.gate.set()

    async def run(self, place: str, statements: Sequence[Sequence[PSCommand]], piped: Sequence[Any], out: OutputStream) -> None:
        self.heard.append(statements)
        for command, *rest in statements:
            work = getattr(self, command.name.lower().replace("-", "_"), None)
            if work is None:
                await out.write_error(
                    ErrorRecord(f"The term '{command.name}' is not recognized.", "CommandNotFoundException", 13, terminating=True)
                )
                return
            await work(dict(command.parameters), piped, out, dict(rest[0].parameters).get("Property") if rest else None)

    async def get_csuser(self, given: dict[str | None, Any], piped: Sequence[Any], out: OutputStream, picked: list[str] | None) -> None:
        for who in piped or [given["Identity"]]:
            if who in PEOPLE:
                whole = {"SipAddress": f"sip:{who}", "Enabled": True, "Number": 7}
                properties = {key: whole[key] for key in picked or whole}
                await out.write(PSObject(("Microsoft.Rtc.Management.ADConnect.Schema.OCSADUser",), properties, None, picked is not None))
            elif who == "gone@contoso.com":
                target = PSObject(
                    ("<>f__AnonymousType9`2[System.String,System.String]",), {}, f"{{ Identity = {who}, IncludeDirStatus =  }}"
                )
                await out.write_error(ErrorRecord("userId was not found", UNKNOWN, 7, target=target))
            elif who == "unread@contoso.com":
                await out.write_error(
                    ErrorRecord("The server is busy with 'sip:unread@contoso.com'.", "Busy,X", 19, "System.TimeoutException")
                )
            else:
                text = f'Management object not found for identity "{who}".'
                await out.write_error(ErrorRecord(text, f"{ABSENT},GetOcsUserCmdlet", 0, ABSENT, terminating=not piped and "Sure" in given))

    async def get_everything(self, given: dict[str | None, Any], piped: Sequence[Any], out: OutputStream, picked: list[str] | None) -> None:
        await out.write_warning("Look twice.")
        await out.write(object_of_every_type())

    async def get_many(self, given: dict[str | None, Any], piped: Sequence[Any], out: OutputStream, picked: list[str] | None) -> None:
        for number in range(given["Count"]):
            properties = {"SipAddress": f"sip:user{number}@contoso.com", "UserPrincipalName": f"user{number}@contoso.com", "Enabled": True}
            more = {"RegistrarPool": PSObject(("Pool",), {}, "pool01.contoso.com"), "LineURI": "", "HostingProvider": "SRV:"}
            await out.write(PSObject(("User",), {**properties, **more}, extended=True))

    async def echo(self, given: dict[str | None, Any], piped: Sequence[Any], out: OutputStream, picked: list[str] | None) -> None:
        await out.write(PSObject(("Echo",), {str(name): value for name, value in given.items()}))

    async def fail(self, given: dict[str | None, Any], piped: Sequence[Any], out: OutputStream, picked: list[str] | None) -> None:
        target = given.get("Target")
        await out.write_error(ErrorRecord(given["Text"], given["Code"], given["Category"], target=target, terminating=given["Ends"]))

    async def number(self, given: dict[str | None, Any], piped: Sequence[Any], out: OutputStream, picked: list[str] | None) -> None:
        """A no as the Teams module gives it for numbers: https://github.com/MicrosoftDocs/office-docs-powershell/issues/9165"""
        said = {"Code": given["Code"], "Message": "Telephone Number '+11111111' has already been assigned to another user"}
        await out.write(PSObject(("SkypeTelephoneNumberMgmtErrorResponse",), said))

    async def warn_and_fail(self, given: dict[str | None, Any], piped: Sequence[Any], out: OutputStream, picked: list[str] | None) -> None:
        await out.write_warning("All users in the tenant are now in TeamsOnly mode.")
        await self.fail(given, piped, out, picked)

    async def move_csuser(self, given: dict[str | None, Any], piped: Sequence[Any], out: OutputStream, picked: list[str] | None) -> None:
        self.arrivals.put_nowait(given["Identity"])
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.moved.append(given["Identity"])
        if given["Identity"] == "dave@contoso.com":
            await out.write_error(
                ErrorRecord("HostedMigration fault: Error=(507)", "MoveError,MoveOcsUserCmdlet", 0, target="dave@contoso.com")
            )


def object_of_every_type() -> PSObject:
    """One object with a property of each type that the lab knows."""
    return PSObject(
        ("Microsoft.Rtc.Everything", "System.Object"),
        {
            "Text": "a <b> & 'c' _x0041_ \x07 \U0001f600 zoë",
            "Yes": True,
            "Small": 7,
            "Big": 2**40,
            "Ratio": 0.5,
            "Nothing": None,
            "When": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "Long": timedelta(hours=25, seconds=1),
            "Id": UUID(int=7),
            "Kind": EnumValue("Microsoft.Rtc.Kind", "TeamsOnly", 6),
            "Names": ["a", "b"],
            "Inner": [PSObject(("Inner",), {"Name": "x"}, "the inner one")],
            "Only": PSObject(("Microsoft.Rtc.Identity",), {}, "Global"),
        },
        "all of it",
    )


class ConnectionCut:
    """Cuts the connection once, the first time that this moment comes."""

    def __init__(self, phase: str = "", request: str = "") -> None:
        self._waiting = (phase, request)
        self.struck = 0

    def __call__(self, moment: FaultPoint) -> str | None:
        if (moment.phase, moment.request) != self._waiting or not (moment.command or moment.request == "Command") or self.struck:
            return None
        self.struck += 1
        return "drop"


@asynccontextmanager
async def fake_powershell_host(
    folder: Path, village: FakePowerShellHost, faults: FaultHook | None = None, limits: ShellQuotas | None = None
) -> AsyncIterator[RemotingServer]:
    where = Folder(folder)
    make_certificates(where, datetime.now(UTC))
    remoting = await serve(village, ACCESS, server_tls_context(where), faults=faults, limits=limits)
    try:
        yield remoting
    finally:
        village.gate.set()
        await remoting.close()
