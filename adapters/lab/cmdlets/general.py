"""Cmdlets of PowerShell itself that a session on these machines needs."""

from collections.abc import Iterator

from adapters.lab.cmdlets.registry import Call, ParsedCommand, cmdlet
from adapters.lab.powershell.common_objects import thing
from adapters.lab.powershell.values import Thing, Version

CORE, UTILITY = "Microsoft.PowerShell.Core", "Microsoft.PowerShell.Utility"
INSTALLED: dict[str, dict[str, tuple[str, ...]]] = {
    "sfb": {"SkypeForBusiness": ("7.0.0.0",)},
    "mover": {"SkypeForBusiness": ("7.0.0.0",)},
    "teams": {"MicrosoftTeams": ("6.6.0",)},
    "sync": {"ADSync": ("1.0.0.0",)},
    "exchange": {"ExchangePowerShell": ("15.2",)},
}


@cmdlet("Get-Module", CORE)
def get_module(call: Call) -> Iterator[ParsedCommand]:
    """With or without -ListAvailable: the endpoints have everything loaded. Silent about a module that is not there, as the real one."""
    installed = dict(INSTALLED[call.place])
    if call.place == "mover":
        installed["MicrosoftTeams"] = call.world.mover.modules
    asked = call.bound.get("Name")
    names = [str(name).lower() for name in (asked if isinstance(asked, list | tuple) else [asked])] if asked else None
    for name, versions in installed.items():
        if names is None or name.lower() in names or "*" in names:
            yield from (_module(name, version) for version in reversed(versions))


def _module(name: str, version: str) -> Thing:
    return thing(
        "System.Management.Automation.PSModuleInfo",
        name,
        Name=name,
        Version=Version(version),
        ModuleType="Script",
        ModuleBase=f"C:\\Program Files\\WindowsPowerShell\\Modules\\{name}\\{version}",
    )


@cmdlet("Import-Module", CORE)
def import_module(call: Call) -> Iterator[ParsedCommand]:
    asked = call.bound["Name"]
    for name in asked if isinstance(asked, list | tuple) else [asked]:
        if str(name).lower() not in [known.lower() for known in INSTALLED[call.place]] and str(name) != "MicrosoftTeams":
            text = f"The specified module '{name}' was not loaded because no valid module file was found in any module directory."
            yield call.refused(text, "Modules_ModuleNotFound", str(name), 13)


@cmdlet("Get-Date", UTILITY)
def get_date(call: Call) -> Iterator[ParsedCommand]:
    yield call.now.isoformat()


@cmdlet("Out-Null", CORE)
def out_null(call: Call) -> Iterator[ParsedCommand]:
    yield from ()
