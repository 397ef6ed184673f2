"""Whom a run is about: what was typed becomes accounts on premises, or a finding that says why it cannot."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, Field

from bot.errors import InvalidAnswers
from bot.facts import Reader, ReadFailure
from bot.facts.ad_users import AdUser
from bot.facts.types import normalize_address
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, say
from bot.reader.tolerant import each_or_failure
from bot.step import Finding, Obstacle, Reason, Unclear
from bot.steps.shared.account_lookup import Found, look_up_accounts
from bot.steps.shared.decide import AGAIN, Doubt, PlanOnlyNote, Remark, harmless_notes
from bot.steps.shared.people_input.groups import membership, settled
from bot.steps.shared.people_input.headings import Way
from bot.steps.shared.people_input.pasted import Named, Who, who
from bot.steps.shared.recognition import RecordUse, identity_of, lookup_key, recognise_people


def spelt(text: str) -> str:
    """The text as it was typed. Raises `ValueError` with a `LocalizedText`: a line per entry that cannot be right."""
    try:
        who(text)
    except InvalidAnswers as misspelt:
        raise ValueError(misspelt.problems["people"]) from None
    return text


WHO = "people"  # the field of every form that asks about people


class People(BaseModel):
    """The question that every step about people asks."""

    people: Annotated[str, AfterValidator(spelt)] = Field(
        title="Who?",
        description="SIP addresses or sign-in names, one per line or with commas between; "
        "or “group” and an Entra group, “pool” and a pool on premises, “ou” and an OU of AD",
        json_schema_extra={"multiline": True},
    )


A = TypeVar("A", bound=People)


async def resolve(answers: A, read: Reader) -> A:
    """The answers with each group's members written down, once. Raises `InvalidAnswers` when there is no such group."""
    return answers.model_copy(update={"people": await settled(answers.people, read)})


CHECK = say("check the spelling; use the SIP address or the sign-in name")
NOBODY: dict[Way, Reason] = {
    "any": Reason(say("nobody of this name is known on premises"), CHECK),
    "sip": Reason(say("nobody on premises has this SIP address"), CHECK),
    "upn": Reason(say("nobody on premises signs in by this name"), CHECK),
    "mail": Reason(say("nobody on premises has this e-mail address, or it as SIP address or sign-in name"), CHECK),
}
NOT_ENABLED = Reason(
    say("is not enabled for Skype for Business"), say("enable the account (Enable-CsUser) and let it synchronise, or leave it out")
)
NO_ACCOUNT = Reason(say("has no account on premises"), say("leave the person out"))
# Get-CsUser names people only; rooms have https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csmeetingroom
NO_PERSON = Reason(
    say("has a SIP address and is no person: a meeting room, for example"), say("leave it out: a room gets an account of its own in Teams")
)
ODD = Reason(
    say("has an address with characters that commands here are not given"),
    say("give this person a plain SIP address (Set-CsUser -SipAddress), or see to this one by hand"),
)


@dataclass(frozen=True)
class Asked:
    """The accounts by SIP address, what is to be remarked about them beforehand, and findings about everybody else."""

    people: dict[str, OnPremUser] = field(default_factory=dict)
    remarks: defaultdict[str, list[Remark]] = field(default_factory=lambda: defaultdict(list))
    others: list[Finding] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)  # SIP address -> the name that was asked for
    meant: dict[str, str] = field(default_factory=dict)  # name -> objectGUID, as this run knows it already

    def identified(self, finding: Finding, sign_in: str = "") -> Finding:
        """The same, with whom of these people it is about."""
        sip = finding.subject.partition(" ")[0]
        person = self.people.get(sip)
        return replace(finding, identity=identity_of(person, self.named.get(sip, sip), sign_in)) if person else finding

    def notes(self, name: str) -> tuple[LocalizedText, ...]:
        """Of what is to be remarked, that which stops nothing."""
        return harmless_notes(self.remarks.get(name, ()))


async def asked(text: str, read: Reader, records: RecordUse = "not needed") -> Asked:
    """Everybody that `text` names, each exactly once. Raises when nobody at all could be read.

    `records`: whether our records of moved people are told of, or something is given back by them.
    """
    wanted, found = who(text), Asked()
    since = await membership(wanted, read)
    odd = dict.fromkeys(name for group in wanted.groups for name in group.odd)
    found.others.extend((*since.words, *(Obstacle(name, (ODD,)) for name in odd)))
    known = await recognise_people(await look_up_accounts(list(dict.fromkeys((*wanted.named, *_members(wanted)))), read), read, records)
    accounts = known.accounts
    found.meant.update(known.meant)
    found.others.extend(known.strangers)
    for one, account in accounts.items():
        name = one.address
        if isinstance(account, OnPremUser):
            _known(found, one, account, told=name in wanted.twice, renamed=one in known.renamed)
        if name in since.remarks and isinstance(account, OnPremUser):
            found.remarks[account.sip or name].append(since.remarks[name])
        if isinstance(account, OnPremUser):
            found.remarks[account.sip or name].extend(known.notes.get(one, ()))
        if name in wanted.twice:
            subject = account.sip if isinstance(account, OnPremUser) else name
            more = PlanOnlyNote(say("{subject} is named more than once", subject=subject))
            found.remarks[subject] += [more] if more not in found.remarks[subject] else []
    await _nobody(found, accounts, wanted.people, read)
    return found


def _members(wanted: Who) -> list[Named]:
    """Pools and OUs tell SIP addresses. Entra tells those of the cloud, or a sign-in name where it knows none."""
    typed = set(wanted.people)
    return [
        Named(name) if group.kind == "group" else Named(name, "sip", exact=True)
        for group in wanted.groups
        for name in group.members or ()
        if name not in typed
    ]


def _known(found: Asked, one: Named, account: OnPremUser, told: bool, renamed: bool) -> None:
    """`told`: that it is named more than once is said elsewhere, `renamed`: also how it was found."""
    if not account.sip:
        _stopped(found, one.address, Doubt(say("the account on premises does not tell its SIP address")))
        return
    subject = account.sip
    if subject in found.people and told:
        return
    if subject in found.people:
        found.remarks[subject].append(
            PlanOnlyNote(say("{subject} is named more than once, as {name} too", subject=subject, name=one.address))
        )
    elif one.address != subject and not renamed:
        found.remarks[subject].append(PlanOnlyNote(_how(one, account)))
    found.people[subject] = account
    found.named.setdefault(subject, lookup_key(one))


def _how(one: Named, account: OnPremUser) -> LocalizedText:
    """By which name somebody was found whose SIP address is another one."""
    if normalize_address(account.user_principal_name) == one.address:
        return say("found by the sign-in name {name}", name=one.address)
    return say("found by the name {name}", name=one.address)


async def _nobody(found: Asked, accounts: Mapping[Named, Found], typed: Collection[str], read: Reader) -> None:
    """A finding for each name without an account; AD knows whether it is unknown or only not enabled."""
    for one, account in accounts.items():
        if isinstance(account, ReadFailure):
            why = say("the account on premises could not be read: {why}", why=account.why)
            _stopped(found, one.address, Doubt(why))
        elif isinstance(account, Reason):
            _stopped(found, one.address, account)
    told = {finding.subject for finding in found.others}
    absent = {
        one.address: one.way for one, account in accounts.items() if account is None and one.address not in told | found.people.keys()
    }
    for name, ad in (await each_or_failure(read, AdUser, list(absent))).items():
        found.others.append(_stranger(name, ad, found.notes(name), NOBODY[absent[name]] if name in typed else None))


def _stopped(found: Asked, name: str, why: Reason | Doubt) -> None:
    """Nobody is chosen for this name. Whoever has it as SIP address and is named otherwise too waits as well."""
    if name in found.people:
        found.remarks[name].append(why)
    elif all(finding.subject != name for finding in found.others):
        notes = found.notes(name)
        found.others.append(Obstacle(name, (why,), notes) if isinstance(why, Reason) else Unclear(name, why.why, why.recheck_after, notes))


def _stranger(name: str, ad: AdUser | ReadFailure | None, notes: tuple[LocalizedText, ...], misspelt: Reason | None) -> Finding:
    """Only a name that somebody has typed can be `misspelt`; a group may hold people of the cloud alone."""
    if isinstance(ad, ReadFailure):
        return Unclear(name, say("whether there is such a person could not be read: {why}", why=ad.why), AGAIN, notes)
    if ad is None and misspelt is None:
        return Obstacle(name, (NO_ACCOUNT,), notes)
    if ad is None and misspelt:
        return Obstacle(name, (misspelt,), notes, unknown=True)
    return Obstacle(name, (NO_PERSON if ad and ad.sip_address else NOT_ENABLED,), notes)
