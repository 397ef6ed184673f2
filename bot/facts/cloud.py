"""The cloud's side of the facts: what Microsoft Graph tells, and `Cloud`, the hosts and rules that the configuration knows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from bot.calls import GraphCall, Look, Row, Setting
from bot.facts import Fact, Text


class Cloud(Fact):
    """What differs from cloud to cloud, and what the deployment chose. The defaults are those of the commercial cloud."""

    model_config = ConfigDict(extra="forbid", alias_generator=None)

    proxy_fqdn: str = "sipfed.online.lync.com"  # the hosting provider, and HostingProvider of everybody homed online
    autodiscover_url: str = "https://webdir.online.lync.com/Autodiscover/AutodiscoverService.svc/root"
    sip_fqdn: str = "sipdir.online.lync.com"  # where clients sign in
    provider_name: str = "Office365"  # Identity of a hosting provider that has to be created
    admin: str = "cloud-admin"  # name of the secret account that moves people: no MFA, no conditional access
    own_suffixes: tuple[str, ...] = (".onmicrosoft.com", ".onmicrosoft.us", ".partner.onmschina.cn")  # domains that every tenant has
    # Service plan ids, any of which will do. Names: Microsoft's "product names and service plan identifiers".
    teams_plans: tuple[str, ...] = (
        *("57ff2da0-773e-42df-b2af-ffb7a2317929", "304767db-7d23-49e8-a945-4a7eb65f9f28"),
        *("9953b155-8aef-4c56-92f3-72b0487fce41", "fd500458-c24c-478e-856c-a6067a8376cd"),  # GCC High, DoD
    )
    skype_plans: tuple[str, ...] = ("0feaeb32-d00e-4d66-bd5a-43b5b83db82c", "a31ef4a2-f787-435e-8335-e47eb0cafc94")
    phone_plans: tuple[str, ...] = ("4828c8ec-dc2e-4779-b502-87ac9ce28ab7", "db23fce2-a974-42ef-9002-d78dd42a0f22")
    audio_plans: tuple[str, ...] = ("3e26ee1f-8a5f-4d52-aee2-b81ce45c8f40", "f544b08d-1645-4287-82de-8d91f37c02a1")
    # Older servers cannot move anybody: https://learn.microsoft.com/skypeforbusiness/hybrid/plan-hybrid-connectivity
    minimum_builds: Mapping[str, str] = {"5.0": "5.0.8308.1182", "6.0": "6.0.9319.619", "7.0": "7.0.2046.385"}
    minimum_module: str = "6.2.1"
    last_module_for_all: str = "7.1"  # newer MicrosoftTeams modules break Move-CsUser …
    build_for_newer_modules: str = "7.0.2046.849"  # … on servers below this one (KB5090660)
    exchange_online: str = "https://outlook.office365.com"
    exchange_autodiscover: str = "https://autodiscover-s.outlook.com/autodiscover/autodiscover.svc"
    access_control: str = "https://accounts.accesscontrol.windows.net"  # tokens between servers
    federation_metadata: str = "https://login.windows.net"  # tokens for people; other clouds: login.microsoftonline.us, …
    override_url: str = ""  # -HostedMigrationOverrideUrl
    proxy_pool: str = ""  # -ProxyPool
    export_folder: str = ""  # of the server that moves people: where their contacts and conferences are saved before a move
    domain_controllers: Mapping[str, str] = {}  # AD domain -> domain controller, for people outside the servers' own domain

    @classmethod
    def call(cls, **about: str) -> Look:
        return Setting("cloud")


class GraphFact(Fact):
    """A fact of Microsoft Graph: properties in camel case, one request per object id."""

    model_config = ConfigDict(alias_generator=to_camel)


def resolved_is_no_error(value: object) -> object:
    """serviceProvisioningErrors keeps what is long repaired: only open entries count."""
    return [entry for entry in value if not (isinstance(entry, Mapping) and entry.get("isResolved"))] if isinstance(value, list) else value


class ProvisioningError(BaseModel):
    """onPremisesProvisioningErrors: why the directory refused what was synchronised."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)
    category: str = ""
    property_causing_error: Text = ""
    value: Text = ""


class ServiceError(BaseModel):
    """serviceProvisioningErrors: a service that could not take the user in."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)
    service_instance: Text = ""
    is_resolved: bool = False


class LicenceState(BaseModel):
    """licenseAssignmentStates: one licence in one way that it came. `assigned_by_group` empty = directly."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)
    sku_id: str
    disabled_plans: tuple[str, ...] = ()
    assigned_by_group: Text = ""
    state: Text = ""  # Active, ActiveWithError, Disabled, Error
    error: Text = ""
    last_updated_date_time: datetime | None = None


class DirectoryUser(GraphFact):
    """The user in Entra, by object id: a UPN alone may be somebody else's."""

    keys: ClassVar[tuple[str, ...]] = ("id",)
    id: str
    on_premises_sync_enabled: bool | None = None
    usage_location: Text = ""
    account_enabled: bool | None = None
    on_premises_provisioning_errors: tuple[ProvisioningError, ...] = ()
    service_provisioning_errors: Annotated[tuple[ServiceError, ...], BeforeValidator(resolved_is_no_error)] = ()
    license_assignment_states: tuple[LicenceState, ...] = ()

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[Look]:
        return [GraphCall("GET", f"/users/{key}", {"$select": ",".join(cls.picked())}) for key in keys]

    @property
    def licensed_at(self) -> float | None:
        """When a licence was last given or changed, in seconds since 1970."""
        times = [state.last_updated_date_time for state in self.license_assignment_states]
        return max((time.timestamp() for time in times if time), default=None)


class Licences(GraphFact):
    """The service plans of one user: id -> provisioningStatus. Somebody without any licence has an empty map."""

    keys: ClassVar[tuple[str, ...]] = ("id",)
    plans: Mapping[str, str] = {}

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[Look]:
        return [GraphCall("GET", f"/users/{key}/licenseDetails", {"$select": "servicePlans"}) for key in keys]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Self:
        """Two licences may hold the same plan: what works in one of them works."""
        plans: dict[str, str] = {}
        for plan in (plan for row in rows for plan in _Details.model_validate(row).service_plans):
            if plans.get(plan.service_plan_id) != "Success":
                plans[plan.service_plan_id] = plan.provisioning_status
        return cls(plans=plans)


class _ServicePlan(BaseModel):
    model_config = ConfigDict(extra="ignore", alias_generator=to_camel)
    service_plan_id: str
    provisioning_status: str


class _Details(BaseModel):
    model_config = ConfigDict(extra="ignore", alias_generator=to_camel)
    service_plans: tuple[_ServicePlan, ...]


class Domain(GraphFact):
    """A domain of the tenant; its id is its name."""

    everywhere: ClassVar[bool] = True
    id: str
    is_verified: bool
    is_initial: bool = False

    @classmethod
    def call(cls, **about: str) -> Look:
        return GraphCall("GET", "/domains", {"$select": ",".join(cls.picked())})


class Organization(GraphFact):
    """The tenant itself and whether it is synchronised."""

    everywhere: ClassVar[bool] = True
    id: str
    display_name: Text = ""
    on_premises_sync_enabled: bool | None = None
    on_premises_last_sync_date_time: Text = ""

    @classmethod
    def call(cls, **about: str) -> Look:
        return GraphCall("GET", "/organization", {"$select": ",".join(cls.picked())})


class Units(BaseModel):
    """prepaidUnits of a subscription."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)
    enabled: int = 0


class PlanOfSku(BaseModel):
    """One service plan inside a subscription."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)
    service_plan_id: str
    service_plan_name: Text = ""
    applies_to: Text = ""


class SubscribedSku(GraphFact):
    """One subscription of the tenant. Decide by service plan ids, never by its name."""

    sku_id: str
    sku_part_number: Text = ""
    capability_status: Text = ""
    applies_to: Text = ""
    consumed_units: int = 0
    prepaid_units: Units = Units()
    service_plans: tuple[PlanOfSku, ...] = ()

    @classmethod
    def call(cls, **about: str) -> Look:
        return GraphCall("GET", "/subscribedSkus", {"$select": ",".join(cls.picked())})

    @property
    def is_usable(self) -> bool:
        """Whether it can be given to people at all."""
        return self.capability_status in ("Enabled", "Warning") and self.applies_to == "User"

    @property
    def free(self) -> int:
        return max(0, self.prepaid_units.enabled - self.consumed_units)

    def holds(self, plans: Sequence[str]) -> bool:
        """Whether one of these service plans is in it."""
        return any(plan.service_plan_id in plans for plan in self.service_plans)


class Group(GraphFact):
    """An Entra group, by `name` or by `id`; several may share a name."""

    id: str
    display_name: Text = ""

    @classmethod
    def call(cls, **about: str) -> Look:
        select = {"$select": ",".join(cls.picked())}
        if "id" in about:
            return GraphCall("GET", f"/groups/{about['id']}", select)
        quoted = about["name"].replace("'", "''")  # OData doubles the quote
        return GraphCall("GET", "/groups", {"$filter": f"displayName eq '{quoted}'", **select})


class Member(GraphFact):
    """Whoever is in a `group`, asked for by its id, directly or through groups inside it. Only people have a sign-in name."""

    id: str
    user_principal_name: Text = ""
    im_addresses: Annotated[tuple[str, ...], BeforeValidator(lambda value: value or ())] = Field(default=())

    @classmethod
    def call(cls, **about: str) -> Look:
        query = {"$select": ",".join(cls.picked()), "$top": "999"}
        return GraphCall("GET", f"/groups/{about['group']}/transitiveMembers", query)

    def address(self) -> str:
        """The SIP address where there is one, else the sign-in name: lower case, without "sip:". Empty = no person."""
        return (self.im_addresses[0] if self.im_addresses else self.user_principal_name).lower().removeprefix("sip:")
