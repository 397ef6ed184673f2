"""Whom a run is about: what was typed becomes accounts on premises, or a finding that says why it cannot."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, Field

from bot.checks.verdict import AGAIN, Passing, Remark, harmless
from bot.errors import Misspelt
from bot.facts import Read, Unread
from bot.facts.people import AdUser, OnPremUser, OnPremUserByName
from bot.people.groups import membership, settled
from bot.people.pasted import who
from bot.reading.forgiving import each
from bot.say import Say, say
from bot.step import Finding, Obstacle, Reason, Unclear


def spelt(text: str) -> str:
    """The text as it was typed. Raises `ValueError` with a `Say`: a line per entry that cannot be right."""
    try:
        who(text)
    except Misspelt as misspelt:
        raise ValueError(misspelt.problems["people"]) from None
    return text


class People(BaseModel):
    """The question that every step about people asks."""

    people: Annotated[str, AfterValidator(spelt)] = Field(
        title="Who?",
        description="SIP addresses or sign-in names, one per line or with commas between; "
        "or “group” and an Entra group, “pool” and a pool on premises, “ou” and an OU of AD",
        json_schema_extra={"multiline": True},
    )


A = TypeVar("A", bound=People)


async def resolve(answers: A, read: Read) -> A:
    """The answers with each group's members written down, once. Raises `Misspelt` when there is no such group."""
    return answers.model_copy(update={"people": await settled(answers.people, read)})


NOBODY = Reason(say("nobody of this name is known on premises"), say("check the spelling; use the SIP address or the sign-in name"))
NOT_ENABLED = Reason(
    say("is not enabled for Skype for Business"), say("enable the account (Enable-CsUser) and let it synchronise, or leave it out")
)
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

    def notes(self, name: str) -> tuple[Say, ...]:
        """Of what is to be remarked, that which stops nothing."""
        return harmless(self.remarks.get(name, ()))


async def asked(text: str, read: Read) -> Asked:
    """Everybody that `text` names, each exactly once. Raises when nobody at all could be read."""
    wanted, found = who(text), Asked()
    since = await membership(wanted, read)
    odd = dict.fromkeys(name for group in wanted.groups for name in group.odd)
    found.others.extend((*since.words, *(Obstacle(name, (ODD,)) for name in odd)))
    typed = list(dict.fromkeys((*wanted.people, *(member for group in wanted.groups for member in group.members or ()))))
    accounts = await _accounts(typed, read)
    for name, account in accounts.items():
        if isinstance(account, OnPremUser):
            _known(found, name, account)
        if name in since.remarks and isinstance(account, OnPremUser):
            found.remarks[account.sip or name].append(since.remarks[name])
        if name in wanted.twice:
            subject = account.sip if isinstance(account, OnPremUser) else name
            found.remarks[subject].append(Passing(say("{subject} is named more than once", subject=subject)))
    await _nobody(found, accounts, wanted.people, read)
    return found


async def _accounts(typed: list[str], read: Read) -> dict[str, OnPremUser | Unread | None]:
    """By SIP address first: a sign-in name may read like somebody else's SIP address. Whoever has none is not enabled."""
    accounts: dict[str, OnPremUser | Unread | None] = dict(await read.each(OnPremUser, typed)) if typed else {}
    by_name = await each(read, OnPremUserByName, [name for name, account in accounts.items() if account is None])
    found = accounts | dict(by_name)
    return {name: None if isinstance(account, OnPremUser) and not account.sip else account for name, account in found.items()}


def _known(found: Asked, name: str, account: OnPremUser) -> None:
    subject = account.sip or name
    if subject in found.people:
        found.remarks[subject].append(Passing(say("{subject} is named more than once, as {name} too", subject=subject, name=name)))
    found.people[subject] = account


async def _nobody(found: Asked, accounts: Mapping[str, OnPremUser | Unread | None], typed: Collection[str], read: Read) -> None:
    """A finding for each name without an account; AD knows whether it is unknown or only not enabled."""
    for name, account in accounts.items():
        if isinstance(account, Unread) and name not in found.people:
            why = say("the account on premises could not be read: {why}", why=account.why)
            found.others.append(Unclear(name, why, AGAIN, found.notes(name)))
    absent = [name for name, account in accounts.items() if account is None and name not in found.people]
    for name, ad in (await each(read, AdUser, absent)).items():
        found.others.append(_stranger(name, ad, found.notes(name), name in typed))


def _stranger(name: str, ad: AdUser | Unread | None, notes: tuple[Say, ...], typed: bool) -> Finding:
    """Only a name that somebody has typed can be misspelt; a group may hold people of the cloud alone."""
    if isinstance(ad, Unread):
        return Unclear(name, say("whether there is such a person could not be read: {why}", why=ad.why), AGAIN, notes)
    if ad is None and not typed:
        return Obstacle(name, (Reason(say("has no account on premises"), say("leave the person out")),), notes)
    if ad is None:
        return Obstacle(name, (NOBODY,), notes, unknown=True)
    return Obstacle(name, (NO_PERSON if ad.sip_address else NOT_ENABLED,), notes)
