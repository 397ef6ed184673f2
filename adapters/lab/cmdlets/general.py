"""Cmdlets of PowerShell itself that a session on these machines needs."""

from collections.abc import Iterator

from adapters.lab.cmdlets.registry import CmdletCall, CmdletOutput, cmdlet
from adapters.lab.powershell.common_objects import ps_object
from adapters.lab.powershell.values import PSObject, VersionValue

CORE, UTILITY = "Microsoft.PowerShell.Core", "Microsoft.PowerShell.Utility"
INSTALLED: dict[str, dict[str, tuple[str, ...]]] = {
    "sfb": {"SkypeForBusiness": ("7.0.0.0",)},
    "mover": {"SkypeForBusiness": ("7.0.0.0",)},
    "teams": {"MicrosoftTeams": ("6.6.0",)},
    "sync": {"ADSync": ("1.0.0.0",)},
    "exchange": {"ExchangePowerShell": ("15.2",)},
}


@cmdlet("Get-Module", CORE)
def get_module(call: CmdletCall) -> Iterator[CmdletOutput]:
    """With or without -ListAvailable: the endpoints have everything loaded. Silent about a module that is not there, as the real one."""
    installed = dict(INSTALLED[call.endpoint])
    if call.endpoint == "mover":
        installed["MicrosoftTeams"] = call.world.mover.modules
    asked = call.bound.get("Name")
    names = [str(name).lower() for name in (asked if isinstance(asked, list | tuple) else [asked])] if asked else None
    for name, versions in installed.items():
        if names is None or name.lower() in names or "*" in names:
            yield from (_module(name, version) for version in reversed(versions))


def _module(name: str, version: str) -> PSObject:
    return ps_object(
        "System.Management.Automation.PSModuleInfo",
        name,
        Name=name,
        Version=VersionValue(version),
        ModuleType="Script",
        ModuleBase=f"C:\\Program Files\\WindowsPowerShell\\Modules\\{name}\\{version}",
    )


@cmdlet("Import-Module", CORE)
def import_module(call: CmdletCall) -> Iterator[CmdletOutput]:
    asked = call.bound["Name"]
    for name in asked if isinstance(asked, list | tuple) else [asked]:
        if str(name).lower() not in [known.lower() for known in INSTALLED[call.endpoint]] and str(name) != "MicrosoftTeams":
            text = f"The specified module '{name}' was not loaded because no valid module file was found in any module directory."
            yield call.error(text, "Modules_ModuleNotFound", str(name), 13)


@cmdlet("Get-Date", UTILITY)
def get_date(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield call.now.isoformat()


@cmdlet("Out-Null", CORE)
def out_null(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield from ()
