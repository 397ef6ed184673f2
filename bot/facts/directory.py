"""Microsoft Entra ID: the tenant's organization, its users and its groups."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from bot.calls import GraphCall, ReadCall
from bot.facts import GraphFact, GraphPart
from bot.facts.licences import LicenceState
from bot.facts.time import Timestamp
from bot.facts.types import Text, Texts, normalize_address

PAGE_SIZE = "999"  # the most that Graph returns on one page


def unresolved_only(value: object) -> object:
    """serviceProvisioningErrors keeps errors that were repaired long ago: only open entries count."""
    return [entry for entry in value if not (isinstance(entry, Mapping) and entry.get("isResolved"))] if isinstance(value, list) else value


class ProvisioningError(GraphPart):
    """onPremisesProvisioningErrors: a reason why the directory refused what was synchronised."""

    category: str = ""
    property_causing_error: Text = ""
    value: Text = ""


class ServiceError(GraphPart):
    """serviceProvisioningErrors: a service that could not take the user in."""

    service_instance: Text = ""


OpenErrors = Annotated[tuple[ServiceError, ...], BeforeValidator(unresolved_only)]


class _PerUser(GraphFact):
    """Properties of one user, by object id. A sign-in name alone may be another account's.

    https://learn.microsoft.com/graph/api/user-get
    """

    match_on = ("id",)
    id: str

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [cls.select(GraphCall("GET", f"/users/{key}")) for key in keys]


class DirectoryUser(_PerUser):
    """The user in Entra, with licences and provisioning errors."""

    on_premises_sync_enabled: bool | None = None
    usage_location: Text = ""
    account_enabled: bool | None = None
    on_premises_provisioning_errors: tuple[ProvisioningError, ...] = ()
    service_provisioning_errors: OpenErrors = ()
    license_assignment_states: tuple[LicenceState, ...] = ()

    @property
    def licence_changed_at(self) -> float | None:
        """The time of the last change to a licence, in seconds since 1970."""
        times = [state.last_updated_date_time for state in self.license_assignment_states]
        return max((time.timestamp() for time in times if time), default=None)


class SourceAnchor(_PerUser):
    """The immutable id that links a user in Entra to an account on premises.

    By default it is the account's objectGUID: its bytes in Base64.
    """

    on_premises_immutable_id: Text = ""

    @property
    def guid(self) -> str:
        """The objectGUID; empty where the id cannot be one."""
        try:
            return str(UUID(bytes_le=b64decode(self.on_premises_immutable_id, validate=True)))
        except ValueError:
            return ""


class SignInActivity(GraphPart):
    """signInActivity: sign-ins to Microsoft 365 as a whole; there is nothing for Teams alone.

    https://learn.microsoft.com/graph/api/resources/signinactivity
    """

    last_sign_in_date_time: Timestamp = None
    last_non_interactive_sign_in_date_time: Timestamp = None


class SignIn(_PerUser):
    """The last sign-ins of a user. Reading them takes AuditLog.Read.All and Entra ID P1."""

    sign_in_activity: SignInActivity | None = None

    def latest(self) -> datetime | None:
        """The newest sign-in of either kind."""
        seen = self.sign_in_activity or SignInActivity()
        known = [at for at in (seen.last_sign_in_date_time, seen.last_non_interactive_sign_in_date_time) if at]
        return max(known, default=None)


class Organization(GraphFact):
    """The tenant's organization and its synchronisation.

    https://learn.microsoft.com/graph/api/organization-list
    """

    source = GraphCall("GET", "/organization")
    must_exist = True
    id: str
    display_name: Text = ""
    on_premises_sync_enabled: bool | None = None
    on_premises_last_sync_date_time: Text = ""


class EntraGroup(GraphFact):
    """A group in Entra, by `name` or by `id`; several may share a name.

    https://learn.microsoft.com/graph/api/group-list
    """

    id: str
    display_name: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        if "id" in about:
            return cls.select(GraphCall("GET", f"/groups/{about['id']}"))
        quoted = about["name"].replace("'", "''")  # OData doubles the quote
        return cls.select(GraphCall("GET", "/groups", {"$filter": f"displayName eq '{quoted}'"}))


class GroupMember(GraphFact):
    """A member of the `group` with this id, directly or through groups inside it. Only people have a sign-in name.

    https://learn.microsoft.com/graph/api/group-list-transitivemembers
    """

    id: str
    user_principal_name: Text = ""
    im_addresses: Annotated[tuple[str, ...], BeforeValidator(lambda value: value or ())] = Field(default=())

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return cls.select(GraphCall("GET", f"/groups/{about['group']}/transitiveMembers", {"$top": PAGE_SIZE}))

    def address(self) -> str:
        """The SIP address where there is one, else the sign-in name: lower case, without "sip:". Empty = no person."""
        return normalize_address(self.im_addresses[0] if self.im_addresses else self.user_principal_name)


class CloudAccount(GraphFact):
    """A user in Entra with the properties that a comparison of both directories takes.

    `deleted="yes"` reads deleted users instead, which can be restored for 30 days. assignedPlans is left out on purpose: it makes a
    user fifteen times as heavy.
    https://learn.microsoft.com/graph/api/user-list, https://learn.microsoft.com/graph/api/directory-deleteditems-list
    """

    id: str
    user_principal_name: Text = ""
    account_enabled: bool | None = None
    on_premises_sync_enabled: bool | None = None
    on_premises_immutable_id: Text = ""
    on_premises_security_identifier: Text = ""
    im_addresses: Texts = ()
    proxy_addresses: Texts = ()
    on_premises_provisioning_errors: tuple[ProvisioningError, ...] = ()
    service_provisioning_errors: OpenErrors = ()

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        path = "/directory/deletedItems/graph.user" if about.get("deleted") else "/users"
        return cls.select(GraphCall("GET", path, {"$top": PAGE_SIZE}))

    def addresses(self) -> set[str]:
        """Every SIP address of this user."""
        return {normalize_address(one) for one in (*self.im_addresses, *(one for one in self.proxy_addresses if one[:4].lower() == "sip:"))}

    def errors(self) -> str:
        """The errors of directory and services about this user, in one line."""
        refused = [f"{one.property_causing_error} {one.value}" for one in self.on_premises_provisioning_errors]
        return "; ".join([*refused, *(one.service_instance for one in self.service_provisioning_errors)])
