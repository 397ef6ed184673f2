"""Exchange on premises, as far as its OAuth trusts go: certificate, auth servers, partner applications, connectors, and the test."""

from typing import Any, ClassVar

from bot.calls import Cmdlet, LocalSource, ReadCall, where
from bot.facts import Fact
from bot.facts.time import Timestamp
from bot.facts.types import Flag, NonEmptyText, Text, Texts

EWS = "/ews/exchange.asmx"


def _read(fact: type[Fact], name: str, **parameters: Any) -> ReadCall:
    return Cmdlet("exchange", name, parameters, pick=fact.property_names())


class ConfiguredEndpoint(Fact):
    """A place that the configuration tells how to reach."""

    place: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return LocalSource("places")


class AuthConfig(Fact):
    """Get-AuthConfig: which certificate signs the tokens of Exchange."""

    must_exist: ClassVar[bool] = True
    current_certificate_thumbprint: Text
    next_certificate_thumbprint: Text = ""
    next_certificate_effective_date: Timestamp = None

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Get-AuthConfig")


class ExchangeCertificate(Fact):
    """Get-ExchangeCertificate: the certificates of the server that answers."""

    thumbprint: NonEmptyText
    not_after: Timestamp

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Get-ExchangeCertificate")


class AuthServer(Fact):
    """Get-AuthServer: whose tokens Exchange takes. The dedicated hybrid app is named in ApplicationIdentifier."""

    identity: NonEmptyText
    enabled: bool
    auth_metadata_url: Text = ""
    application_identifier: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Get-AuthServer")


class PartnerApplication(Fact):
    """Get-PartnerApplication: who may call Exchange."""

    identity: NonEmptyText
    name: NonEmptyText
    application_identifier: Text = ""
    enabled: bool
    realm: Text = ""
    linked_account: Text = ""  # as whom it acts

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Get-PartnerApplication")


class IntraOrganizationConnector(Fact):
    """Get-IntraOrganizationConnector on premises: where to ask for mailboxes of these domains."""

    identity: NonEmptyText
    enabled: bool
    target_address_domains: Texts

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Get-IntraOrganizationConnector")


class IntraOrganizationConfiguration(Fact):
    """Get-IntraOrganizationConfiguration: the addresses of both sides, once the Hybrid Configuration Wizard has run."""

    on_premise_discovery_endpoint: Text = ""
    on_premise_web_service_endpoint: Text = ""
    online_target_address: Text = ""  # the tenant's coexistence domain, such as contoso.mail.onmicrosoft.com

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Get-IntraOrganizationConfiguration")


class AcceptedDomain(Fact):
    """Get-AcceptedDomain: the mail domains; `*.contoso.com` takes all below it."""

    domain_name: NonEmptyText
    default: Flag = False

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Get-AcceptedDomain")


class MailUser(Fact):
    """Get-MailUser -Filter: nobody of this `name` is an empty answer and no error."""

    name: Text
    hidden_from_address_lists_enabled: bool

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Get-MailUser", Filter=where("Name", "eq", about["name"]))


class RoleAssignment(Fact):
    """Get-ManagementRoleAssignment: who has the role `name`."""

    name: Text
    role_assignee_name: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Get-ManagementRoleAssignment", Role=about["name"])


class SampleMailbox(Fact):
    """Get-Mailbox: some mailboxes of people on premises, of which one will do for a test."""

    __test__ = False
    user_principal_name: Text
    primary_smtp_address: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Get-Mailbox", RecipientTypeDetails="UserMailbox", ResultSize=20)


class OAuthTest(Fact):
    """Test-OAuthConnectivity at `uri` with the mailbox `name`: several lines, each with its own result."""

    task: Text = ""
    detail: Text = ""
    result_type: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        target = about["uri"] + EWS
        return _read(cls, "Test-OAuthConnectivity", Service="EWS", TargetUri=target, Mailbox=about["name"], Confirm=False)
