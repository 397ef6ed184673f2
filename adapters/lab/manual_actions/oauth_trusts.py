"""By hand, about the OAuth trusts: certificates and names at service principals, Exchange's own scripts, mail domains."""

from adapters.lab.estate.estate import Estate
from adapters.lab.estate.servers import OAuthObject, OAuthValue
from adapters.lab.estate.state import KeyCredential, ServicePrincipal
from adapters.lab.manual_actions.registry import manual_action

DEDICATED = "7a1b2c3d-0000-4000-8000-000000000001"  # the dedicated hybrid application that the script makes


@manual_action
def upload_certificate(estate: Estate, app: str, thumbprint: str) -> str:
    """The public half of a certificate of the servers is added to a service principal."""
    principal, certificate = _find_principal(estate, app), estate.state.certificates.get(thumbprint.upper())
    if certificate is None:
        raise ValueError(f"thumbprint: there is no {thumbprint!r}; there are {', '.join(estate.state.certificates)}")
    number = f"50000000-0000-4000-8000-{len(principal.keys) + 1:012d}"
    principal.keys.append(
        KeyCredential(
            id=number, name=certificate.subject, thumbprint=certificate.thumbprint, starts=certificate.starts, ends=certificate.ends
        )
    )
    estate.mark_changed("principals", principal.app_id)
    return f"{principal.name} knows {certificate.subject}"


@manual_action
def remove_certificate(estate: Estate, app: str, thumbprint: str) -> str:
    """A certificate is taken away from a service principal."""
    principal = _find_principal(estate, app)
    principal.keys = [key for key in principal.keys if key.thumbprint != thumbprint.upper()]
    estate.mark_changed("principals", principal.app_id)
    return f"{principal.name} no longer knows {thumbprint}"


def _find_principal(estate: Estate, app: str) -> ServicePrincipal:
    if found := estate.state.principals.get(app.lower()):
        return found
    raise ValueError(f"app: there is no {app!r}; there are {', '.join(estate.state.principals)}")


@manual_action
def register_names(estate: Estate, app: str, names: tuple[str, ...]) -> str:
    """Names are added to servicePrincipalNames of a service principal."""
    principal = _find_principal(estate, app)
    principal.names = tuple(dict.fromkeys((*principal.names, *names)))
    estate.mark_changed("principals", principal.app_id)
    return f"{principal.name} is also called {', '.join(names)}"


@manual_action
def remove_names(estate: Estate, app: str, names: tuple[str, ...]) -> str:
    """Names are taken out of servicePrincipalNames of a service principal."""
    principal = _find_principal(estate, app)
    principal.names = tuple(name for name in principal.names if name not in names)
    estate.mark_changed("principals", principal.app_id)
    return f"{principal.name} is no longer called {', '.join(names)}"


@manual_action
def run_hybrid_app_script(estate: Estate) -> str:
    """ConfigureExchangeHybridApplication.ps1: a dedicated application knows the certificate of Exchange, and the auth server names it."""
    world = estate.state
    world.principals[DEDICATED] = ServicePrincipal(
        id="20000000-0000-4000-8000-000000000009", app_id=DEDICATED, name="ExchangeServerApp", names=(DEDICATED,)
    )
    estate.mark_changed("principals", DEDICATED)
    for thumbprint in [one.thumbprint for one in world.certificates.values() if one.use == "ExchangeAuth"]:
        upload_certificate(estate, DEDICATED, thumbprint)
    for key, server in world.oauth.items():
        if server.kind == "AuthServer" and server.values.get("Type") == "AzureAD":
            server.values["ApplicationIdentifier"] = DEDICATED
            estate.mark_changed("oauth", key)
    return "ExchangeServerApp knows the certificate of Exchange"


@manual_action
def run_partner_application_script(estate: Estate) -> str:
    """Configure-EnterprisePartnerApplication.ps1 -ApplicationType Lync: Exchange knows the Skype for Business servers."""
    name = "LyncEnterprise-4d3c2b1a"
    values: dict[str, OAuthValue] = {
        "ApplicationIdentifier": "00000004-0000-0ff1-ce00-000000000000",
        "Enabled": True,
        "Realm": "contoso.com",
        "LinkedAccount": "LyncEnterprise-ApplicationAccount",
    }
    estate.state.oauth[f"PartnerApplication/{name}"] = OAuthObject("PartnerApplication", name, values)
    estate.mark_changed("oauth", f"PartnerApplication/{name}")
    return f"Exchange knows {name}"


@manual_action
def remove_partner_application(estate: Estate, name: str) -> str:
    """Remove-PartnerApplication in the Exchange Management Shell."""
    if f"PartnerApplication/{name}" not in estate.state.oauth:
        known = (one.name for one in estate.state.oauth.values() if one.kind == "PartnerApplication")
        raise ValueError(f"name: there is no {name!r}; there are {', '.join(known)}")
    del estate.state.oauth[f"PartnerApplication/{name}"]
    estate.mark_changed("oauth", f"PartnerApplication/{name}")
    return f"Exchange no longer knows {name}"


@manual_action
def accept_mail_domain(estate: Estate, name: str) -> str:
    """Exchange accepts mail for one more domain; *.contoso.com is a wildcard, which the trusts do not bear."""
    values: dict[str, OAuthValue] = {"DomainName": name, "DomainType": "Authoritative", "Default": False}
    estate.state.oauth[f"AcceptedDomain/{name}"] = OAuthObject("AcceptedDomain", name, values)
    estate.mark_changed("oauth", f"AcceptedDomain/{name}")
    return f"mail for {name} is accepted"
