"""Directory synchronisation: Entra Connect itself, and every account on both sides in the few properties that a comparison needs."""

from collections.abc import Sequence
from typing import ClassVar

from bot.calls import Cmdlet, GraphCall, LocalSource, ReadCall, where
from bot.facts import Fact, GraphFact
from bot.facts.directory import OpenErrors, ProvisioningError
from bot.facts.time import Timestamp
from bot.facts.types import SipAddress, Text, Texts, normalize_address

PAGE_SIZE = "999"  # that Graph gives on one page


class SyncRules(Fact):
    """What the deployment says of its synchronisation. The build of Entra Connect cannot be read from afar."""

    connect_build: str = ""  # as "Programs and Features" shows it; empty = nobody has said

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return LocalSource("sync")


class SyncScheduler(Fact):
    """Get-ADSyncScheduler: what Entra Connect does by itself, and whether a cycle runs just now."""

    sync_cycle_enabled: bool
    staging_mode_enabled: bool
    scheduler_suspended: bool
    sync_cycle_in_progress: bool
    maintenance_enabled: bool = True

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sync", "Get-ADSyncScheduler", pick=cls.property_names())


class RunningConnector(Fact):
    """Get-ADSyncConnectorRunStatus: a connector at work; idle ones are not told."""

    connector_name: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sync", "Get-ADSyncConnectorRunStatus", pick=cls.property_names())


class SyncRun(Fact):
    """Get-ADSyncRunProfileResult: one of the last runs, the newest first."""

    connector_name: Text
    run_profile_name: Text
    result: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sync", "Get-ADSyncRunProfileResult", {"NumberRequested": 10}, pick=cls.property_names())


class OnPremAccount(Fact):
    """Get-CsUser for everybody in all pools, in what is needed to find them in the cloud."""

    must_exist: ClassVar[bool] = True
    sip_address: SipAddress
    user_principal_name: Text = ""
    guid: Text = ""
    sid: Text = ""
    originator_sid: Text = ""  # in a resource forest, the account that signs in
    when_changed: Timestamp = None

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", "Get-CsUser", {"ResultSize": "Unlimited"}, pick=cls.property_names())


class CloudAccount(GraphFact):
    """Everybody in Entra; `deleted="yes"`: those in the bin, from where they can be restored for 30 days.

    assignedPlans is left out on purpose: it makes a user fifteen times as heavy.
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
        return GraphCall("GET", path, {"$select": ",".join(cls.property_names()), "$top": PAGE_SIZE})

    def addresses(self) -> set[str]:
        """Every SIP address that this user holds."""
        return {normalize_address(one) for one in (*self.im_addresses, *(one for one in self.proxy_addresses if one[:4].lower() == "sip:"))}

    def errors(self) -> str:
        """What the directory or a service could not take in, in one line."""
        met = [f"{one.property_causing_error} {one.value}" for one in self.on_premises_provisioning_errors]
        return "; ".join([*met, *(one.service_instance for one in self.service_provisioning_errors)])


class InvalidUser(Fact):
    """Get-CsOnlineUser for those whom Teams could not take in as they are."""

    identity: Text
    user_validation_errors: Texts

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        some = where("UserValidationErrors", "ne", None)
        return Cmdlet("teams", "Get-CsOnlineUser", {"Filter": some}, pick=cls.property_names())


def latest_runs(runs: Sequence[SyncRun]) -> dict[tuple[str, str], SyncRun]:
    """The last run of each profile of each connector."""
    latest: dict[tuple[str, str], SyncRun] = {}
    for run in runs:
        latest.setdefault((run.connector_name, run.run_profile_name), run)
    return latest
