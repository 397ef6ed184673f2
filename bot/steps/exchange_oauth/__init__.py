"""The optional step that lets Exchange, Skype for Business Server and the cloud trust each other."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, ValidationInfo

from bot.facts import Reader
from bot.facts.deployment import ConfiguredEndpoint
from bot.i18n import say
from bot.step import Finding, Plan, StepSummary, Unclear, step
from bot.steps.exchange_oauth import exchange_online, servers, teams
from bot.steps.shared.people_input.parser import parse_people
from bot.steps.shared.people_input.question import check_people_text
from bot.summary import summarise

EXCHANGE = "Exchange"
NOT_LOOKED_AT = say("optional, and not looked at: the configuration does not tell how to reach Exchange (endpoints.exchange)")


def check_trust(trust: str, info: ValidationInfo) -> str:
    if info.data.get("exchange") == "online" and trust != "servers_and_exchange_online":
        raise ValueError(say("this needs Exchange servers of your own; without them only servers_and_exchange_online makes sense"))
    return trust


def check_one_person(text: str) -> str:
    if not text.strip():
        return ""
    meant = parse_people(check_people_text(text))
    if meant.count != 1 or meant.groups or meant.summary.left_aside:
        raise ValueError(say("name one person, by address"))
    return meant.people[0]


class Trust(BaseModel):
    """Three or four trusts hide behind one word: which one is meant must be asked."""

    exchange: Literal["on_premises", "online"] = Field(
        title="Are there mailboxes on Exchange servers of your own?",
        json_schema_extra={
            "choices": {
                "on_premises": "Yes: some or all mailboxes are on premises",
                "online": "No: all mailboxes are in Exchange Online",
            }
        },
    )
    trust: Annotated[
        Literal["exchange_and_exchange_online", "exchange_and_teams", "servers_and_exchange_online", "servers_and_exchange"],
        AfterValidator(check_trust),
    ] = Field(
        title="Who shall trust each other?",
        description="Calendars and presence of people in Teams with a mailbox on premises need the first two, in this order.",
        json_schema_extra={
            "choices": {
                "exchange_and_exchange_online": "Exchange on premises and Exchange Online (needed before Teams)",
                "exchange_and_teams": "Exchange on premises and Teams",
                "servers_and_exchange_online": "Skype for Business Server and Exchange Online",
                "servers_and_exchange": "Skype for Business Server and Exchange on premises",
            }
        },
    )
    person: Annotated[str, AfterValidator(check_one_person)] = Field(
        default="", title="With whom shall it be tested?", description="The address of a person with a mailbox; empty = anybody suitable"
    )


@step(
    say("Connect Exchange (OAuth)"),
    phrases=("exchange oauth", "connect exchange", "exchange trust", "oauth", "exchange"),
    verify_timeout=timedelta(hours=72),
    optional=True,
    phases=("before", "in"),
)
async def exchange_oauth(answers: Trust, read: Reader) -> Plan:
    """Lets Exchange, Skype for Business Server and the cloud show each other calendars, presence, conversation history and contacts.

    Only needed where mailboxes are on Exchange servers of your own, or in Exchange Online while people are still on premises. Certificates
    must be uploaded to Microsoft 365 by hand; the step waits for it, and then until a test says that the trust works. Meetings of
    people whose mailbox is on premises are not converted, trust or not.
    """
    for finding in await _findings(answers, read):
        yield finding


@exchange_oauth.summary
async def _summary(read: Reader) -> StepSummary | None:
    """Only tells that Exchange cannot be reached: the trust that is meant must be asked for."""
    return None if await _is_exchange_configured(read) else summarise([Unclear(EXCHANGE, NOT_LOOKED_AT)])


async def _is_exchange_configured(read: Reader) -> bool:
    return any(one.place == "exchange" for one in await read.list_all(ConfiguredEndpoint))


async def _findings(answers: Trust, read: Reader) -> list[Finding]:
    if answers.trust == "servers_and_exchange_online":
        return await servers.check_exchange_online(read, answers.person, only_online=answers.exchange == "online")
    if not await _is_exchange_configured(read):
        return [Unclear(EXCHANGE, NOT_LOOKED_AT)]
    match answers.trust:
        case "exchange_and_exchange_online":
            return await exchange_online.check_exchange_online(read, answers.person)
        case "exchange_and_teams":
            return await teams.check_teams(read, answers.person)
    return await servers.check_exchange(read, answers.person)
