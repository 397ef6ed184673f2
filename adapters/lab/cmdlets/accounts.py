"""Accounts are changed in the SfB shell: enabled, disabled, numbers, policies, contacts."""

from collections.abc import Callable, Iterator

from adapters.lab.cmdlets.registry import SFB, Call, ParsedCommand, cmdlet
from adapters.lab.cmdlets.users import POLICIES, ad_user
from adapters.lab.estate.estate import IN_POOL
from adapters.lab.estate.person import CLOUD, HERE, Account, Person
from adapters.lab.estate.state import SavedData

CHANGEABLE = {"EnterpriseVoiceEnabled": "enterprise_voice", "LineURI": "line_uri", "Enabled": "enabled", "SipAddress": "sip"}


def _changing(call: Call, change: Callable[[Account], None], enabled: bool = True) -> Iterator[ParsedCommand]:
    """One account by -Identity; the cloud learns of it with the next sync."""
    identity = str(call.identity)
    person = call.estate.find.on_premises(identity)
    if person is None or person.account is None or (enabled and not person.account.sip):
        yield call.missing(identity)
        return
    subject = person.account.sip or person.account.upn
    change(person.account)
    person.account.changed = call.now
    call.estate.keep("people", person.number)
    call.log(person.account.sip or subject)
    yield from _passed(call, person)


def _passed(call: Call, person: Person) -> Iterator[ParsedCommand]:
    if call.bound.get("PassThru"):
        yield ad_user(person)


@cmdlet("Enable-CsUser", SFB)
def enable_cs_user(call: Call) -> Iterator[ParsedCommand]:
    """The pool database has the user a minute later; the cloud after the next sync."""
    person = call.estate.find.on_premises(str(call.identity))
    if person and person.account and person.account.sip:
        yield call.refused(f"The user {person.account.upn} has already been enabled.", "UserAlreadyEnabled", str(call.identity))
        return

    def enable(account: Account) -> None:
        address = call.bound.get("SipAddress")
        domain = call.bound.get("SipDomain") or account.upn.partition("@")[2]
        account.sip = str(address).removeprefix("sip:") if address else f"{account.upn.partition('@')[0]}@{domain}"
        account.enabled, account.in_pool_from = True, call.estate.after(IN_POOL)
        online = call.bound.get("HostingProviderProxyFqdn")
        account.locator, account.pool = (str(online), "") if online else (HERE, str(call.bound.get("RegistrarPool", "")))

    yield from _changing(call, enable, enabled=False)


@cmdlet("Disable-CsUser", SFB)
def disable_cs_user(call: Call) -> Iterator[ParsedCommand]:
    """Contacts, meetings and attributes are gone for good."""

    def disable(account: Account) -> None:
        account.sip, account.locator, account.pool, account.target_pool, account.line_uri = "", "", "", "", ""
        account.enabled, account.enterprise_voice, account.contacts, account.meetings = False, False, 0, 0

    yield from _changing(call, disable)


@cmdlet("Set-CsUser", SFB)
def set_cs_user(call: Call) -> Iterator[ParsedCommand]:
    def change(account: Account) -> None:
        for name, value in call.given(*CHANGEABLE).items():
            text = "" if value is None else value
            setattr(account, CHANGEABLE[name], text.removeprefix("sip:") if isinstance(text, str) else text)

    yield from _changing(call, change)


def _granting(policy: str) -> Callable[[Call], Iterator[ParsedCommand]]:
    """Grant-… for one kind of policy: null takes the assignment away."""

    def grant(call: Call) -> Iterator[ParsedCommand]:
        def change(account: Account) -> None:
            policies = {name: value for name, value in (account.policies or {}).items() if name != policy}
            name = call.bound.get("PolicyName")
            account.policies = {**policies, **({policy: str(name).removeprefix("Tag:")} if name else {})} or None

        yield from _changing(call, change)

    return grant


for _policy in POLICIES:
    cmdlet(f"Grant-Cs{_policy}", SFB)(_granting(_policy))


@cmdlet("Invoke-CsUcsRollback", SFB)
def invoke_cs_ucs_rollback(call: Call) -> Iterator[ParsedCommand]:
    """Contacts come back from Exchange. (Where the policy still allows it they return there after 7 days: the lab leaves that out.)"""

    def roll_back(account: Account) -> None:
        account.unified_contacts = False

    yield from _changing(call, roll_back)


@cmdlet("Export-CsUserData", SFB)
def export_cs_user_data(call: Call) -> Iterator[ParsedCommand]:
    """Into a file on the server. -UserFilter is the SIP address without "sip:"."""
    file = str(call.bound["FileName"])
    contacts = {person.account.sip.lower(): person.account.contacts for person in _filtered(call) if person.account}
    call.world.saved[file.lower()] = SavedData(file, contacts)
    call.estate.keep("saved", file.lower())
    call.estate.save()
    yield from ()


@cmdlet("Import-CsUserData", SFB)
def import_cs_user_data(call: Call) -> Iterator[ParsedCommand]:
    """Brings exported contacts back, to people homed on premises only, and only what the file has under the address of now."""
    saved = call.world.saved.get(str(call.bound["FileName"]).lower())
    if saved is None:
        raise call.stop(f"Could not find file '{call.bound['FileName']}'.", "FileNotFound")
    for person in _filtered(call):
        if person.account and person.account.locator == CLOUD:
            yield call.refused(f"The user {person.upn} is not homed on this pool.", "UserNotHomed", person.sip)
        elif person.account:  # (inf) whoever is not in the file is passed over without a word
            person.account.contacts = saved.contacts.get(person.account.sip.lower(), person.account.contacts)
            call.estate.keep("people", person.number)
            call.log(person.sip)


def _filtered(call: Call) -> list[Person]:
    wanted = call.bound.get("UserFilter")
    if wanted is None:
        return list(call.estate.find.all_on_premises())
    person = call.estate.find.on_premises(str(wanted))
    if person is None or str(wanted).lower().startswith("sip:"):
        raise call.stop(f"No user was found with the address {wanted}.", "UserNotFound")
    return [person]
