"""What Entra knows: the tenant itself, its users and its groups."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BeforeValidator, Field

from bot.calls import GraphCall, ReadCall
from bot.facts import GraphFact, GraphPart
from bot.facts.licences import LicenceState
from bot.facts.types import Text, normalize_address


def unresolved_only(value: object) -> object:
    """serviceProvisioningErrors keeps what is long repaired: only open entries count."""
    return [entry for entry in value if not (isinstance(entry, Mapping) and entry.get("isResolved"))] if isinstance(value, list) else value


class ProvisioningError(GraphPart):
    """onPremisesProvisioningErrors: why the directory refused what was synchronised."""

    category: str = ""
    property_causing_error: Text = ""
    value: Text = ""


class ServiceError(GraphPart):
    """serviceProvisioningErrors: a service that could not take the user in."""

    service_instance: Text = ""


OpenErrors = Annotated[tuple[ServiceError, ...], BeforeValidator(unresolved_only)]


class DirectoryUser(GraphFact):
    """The user in Entra, by object id: a UPN alone may be somebody else's."""

    match_on: ClassVar[tuple[str, ...]] = ("id",)
    id: str
    on_premises_sync_enabled: bool | None = None
    usage_location: Text = ""
    account_enabled: bool | None = None
    on_premises_provisioning_errors: tuple[ProvisioningError, ...] = ()
    service_provisioning_errors: OpenErrors = ()
    license_assignment_states: tuple[LicenceState, ...] = ()

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [GraphCall("GET", f"/users/{key}", {"$select": ",".join(cls.property_names())}) for key in keys]

    @property
    def licence_changed_at(self) -> float | None:
        """When a licence was last given or changed, in seconds since 1970."""
        times = [state.last_updated_date_time for state in self.license_assignment_states]
        return max((time.timestamp() for time in times if time), default=None)


class SourceAnchor(GraphFact):
    """By which account on premises a user in Entra was made: the bytes of its objectGUID in Base64, where nobody has chosen another one."""

    match_on: ClassVar[tuple[str, ...]] = ("id",)
    id: str
    on_premises_immutable_id: Text = ""

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [GraphCall("GET", f"/users/{key}", {"$select": ",".join(cls.property_names())}) for key in keys]

    @property
    def guid(self) -> str:
        """The objectGUID, or empty where it cannot be one."""
        try:
            return str(UUID(bytes_le=b64decode(self.on_premises_immutable_id, validate=True)))
        except ValueError:
            return ""


class Organization(GraphFact):
    """The tenant itself and whether it is synchronised."""

    must_exist: ClassVar[bool] = True
    id: str
    display_name: Text = ""
    on_premises_sync_enabled: bool | None = None
    on_premises_last_sync_date_time: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return GraphCall("GET", "/organization", {"$select": ",".join(cls.property_names())})


class EntraGroup(GraphFact):
    """An Entra group, by `name` or by `id`; several may share a name."""

    id: str
    display_name: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        select = {"$select": ",".join(cls.property_names())}
        if "id" in about:
            return GraphCall("GET", f"/groups/{about['id']}", select)
        quoted = about["name"].replace("'", "''")  # OData doubles the quote
        return GraphCall("GET", "/groups", {"$filter": f"displayName eq '{quoted}'", **select})


class GroupMember(GraphFact):
    """Whoever is in a `group`, asked for by its id, directly or through groups inside it. Only people have a sign-in name."""

    id: str
    user_principal_name: Text = ""
    im_addresses: Annotated[tuple[str, ...], BeforeValidator(lambda value: value or ())] = Field(default=())

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        query = {"$select": ",".join(cls.property_names()), "$top": "999"}
        return GraphCall("GET", f"/groups/{about['group']}/transitiveMembers", query)

    def address(self) -> str:
        """The SIP address where there is one, else the sign-in name: lower case, without "sip:". Empty = no person."""
        return normalize_address(self.im_addresses[0] if self.im_addresses else self.user_principal_name)
