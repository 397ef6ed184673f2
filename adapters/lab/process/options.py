"""What a lab may be started with, and what its estate says about itself once it runs."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.lab.estate.initial_state import Stage
from adapters.lab.process.folder import Folder, LabError
from adapters.lab.process.ports import any_port, free_port
from bot.calls import Json
from bot.i18n import say

ServerName = Literal["lease", "control", "remoting", "graph", "dns"]
FIXED = ("users", "seed", "estate")  # an estate is made with these once


class LabOptions(BaseModel):
    """Waits are real seconds; `time_factor` divides the documented ones."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    users: int = Field(default=60, ge=1, le=200_000)
    seed: int = 1
    estate: Stage = "ready"
    move_latency: float = Field(default=1.0, ge=0)
    concurrency: int = Field(default=5, ge=1, le=25)
    time_factor: float = Field(default=60.0, ge=1)
    export_folder: str = ""
    #: Of the bot
    port: int = Field(ge=1, le=65535)


class EstateProcess(BaseModel):
    """The estate as it runs: its process, the port of each of its servers, and the options that it runs with."""

    model_config = ConfigDict(frozen=True)

    pid: int
    ports: dict[ServerName, int]
    options: LabOptions


def resolve_options(folder: Folder, given: dict[str, Json]) -> LabOptions:
    """What was given, else what the folder was last started with, else the defaults. Noted for the next start.

    Raises `LabError` for a value that cannot be, and for another estate than the one that is there.
    """
    noted = folder.read_json(folder.origin_file)
    for name in FIXED:
        if noted and name in given and given[name] != noted.get(name):
            was = f"--{name} {noted.get(name)}"
            raise LabError(say("the estate in {folder} was made with {was}; --fresh forgets it", folder=str(folder.path), was=was))
    try:
        options = LabOptions.model_validate({**noted, "port": _port(noted.get("port")), **given})
    except ValidationError as error:
        problem = error.errors()[0]
        raise LabError(say("--{option}: {problem}", option=str(problem["loc"][0]).replace("_", "-"), problem=problem["msg"])) from None
    folder.write_json(folder.origin_file, options.model_dump())
    return options


def _port(before: Json) -> int:
    """Where nobody says otherwise: the same as last time, else what Bot Framework tools expect, else any."""
    return (free_port(before) if isinstance(before, int) else 0) or free_port(3978) or any_port()


def last_process(folder: Folder) -> EstateProcess | None:
    """The estate that was last started in this folder, running or not."""
    try:
        return EstateProcess.model_validate(folder.read_json(folder.process_file))
    except ValidationError:
        return None
