"""Exchange on premises, as far as its OAuth trusts go: certificates, auth servers, partner applications, connectors and the test."""

from bot.calls import Cmdlet, ReadCall, Value
from bot.facts import Fact
from bot.facts.time import Timestamp
from bot.facts.types import Flag, NonEmptyText, Text, Texts

EWS = "/ews/exchange.asmx"


class AuthConfig(Fact):
    """Get-AuthConfig: the certificates that sign the tokens of Exchange.

    https://learn.microsoft.com/powershell/module/exchangepowershell/get-authconfig
    """

    source = Cmdlet("exchange", "Get-AuthConfig")
    must_exist = True
    current_certificate_thumbprint: Text
    next_certificate_thumbprint: Text = ""
    next_certificate_effective_date: Timestamp = None


class ExchangeCertificate(Fact):
    """Get-ExchangeCertificate: a certificate of the server that answers.

    https://learn.microsoft.com/powershell/module/exchangepowershell/get-exchangecertificate
    """

    source = Cmdlet("exchange", "Get-ExchangeCertificate")
    thumbprint: NonEmptyText
    not_after: Timestamp


class AuthServer(Fact):
    """Get-AuthServer: an issuer whose tokens Exchange accepts. ApplicationIdentifier names the dedicated hybrid app.

    https://learn.microsoft.com/powershell/module/exchangepowershell/get-authserver
    """

    source = Cmdlet("exchange", "Get-AuthServer")
    identity: NonEmptyText
    enabled: bool
    auth_metadata_url: Text = ""
    application_identifier: Text = ""


class PartnerApplication(Fact):
    """Get-PartnerApplication: an application that may call Exchange.

    https://learn.microsoft.com/powershell/module/exchangepowershell/get-partnerapplication
    """

    source = Cmdlet("exchange", "Get-PartnerApplication")
    identity: NonEmptyText
    name: NonEmptyText
    application_identifier: Text = ""
    enabled: bool
    realm: Text = ""
    #: The account under which it acts.
    linked_account: Text = ""


class IntraOrganizationConnector(Fact):
    """Get-IntraOrganizationConnector on premises: the address to ask for mailboxes of these domains.

    https://learn.microsoft.com/powershell/module/exchangepowershell/get-intraorganizationconnector
    """

    source = Cmdlet("exchange", "Get-IntraOrganizationConnector")
    identity: NonEmptyText
    enabled: bool
    target_address_domains: Texts


class IntraOrganizationConfiguration(Fact):
    """Get-IntraOrganizationConfiguration: the addresses of both sides, once the Hybrid Configuration Wizard has run.

    https://learn.microsoft.com/powershell/module/exchangepowershell/get-intraorganizationconfiguration
    """

    source = Cmdlet("exchange", "Get-IntraOrganizationConfiguration")
    on_premise_discovery_endpoint: Text = ""
    on_premise_web_service_endpoint: Text = ""
    #: The tenant's coexistence domain, such as contoso.mail.onmicrosoft.com.
    online_target_address: Text = ""


class AcceptedDomain(Fact):
    """Get-AcceptedDomain: a mail domain; `*.contoso.com` includes all below it.

    https://learn.microsoft.com/powershell/module/exchangepowershell/get-accepteddomain
    """

    source = Cmdlet("exchange", "Get-AcceptedDomain")
    domain_name: NonEmptyText
    default: Flag = False


class RoleAssignment(Fact):
    """Get-ManagementRoleAssignment: an account that has the role `name`.

    https://learn.microsoft.com/powershell/module/exchangepowershell/get-managementroleassignment
    """

    name: Text
    role_assignee_name: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return cls.select(Cmdlet("exchange", "Get-ManagementRoleAssignment", {"Role": about["name"]}))


class OAuthTest(Fact):
    """Test-OAuthConnectivity at `uri` with the mailbox `name`: several lines, each with its own result.

    https://learn.microsoft.com/powershell/module/exchangepowershell/test-oauthconnectivity
    """

    task: Text = ""
    detail: Text = ""
    result_type: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        parameters: dict[str, Value] = {"Service": "EWS", "TargetUri": about["uri"] + EWS, "Mailbox": about["name"], "Confirm": False}
        return cls.select(Cmdlet("exchange", "Test-OAuthConnectivity", parameters))
