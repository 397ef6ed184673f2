"""Accounts are changed in the SfB shell: enabled, disabled, numbers, policies, contacts."""

from collections.abc import Callable, Iterator

from adapters.lab.cmdlets.registry import SFB, CmdletCall, CmdletOutput, cmdlet
from adapters.lab.cmdlets.users import POLICIES, ad_user
from adapters.lab.estate.estate import IN_POOL
from adapters.lab.estate.person import CLOUD, HERE, AdAccount, EstatePerson
from adapters.lab.estate.state import SavedData

CHANGEABLE = {"EnterpriseVoiceEnabled": "enterprise_voice", "LineURI": "line_uri", "Enabled": "enabled", "SipAddress": "sip"}


def _change_account(call: CmdletCall, change: Callable[[AdAccount], None], enabled: bool = True) -> Iterator[CmdletOutput]:
    """One account by -Identity; the cloud learns of it with the next sync."""
    identity = str(call.identity)
    person = call.estate.directory.find_on_premises(identity)
    if person is None or person.account is None or (enabled and not person.account.sip):
        yield call.not_found_error(identity)
        return
    subject = person.account.sip or person.account.upn
    change(person.account)
    person.account.changed = call.now
    call.estate.mark_changed("people", person.number)
    call.log(person.account.sip or subject)
    yield from _pass_through(call, person)


def _pass_through(call: CmdletCall, person: EstatePerson) -> Iterator[CmdletOutput]:
    if call.bound.get("PassThru"):
        yield ad_user(person)


@cmdlet("Enable-CsUser", SFB)
def enable_cs_user(call: CmdletCall) -> Iterator[CmdletOutput]:
    """The pool database has the user a minute later; the cloud after the next sync."""
    person = call.estate.directory.find_on_premises(str(call.identity))
    if person and person.account and person.account.sip:
        yield call.error(f"The user {person.account.upn} has already been enabled.", "UserAlreadyEnabled", str(call.identity))
        return

    def enable(account: AdAccount) -> None:
        address = call.bound.get("SipAddress")
        domain = call.bound.get("SipDomain") or account.upn.partition("@")[2]
        account.sip = str(address).removeprefix("sip:") if address else f"{account.upn.partition('@')[0]}@{domain}"
        account.enabled, account.in_pool_from = True, call.estate.time_after(IN_POOL)
        online = call.bound.get("HostingProviderProxyFqdn")
        account.locator, account.pool = (str(online), "") if online else (HERE, str(call.bound.get("RegistrarPool", "")))

    yield from _change_account(call, enable, enabled=False)


@cmdlet("Disable-CsUser", SFB)
def disable_cs_user(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Contacts, meetings and attributes are gone for good."""

    def disable(account: AdAccount) -> None:
        account.sip, account.locator, account.pool, account.target_pool, account.line_uri = "", "", "", "", ""
        account.enabled, account.enterprise_voice, account.contacts, account.meetings = False, False, 0, 0

    yield from _change_account(call, disable)


@cmdlet("Set-CsUser", SFB)
def set_cs_user(call: CmdletCall) -> Iterator[CmdletOutput]:
    def change(account: AdAccount) -> None:
        for name, value in call.given_parameters(*CHANGEABLE).items():
            text = "" if value is None else value
            setattr(account, CHANGEABLE[name], text.removeprefix("sip:") if isinstance(text, str) else text)

    yield from _change_account(call, change)


def _make_grant(policy: str) -> Callable[[CmdletCall], Iterator[CmdletOutput]]:
    """Grant-… for one kind of policy: null takes the assignment away."""

    def grant(call: CmdletCall) -> Iterator[CmdletOutput]:
        def change(account: AdAccount) -> None:
            policies = {name: value for name, value in (account.policies or {}).items() if name != policy}
            name = call.bound.get("PolicyName")
            account.policies = {**policies, **({policy: str(name).removeprefix("Tag:")} if name else {})} or None

        yield from _change_account(call, change)

    return grant


for _policy in POLICIES:
    cmdlet(f"Grant-Cs{_policy}", SFB)(_make_grant(_policy))


@cmdlet("Invoke-CsUcsRollback", SFB)
def invoke_cs_ucs_rollback(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Contacts come back from Exchange. (Where the policy still allows it they return there after 7 days: the lab leaves that out.)"""

    def roll_back(account: AdAccount) -> None:
        account.unified_contacts = False

    yield from _change_account(call, roll_back)


@cmdlet("Export-CsUserData", SFB)
def export_cs_user_data(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Into a file on the server. -UserFilter is the SIP address without "sip:"."""
    file = str(call.bound["FileName"])
    contacts = {person.account.sip.lower(): person.account.contacts for person in _people_by_filter(call) if person.account}
    call.world.saved[file.lower()] = SavedData(file, contacts)
    call.estate.mark_changed("saved", file.lower())
    call.estate.save()
    yield from ()


@cmdlet("Import-CsUserData", SFB)
def import_cs_user_data(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Brings exported contacts back, to people homed on premises only, and only what the file has under the address of now."""
    saved = call.world.saved.get(str(call.bound["FileName"]).lower())
    if saved is None:
        raise call.terminating_error(f"Could not find file '{call.bound['FileName']}'.", "FileNotFound")
    for person in _people_by_filter(call):
        if person.account and person.account.locator == CLOUD:
            yield call.error(f"The user {person.upn} is not homed on this pool.", "UserNotHomed", person.sip)
        elif person.account:  # (inf) whoever is not in the file is passed over without a word
            person.account.contacts = saved.contacts.get(person.account.sip.lower(), person.account.contacts)
            call.estate.mark_changed("people", person.number)
            call.log(person.sip)


def _people_by_filter(call: CmdletCall) -> list[EstatePerson]:
    wanted = call.bound.get("UserFilter")
    if wanted is None:
        return list(call.estate.directory.people_on_premises())
    person = call.estate.directory.find_on_premises(str(wanted))
    if person is None or str(wanted).lower().startswith("sip:"):
        raise call.terminating_error(f"No user was found with the address {wanted}.", "UserNotFound")
    return [person]
