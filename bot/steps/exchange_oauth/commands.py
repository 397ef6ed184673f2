"""The changes that set up a trust: cmdlets of Exchange and of the servers, and manual actions."""

from collections.abc import Mapping

from bot.calls import Cmdlet, ManualAction, Value
from bot.facts.exchange import PartnerApplication
from bot.facts.oauth import TrustedPartner
from bot.i18n import LocalizedText, label, say
from bot.step import Change

PROOF = label("test of the trust")
TEAMS_ACCOUNT = "SfBOnline-ApplicationAccount"


def enable(subject: str, noun: str, identity: str, name: str, notes: tuple[LocalizedText, ...] = ()) -> Change:
    """Something in Exchange is there and off."""
    effect = say("{name}: Enabled False → True", name=name)
    return Change(subject, effect, (_set_enabled(noun, identity, True),), (_set_enabled(noun, identity, False),), notes=notes)


def _set_enabled(noun: str, identity: str, on: bool) -> Cmdlet:
    return _in_exchange(f"Set-{noun}", Identity=identity, Enabled=on)


def create_in_exchange(
    subject: str, noun: str, name: str, parameters: Mapping[str, Value], notes: tuple[LocalizedText, ...] = ()
) -> Change:
    """Something that Exchange does not have yet."""
    do, undo = _in_exchange(f"New-{noun}", Name=name, **parameters), _in_exchange(f"Remove-{noun}", Identity=name)
    return Change(subject, say("none → {name}", name=name), (do,), (undo,), notes=notes)


def hide_account(subject: str) -> Change:
    """The account of Teams leaves the address lists."""
    do, undo = (_in_exchange("Set-MailUser", Identity=TEAMS_ACCOUNT, HiddenFromAddressListsEnabled=hidden) for hidden in (True, False))
    return Change(subject, say("in the address lists → hidden"), (do,), (undo,))


def assign_role(subject: str, role: str) -> Change:
    """The account of Teams gets this management role."""
    name = f"{role}-{TEAMS_ACCOUNT}"
    do = _in_exchange("New-ManagementRoleAssignment", Name=name, Role=role, User=TEAMS_ACCOUNT)
    return Change(subject, say("not assigned → assigned"), (do,), (_in_exchange("Remove-ManagementRoleAssignment", Identity=name),))


def complete_partner(subject: str, here: PartnerApplication, old: Mapping[str, Value], missing: Mapping[str, Value]) -> Change:
    """The partner application of Teams gets what it lacks."""
    changed = ", ".join(f"{name} {old[name] if old[name] is not None else '-'} → {value}" for name, value in missing.items())
    do = _in_exchange("Set-PartnerApplication", Identity=here.identity, **missing)
    undo = _in_exchange("Set-PartnerApplication", Identity=here.identity, **{name: old[name] for name in missing})
    return Change(subject, say("{name}: {changed}", name=here.name, changed=changed), (do,), (undo,))


def _in_exchange(name: str, **parameters: Value) -> Cmdlet:
    return Cmdlet("exchange", name, {**parameters, "Confirm": False})


def create_on_servers(subject: str, noun: str, name: str, **parameters: Value) -> Change:
    """Something that the Skype for Business servers do not have yet."""
    do, undo = _on_servers(f"New-{noun}", Identity=name, **parameters), _on_servers(f"Remove-{noun}", Identity=name)
    return Change(subject, say("none → {name}", name=name), (do,), (undo,))


def trust_partner(subject: str, here: TrustedPartner, parameter_set: Mapping[str, Value]) -> Change:
    """A partner of the servers is there and not fully trusted. Another parameter set makes it what it is."""

    def put(level: str, enabled: bool) -> Cmdlet:
        trust: dict[str, Value] = {"ApplicationTrustLevel": level, "Enabled": enabled}
        return _on_servers("Set-CsPartnerApplication", Identity=here.identity, **trust, **parameter_set)

    old = f"{here.application_trust_level or '-'}, Enabled {here.enabled}"
    effect = say("{name}: {old} → Full, Enabled True", name=here.identity, old=old)
    return Change(subject, effect, (put("Full", True),), (put(here.application_trust_level, here.enabled),))


def configure_servers(subject: str, name: str, old: str, wanted: str) -> Change:
    """One property of the OAuth configuration of the servers."""
    do, undo = (_on_servers("Set-CsOAuthConfiguration", Identity="Global", **{name: value}) for value in (wanted, old))
    return Change(subject, say("{old} → {new}", old=old or "-", new=wanted), (do,), (undo,))


def _on_servers(name: str, **parameters: Value) -> Cmdlet:
    return Cmdlet("sfb", name, {**parameters, "Confirm": False})


def configure_enterprise_partner(subject: str, pool: str) -> Change:
    """Has a person run the script of Exchange that makes the servers its partner.

    It makes the account, its roles and the partner application, all named LyncEnterprise…
    """
    line = f"Configure-EnterprisePartnerApplication.ps1 -AuthMetaDataUrl https://{pool}/metadata/json/1 -ApplicationType Lync"
    do = say("In the Exchange Management Shell, in the folder Scripts of Exchange: {line}", line=line)
    undo = say("In the Exchange Management Shell: Remove-PartnerApplication for the entry that begins with LyncEnterprise")
    effect = say("Exchange does not know the servers → knows them")
    return Change(subject, effect, (ManualAction(do, "PartnerApplication"),), (ManualAction(undo, "PartnerApplication"),))


def run_hybrid_application_script() -> ManualAction:
    """Microsoft's script makes the dedicated application of Exchange and uploads its certificate."""
    text = say(
        "On an Exchange server, in Windows PowerShell 5 (not 7): ConfigureExchangeHybridApplication.ps1 "
        "-FullyConfigureExchangeHybridApplication. It signs in interactively, makes the dedicated hybrid application and uploads the "
        "certificate. https://microsoft.github.io/CSS-Exchange/Hybrid/ConfigureExchangeHybridApplication/"
    )
    return ManualAction(text, "ServicePrincipal")


def upload_key(subject: str, app: str, thumbprint: str, by_script: ManualAction | None) -> Change:
    """Has a person upload the certificate.

    The cloud may refuse it for its own applications, and a wrong write would replace all keys.
    """
    effect = say("not known in the cloud → known ({thumbprint})", thumbprint=thumbprint)
    stays = (say("the application that Microsoft's script made stays in Entra, without the certificate"),) if by_script else ()
    upload = say(
        "Export the public half of the certificate {thumbprint} (.cer, without the private key) and add it to keyCredentials of the "
        "service principal {app}. The list is replaced as a whole: keep the entries that are there.",
        thumbprint=thumbprint,
        app=app,
    )
    remove = say("Take the certificate {thumbprint} out of keyCredentials of the service principal {app}.", thumbprint=thumbprint, app=app)
    do, undo = by_script or ManualAction(upload, "ServicePrincipal"), ManualAction(remove, "ServicePrincipal")
    return Change(subject, effect, (do,), (undo,), undo_loses=stays)


def register_names(subject: str, app: str, missing: str) -> Change:
    """The list is replaced as a whole, so that a person adds to it."""
    do = say("Add to servicePrincipalNames of the service principal {app}, keeping what is there: {names}", app=app, names=missing)
    undo = say("Take out of servicePrincipalNames of the service principal {app}: {names}", app=app, names=missing)
    effect = say("missing → there: {names}", names=missing)
    return Change(subject, effect, (ManualAction(do, "ServicePrincipal"),), (ManualAction(undo, "ServicePrincipal"),))


def wait_for_test(hint: LocalizedText) -> Change:
    """The trust is there when the test says so; until then a person may have to do something."""
    return Change(PROOF, say("not proved → proved"), (ManualAction(hint, "OAuthTest"),), no_undo=say("a test changes nothing"))
