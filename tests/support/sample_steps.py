"""Steps and people for tests of the talking: what they say is written down here, nobody is asked."""

from typing import Literal

from pydantic import BaseModel, Field

from bot.calls import Cmdlet
from bot.facts import Reader
from bot.i18n import say
from bot.step import Change, Finding, Fine, Obstacle, Plan, Reason, Step, Unclear, step
from bot.steps.shared.people_input.question import PeopleForm
from bot.views import Person

ALEX = Person("00000000-0000-4000-8000-000000000020", "Alex Wilber")
MEGAN = Person("00000000-0000-4000-8000-000000000021", "Megan Bowen")
ADELE = Person("00000000-0000-4000-8000-000000000022", "Adele Vance")
PATTI = Person("00000000-0000-4000-8000-000000000024", "Patti Fernandez")
PEOPLE = {person.name.split()[0]: person for person in (ALEX, MEGAN, ADELE, PATTI)}


class Discovery(BaseModel):
    partner_discovery: Literal["open", "closed"] = Field(title="Partner discovery")
    replicate: bool = Field(default=True, title="Wait for replication")
    note: str = Field(default="", title="A note for the record")


@step(say("Move pilot users"), phrases=("move users", "move people to Teams"), ordering="independent", undone_by="move_back")
async def move_users(ask: PeopleForm, read: Reader) -> Plan:
    """Moves people from Skype for Business Server to Teams."""
    yield Fine("nobody", say("never looked at in these tests"))


@step(say("Move users back"), phrases=("move back",), ordering="independent")
async def move_back(ask: PeopleForm, read: Reader) -> Plan:
    """Moves people from Teams back to Skype for Business Server."""
    yield Fine("nobody", say("never looked at in these tests"))


@step(say("Federate with Office 365"), phrases=("federation",))
async def federation(ask: Discovery, read: Reader) -> Plan:
    """Office 365 counts as outside."""
    yield Fine("nobody", say("never looked at in these tests"))


STEPS: dict[str, Step] = {each.name: each for each in (move_users, move_back, federation)}


def move_change(sip: str, *notes: str) -> Change:
    """A move to Teams as the real step would plan it."""
    return Change(
        sip,
        say("on premises → Teams"),
        do=(Cmdlet("mover", "Move-CsUser", {"Identity": sip, "Target": "sipfed.online.lync.com", "Confirm": False}),),
        undo=(Cmdlet("mover", "Move-CsUser", {"Identity": sip, "Target": "pool1.contoso.com", "Confirm": False}),),
        undo_loses=(say("contacts do not come back"),),
        notes=tuple(say(note) for note in notes),
    )


PLAN: dict[str, Finding] = {
    "dave@contoso.com": Obstacle(
        "dave@contoso.com",
        (
            Reason(say("has Enterprise Voice without Phone System"), say("plan Phone System first")),
            Reason(say("Access Edge does not federate"), say("federate with Office 365"), cured_by="federation"),
        ),
    ),
    "frank@contoso.com": Fine("frank@contoso.com", say("already in Teams")),
    "grace@contoso.com": Unclear("grace@contoso.com", say("could not be read: throttled"), recheck_after=60.0),
    "erin@contoso.com": move_change("erin@contoso.com", "meetings stay on premises"),
}
