"""Victor and Carol of the pretend estate, one of whom is renamed or gets the address of the other."""

from adapters.lab.estate.person import AdAccount, EstatePerson
from adapters.lab.manual_actions.registry import perform_manual_action
from bot.step import Finding
from bot.views import RunView
from tests.support.estate_harness import EstateHarness

VICTOR, CAROL, NEW = "victor.voice@contoso.com", "carol@contoso.com", "viktor.neu@contoso.com"


NUMBER, POOL = "tel:+4930555010115", "pool01.contoso.com"


HOUR = 3600.0


def person(office: EstateHarness, name: str) -> EstatePerson:
    found = office.estate.directory.find_on_premises(name)
    assert found
    return found


def account(one: EstatePerson) -> AdAccount:
    assert one.account
    return one.account


class TwoPeople:
    """Victor has number, voice, policy and contacts; Carol has none of them, and gets his address where it is given away."""

    def __init__(self, office: EstateHarness, history: str) -> None:
        self.office, self.history = office, history
        self.victor, self.carol = person(office, VICTOR), person(office, CAROL)
        account(self.victor).policies, account(self.victor).contacts = {"ClientPolicy": "Calm"}, 7
        self.before = self.of(self.victor)
        self.hers = self.of(self.carol)

    @staticmethod
    def of(one: EstatePerson) -> tuple[object, ...]:
        held = account(one)
        return held.line_uri, held.enterprise_voice, held.pool, dict(held.policies or {}), held.contacts

    async def move_victor(self) -> RunView:
        run = await self.office.start_and_approve(await self.office.make_plan("move_users", people=VICTOR))
        assert run.state == "verified"
        return run

    def rename_victor(self) -> str:
        """What befalls his names after that. Returns the name by which he is asked for afterwards, as people would."""
        clear(account(self.victor))
        if self.history == "renamed":
            perform_manual_action(self.office.estate, {"do": "rename", "who": VICTOR, "to": NEW})
        if self.history == "given away":
            perform_manual_action(self.office.estate, {"do": "give address", "who": VICTOR, "to": CAROL, "becomes": NEW})
        self.office.pass_time(HOUR)  # the cloud has heard of it
        return VICTOR

    @property
    def contacts(self) -> int:
        """What he has of them when he is back: the file holds them under the old address only."""
        return 7 if account(self.victor).sip == VICTOR else 0

    def is_back(self) -> bool:
        return self.of(self.victor) == (*self.before[:4], self.contacts)

    def is_away(self) -> bool:
        return account(self.victor).pool == "" and account(self.victor).line_uri == ""

    def nobody_else_was_touched(self) -> bool:
        return self.of(self.carol) == self.hers


def clear(held: AdAccount) -> None:
    """As some do for a clean end of hybrid."""
    held.line_uri, held.enterprise_voice, held.policies = "", False, None


def findings_of(view: RunView) -> list[Finding]:
    return [*(row.change for row in view.changes), *view.other_findings]


def describe_findings(view: RunView) -> str:
    """Everything that the plan says."""
    words = []
    for finding in findings_of(view):
        words += [finding.subject, *map(str, finding.notes), str(getattr(finding, "why", ""))]
        words += [str(reason.why) for reason in getattr(finding, "reasons", ())]
    return "\n".join(words)
