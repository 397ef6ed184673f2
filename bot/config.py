"""What a deployment may choose. Settings come from a TOML file and the environment; secrets only as references."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from bot.calls import EndpointName
from bot.errors import ConfigurationError
from bot.facts.cloud import Cloud

Guid = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]
PrincipalId = Annotated[  # in capitals too, as some consoles show ids
    str, Field(pattern=r"^(group:)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"), AfterValidator(str.lower)
]
HttpsUrl = Annotated[str, Field(pattern=r"^https://[^\s/]+")]


#: The new names of settings, by the old.
RENAMED = {
    "bot.kind": "bot.auth",
    "graph.kind": "graph.auth",
    "places": "endpoints",
    "at_once": "concurrency",
    "brake": "max_consecutive_failures",
    "hurry": "time_factor",
}


def _reference(text: str) -> str:
    if text.startswith(("env:", "file:")):
        return text
    raise ValueError("must be a reference: env:NAME of an environment variable or file:/path of a file; never the secret itself")


SecretReference = Annotated[str, AfterValidator(_reference)]


def secret(reference: SecretReference) -> str:
    """The secret behind a reference. Raises `ConfigurationError` that names the reference, never the value."""
    kind, _, name = reference.partition(":")
    try:
        return os.environ[name] if kind == "env" else Path(name).read_text().strip()
    except (KeyError, OSError):
        raise ConfigurationError(f"{reference}: nothing is there; set the environment variable or create the file") from None


def required_secret(name: str, reference: SecretReference | None) -> str:
    """The secret of the setting `name`. Raises `ConfigurationError` where the setting, or what it refers to, is missing."""
    if reference is None:
        raise ConfigurationError(f"{name}: is missing; give a reference, env:NAME or file:/path")
    return secret(reference)


def required_text(name: str, file: Path | None) -> str:
    """The content of the file that the setting `name` gives. Raises `ConfigurationError` where it is missing."""
    if file is None or not file.is_file():
        raise ConfigurationError(f"{name}: is missing or no file; give the path of a PEM file")
    return file.read_text()


class Section(BaseModel):
    """A group of settings; an unknown name in it is an error, not a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BotIdentity(Section):
    """How the bot is known to the Bot Framework. With `none` it asks nobody for a token: for the lab alone."""

    auth: Literal["secret", "certificate", "identity", "none"] = "secret"
    app_id: str = ""
    secret: SecretReference | None = None
    certificate: Path | None = None  # PEM with certificate
    key: SecretReference | None = None  # PEM of the private key
    channel: Literal["public", "us government"] = "public"  # whose signature deliveries carry
    service_hosts: tuple[str, ...] = ("smba.trafficmanager.net",)
    file_hosts: tuple[str, ...] = ("sharepoint.com",)  # where people's own files are: long lists are put there, lists of people fetched


class GraphAccess(Section):
    """The app registration that reads and writes Microsoft Graph, and the cloud's hosts."""

    root: HttpsUrl = "https://graph.microsoft.com"
    login: HttpsUrl = "https://login.microsoftonline.com"
    client_id: str = ""
    auth: Literal["secret", "certificate", "identity"] = "certificate"
    secret: SecretReference | None = None
    certificate: Path | None = None
    key: SecretReference | None = None
    ca: Path | None = None  # only where the hosts are not publicly trusted
    known_authority: bool = True  # False: do not ask Microsoft whether the login host exists (private clouds)


class Remoting(Section):
    """One remote PowerShell endpoint."""

    url: HttpsUrl
    configuration: str = "Microsoft.PowerShell"
    auth: Literal["basic", "certificate", "kerberos", "negotiate"] = "negotiate"
    user: str = ""
    password: SecretReference | None = None
    certificate: Path | None = None
    key: Path | None = None
    ca: Path | None = None
    sessions: int = Field(default=2, ge=1, le=25)
    seconds: int = Field(default=900, ge=1)  # a call is stopped at the far end after this long
    call_is_over_after: float = Field(default=900, gt=0)  # seconds after which a lost call has surely ended
    connect: dict[str, str] = {}  # parameters of Connect-MicrosoftTeams for an app with certificate, where the place needs it


class Dns(Section):
    """Public resolvers, as address or address:port; `authoritative` overrides the zone's own servers."""

    public: tuple[str, ...] = ("1.1.1.1", "8.8.8.8")
    authoritative: tuple[str, ...] = ()


class Sync(Section):
    """Directory synchronisation, in what nothing remote tells."""

    connect_build: str = ""  # of Microsoft Entra Connect Sync, as "Programs and Features" shows it


class Rights(Section):
    """Who may look, ask and approve: object ids of people, or `group:` and the id of an Entra group."""

    look: tuple[PrincipalId, ...] = ()
    ask: tuple[PrincipalId, ...] = ()
    approve: tuple[PrincipalId, ...] = ()


class Account(Section):
    """A named account that a step passes on, such as the cloud administrator of Move-CsUser."""

    user: str
    password: SecretReference


class AuditChannel(Section):
    """The team channel where everybody sees what is asked, agreed and done."""

    id: str
    service_url: str = ""  # learned from the conversation where it is empty


class Settings(BaseSettings):
    """Everything. Environment variables are `SWITCHOVER_` and the path with double underscores: SWITCHOVER_GRAPH__CLIENT_ID."""

    model_config = SettingsConfigDict(env_prefix="SWITCHOVER_", env_nested_delimiter="__", extra="forbid", frozen=True)

    tenant: Guid
    records: Path = Path("switchover.sqlite")
    host: str = "127.0.0.1"
    port: int = Field(default=3978, ge=0, le=65535)
    bot: BotIdentity
    graph: GraphAccess
    endpoints: dict[EndpointName, Remoting]
    dns: Dns = Dns()
    cloud: Cloud = Cloud()
    sync: Sync = Sync()
    accounts: dict[str, Account] = {}
    rights: Rights
    audit_channel: AuditChannel
    approval_above: int = Field(default=0, ge=0)  # of people; above it a second person is asked. 0 = always
    concurrency: int = Field(default=5, ge=1, le=25)  # moves in flight; Microsoft's own script stays at 25
    max_consecutive_failures: int = Field(default=3, ge=1)  # failures in a row after which a run pauses itself
    card_seconds: float = Field(default=2.0, gt=0)  # a card is edited at most this often
    time_factor: float = Field(default=1.0, gt=0)  # divides the bot's own waits
    banner: str = ""  # a word on every card
    #: of the team channel; people are answered in their own
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = settings_cls.model_config.get("toml_file")
        return (init_settings, env_settings, *((TomlConfigSettingsSource(settings_cls),) if file else ()))


def load(file: Path | None) -> Settings:
    """Settings from a TOML file and the environment. Raises `ConfigurationError` with one line per wrong or missing value."""
    if file and not file.is_file():
        raise ConfigurationError(f"{file}: no such file; name a TOML file with --config")

    if found := _renamed_variables():
        raise ConfigurationError("\n".join(found))

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    try:
        settings = FromFile()  # type: ignore[call-arg]  # the values come from the file and the environment
    except ValidationError as error:
        raise ConfigurationError("\n".join(_line(problem["loc"], _words(problem)) for problem in error.errors())) from None
    if settings.bot.auth == "none":  # behind a proxy every request would come from loopback
        raise ConfigurationError(_line(("bot", "auth"), "no token would be checked; should be secret, certificate or identity"))
    return settings


def _words(problem: ErrorDetails) -> str:
    """What is wrong with one setting; where it only has an old name, the new one."""
    name = ".".join(map(str, problem["loc"]))
    return f"is called {RENAMED[name]} now" if name in RENAMED else problem["msg"]


def _renamed_variables() -> list[str]:
    """The environment is searched for known settings only, so that an old name in it would be passed over in silence."""
    variables = {old: f"SWITCHOVER_{old.upper().replace('.', '__')}" for old in RENAMED}
    return [
        _line(tuple(old.split(".")), f"is called {RENAMED[old]} now")
        for old, variable in variables.items()
        if any(name == variable or name.startswith(f"{variable}__") for name in map(str.upper, os.environ))
    ]


def _line(where: tuple[int | str, ...], message: str) -> str:
    name = ".".join(str(part) for part in where)
    return f"{name} (SWITCHOVER_{'__'.join(str(part) for part in where).upper()}): {message}"
