"""Accounts on premises of the people on a list, or findings that say why there is none."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from bot.facts import Reader, ReadFailure
from bot.facts.ad_users import AdUser
from bot.facts.types import normalize_address
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, say
from bot.reader.tolerant import each_or_failure
from bot.step import Finding, Obstacle, Reason, Unclear
from bot.steps.shared.account_lookup import Found, look_up_accounts
from bot.steps.shared.decide import AGAIN, Doubt, PlanOnlyNote, Remark, harmless_notes
from bot.steps.shared.people_input.groups import compare_membership
from bot.steps.shared.people_input.headings import LookupBy
from bot.steps.shared.people_input.parser import parse_people
from bot.steps.shared.people_input.people_list import NamedPerson, PeopleList
from bot.steps.shared.recognition import RecordUse, identity_of, lookup_key, recognise_people

CHECK_SPELLING = say("check the spelling; use the SIP address or the sign-in name")
UNKNOWN_NAME: dict[LookupBy, Reason] = {
    "any": Reason(say("nobody of this name is known on premises"), CHECK_SPELLING),
    "sip": Reason(say("nobody on premises has this SIP address"), CHECK_SPELLING),
    "upn": Reason(say("nobody on premises signs in by this name"), CHECK_SPELLING),
    "mail": Reason(say("nobody on premises has this e-mail address, or it as SIP address or sign-in name"), CHECK_SPELLING),
}
NOT_ENABLED = Reason(
    say("is not enabled for Skype for Business"), say("enable the account (Enable-CsUser) and let it synchronise, or leave it out")
)
NO_ACCOUNT = Reason(say("has no account on premises"), say("leave the person out"))
# Get-CsUser names people only; rooms have https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csmeetingroom
NO_PERSON = Reason(
    say("has a SIP address and is no person: a meeting room, for example"), say("leave it out: a room gets an account of its own in Teams")
)
ODD_ADDRESS = Reason(
    say("has an address with characters that commands here are not given"),
    say("give this person a plain SIP address (Set-CsUser -SipAddress), or see to this one by hand"),
)


@dataclass(frozen=True)
class ResolvedPeople:
    """The accounts of the people on a list, with remarks about them, and findings about names without an account."""

    #: By SIP address.
    accounts: dict[str, OnPremUser] = field(default_factory=dict)
    #: By SIP address, or by name where there is no account.
    remarks: defaultdict[str, list[Remark]] = field(default_factory=lambda: defaultdict(list))
    other_findings: list[Finding] = field(default_factory=list)
    #: SIP address -> the name on the list.
    names: dict[str, str] = field(default_factory=dict)
    #: Name -> objectGUID, as this run knows it already.
    identities: dict[str, str] = field(default_factory=dict)

    def with_identity(self, finding: Finding, sign_in: str = "") -> Finding:
        """The finding with the identity of the person it is about."""
        sip = finding.subject.partition(" ")[0]
        person = self.accounts.get(sip)
        return replace(finding, identity=identity_of(person, self.names.get(sip, sip), sign_in)) if person else finding

    def notes(self, name: str) -> tuple[LocalizedText, ...]:
        """The remarks about this person that stop nothing."""
        return harmless_notes(self.remarks.get(name, ()))


async def find_people(text: str, read: Reader, records: RecordUse = "not needed") -> ResolvedPeople:
    """Everybody that `text` names, each exactly once. Raises when no account could be read.

    `records` says what the step makes of our records of moved people.
    """
    wanted, found = parse_people(text), ResolvedPeople()
    since = await compare_membership(wanted, read)
    odd = dict.fromkeys(name for group in wanted.groups for name in group.odd_members)
    found.other_findings.extend((*since.findings, *(Obstacle(name, (ODD_ADDRESS,)) for name in odd)))
    known = await recognise_people(
        await look_up_accounts(list(dict.fromkeys((*wanted.entries, *_group_members(wanted)))), read), read, records
    )
    accounts = known.accounts
    found.identities.update(known.meant)
    found.other_findings.extend(known.strangers)
    for one, account in accounts.items():
        name = one.address
        if isinstance(account, OnPremUser):
            _add_account(found, one, account, is_repeated=name in wanted.repeated, is_renamed=one in known.renamed)
        if name in since.remarks and isinstance(account, OnPremUser):
            found.remarks[account.sip or name].append(since.remarks[name])
        if isinstance(account, OnPremUser):
            found.remarks[account.sip or name].extend(known.notes.get(one, ()))
        if name in wanted.repeated:
            subject = account.sip if isinstance(account, OnPremUser) else name
            more = PlanOnlyNote(say("{subject} is named more than once", subject=subject))
            found.remarks[subject] += [more] if more not in found.remarks[subject] else []
    await _add_names_without_account(found, accounts, wanted.people, read)
    return found


def _group_members(wanted: PeopleList) -> list[NamedPerson]:
    """The members of groups. Pools and OUs list SIP addresses; Entra lists the cloud's, or a sign-in name where there is none."""
    typed = set(wanted.people)
    return [
        NamedPerson(name) if group.kind == "group" else NamedPerson(name, "sip", exact=True)
        for group in wanted.groups
        for name in group.members or ()
        if name not in typed
    ]


def _add_account(found: ResolvedPeople, one: NamedPerson, account: OnPremUser, is_repeated: bool, is_renamed: bool) -> None:
    """Adds an account under its SIP address, with remarks about how it was found.

    `is_repeated`: another remark says already that it is named more than once. `is_renamed`: another one says how it was found.
    """
    if not account.sip:
        _add_doubtful_name(found, one.address, Doubt(say("the account on premises does not tell its SIP address")))
        return
    subject = account.sip
    if subject in found.accounts and is_repeated:
        return
    if subject in found.accounts:
        found.remarks[subject].append(
            PlanOnlyNote(say("{subject} is named more than once, as {name} too", subject=subject, name=one.address))
        )
    elif one.address != subject and not is_renamed:
        found.remarks[subject].append(PlanOnlyNote(_describe_match(one, account)))
    found.accounts[subject] = account
    found.names.setdefault(subject, lookup_key(one))


def _describe_match(one: NamedPerson, account: OnPremUser) -> LocalizedText:
    """The remark about an account that was found by another name than its SIP address."""
    if normalize_address(account.user_principal_name) == one.address:
        return say("found by the sign-in name {name}", name=one.address)
    return say("found by the name {name}", name=one.address)


async def _add_names_without_account(
    found: ResolvedPeople, accounts: Mapping[NamedPerson, Found], typed_names: Collection[str], read: Reader
) -> None:
    """Adds a finding for each name without an account. AD says whether it is unknown or only not enabled."""
    for one, account in accounts.items():
        if isinstance(account, ReadFailure):
            why = say("the account on premises could not be read: {why}", why=account.why)
            _add_doubtful_name(found, one.address, Doubt(why))
        elif isinstance(account, Reason):
            _add_doubtful_name(found, one.address, account)
    told = {finding.subject for finding in found.other_findings}
    absent = {
        one.address: one.lookup_by
        for one, account in accounts.items()
        if account is None and one.address not in told | found.accounts.keys()
    }
    for name, ad in (await each_or_failure(read, AdUser, list(absent))).items():
        found.other_findings.append(
            _finding_without_account(name, ad, found.notes(name), UNKNOWN_NAME[absent[name]] if name in typed_names else None)
        )


def _add_doubtful_name(found: ResolvedPeople, name: str, why: Reason | Doubt) -> None:
    """Adds a name for which no account is chosen. An account that has it as SIP address gets the doubt as a remark."""
    if name in found.accounts:
        found.remarks[name].append(why)
    elif all(finding.subject != name for finding in found.other_findings):
        notes = found.notes(name)
        found.other_findings.append(
            Obstacle(name, (why,), notes) if isinstance(why, Reason) else Unclear(name, why.why, why.recheck_after, notes)
        )


def _finding_without_account(
    name: str, ad: AdUser | ReadFailure | None, notes: tuple[LocalizedText, ...], unknown_name: Reason | None
) -> Finding:
    """The finding about a name without an account.

    `unknown_name` is the reason where nobody has this name. It is None for members of groups, which may hold people of the cloud alone.
    """
    if isinstance(ad, ReadFailure):
        return Unclear(name, say("whether there is such a person could not be read: {why}", why=ad.why), AGAIN, notes)
    if ad is None and unknown_name is None:
        return Obstacle(name, (NO_ACCOUNT,), notes)
    if ad is None and unknown_name:
        return Obstacle(name, (unknown_name,), notes, unknown=True)
    return Obstacle(name, (NO_PERSON if ad and ad.sip_address else NOT_ENABLED,), notes)
