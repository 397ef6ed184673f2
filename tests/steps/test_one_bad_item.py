"""One bad item spoils nothing for the others: somebody whom Teams does not know, in each of the shapes in which that is said."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.lab.manual_actions.registry import perform_manual_action
from bot.calls import Cmdlet, ReadCall
from bot.errors import Unreachable
from bot.facts import ReadFailure
from bot.facts.ad_users import AdUser
from bot.facts.teams_users import OnlineUser
from bot.gateway import ReadResult, RemoteError
from bot.step import Obstacle
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.scripted_gateway import ScriptedGateway, ad_row, reader_over

BOB, CAROL, ERIN, NORA = "bob@contoso.com", "carol@contoso.com", "erin@contoso.com", "nora.o'neill@contoso.com"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    async with estate_harness(tmp_path, "ready") as office:
        yield office


def leaves_the_cloud(office: EstateHarness, sip: str) -> None:
    person = office.estate.directory.find_on_premises(sip)
    assert person and person.account
    person.online, person.account.sync = None, "out of scope"


@pytest.mark.parametrize("told", ["in the target", "named", "unnamed"])
@pytest.mark.parametrize("gone", [(ERIN,), (ERIN, NORA)], ids=["one", "two"])
async def test_who_is_not_in_teams_is_told_by_name_and_the_others_can_be_moved(
    office: EstateHarness, told: str, gone: tuple[str, ...]
) -> None:
    perform_manual_action(office.estate, {"do": "behave", "teams_unknown": told})
    for sip in gone:
        leaves_the_cloud(office, sip)
    plan = await office.make_plan("move_users", people="\n".join((BOB, CAROL, *gone)))
    assert plan.state == "planned", (plan.why, plan.problems)
    assert [row.subject for row in plan.changes] == [BOB, CAROL]
    stopped = {one.subject: str(one.reasons[0].why) for one in plan.other_findings if isinstance(one, Obstacle)}
    assert sorted(stopped) == sorted(gone) and all("not in the cloud" in why or "synchron" in why for why in stopped.values()), stopped


async def test_where_nobody_can_say_whom_an_error_is_about_each_of_them_is_asked_alone() -> None:
    """One who is not there spoils nothing for the others, and is told by name."""

    class Mumbling(ScriptedGateway):
        async def read(self, call: ReadCall) -> AsyncIterator[ReadResult]:
            assert isinstance(call, Cmdlet)
            self.reads.append(call)
            together = len(call.each) > 1
            rows = tuple(ad_row(name) for name in call.each if name == BOB)
            missing = [name for name in call.each if name == NORA]
            broken = [name for name in call.each if name == CAROL]
            errors = [RemoteError("userId was not found", "NotFound,X", "" if together else name, not together) for name in missing]
            yield ReadResult(rows, (*errors, *(RemoteError("busy", "Busy", "" if together else name) for name in broken)))

    read, _ = reader_over(outside := Mumbling())
    found = await read.by_key(AdUser, [NORA, BOB, CAROL])
    assert (found[NORA], found[CAROL]) == (None, ReadFailure("busy")) and isinstance(found[BOB], AdUser)
    assert [call.each for call in outside.reads if isinstance(call, Cmdlet)][1:] == [(NORA,), (CAROL,)]


async def test_where_too_many_are_left_they_are_unknown_with_the_words_and_the_names() -> None:
    names = [f"person{n}@contoso.com" for n in range(30)]
    read, _ = reader_over(
        outside := ScriptedGateway(Get_CsAdUser=[ReadResult((ad_row(BOB),), (RemoteError("userId was not found", "NotFound,X"),))])
    )
    found = await read.by_key(AdUser, [BOB, *names])
    assert isinstance(found[BOB], AdUser) and len(outside.reads) == 1
    told = found[names[0]]
    assert isinstance(told, ReadFailure) and str(told.why).startswith("userId was not found (asked about: person0@contoso.com, ")


async def test_a_question_by_name_that_fails_says_nothing_of_those_whom_the_cheaper_one_has_found() -> None:
    class NoNames(ScriptedGateway):
        async def read(self, call: ReadCall) -> AsyncIterator[ReadResult]:
            assert isinstance(call, Cmdlet)
            if call.each_as != "Filter":
                raise Unreachable("userId was not found")
            told = {
                "SipAddress": f"sip:{BOB}",
                "OnPremSipAddress": "",
                "Identity": "1",
                "UserPrincipalName": BOB,
                "HostingProvider": "SRV:",
            }
            yield ReadResult(
                ({**told, "OnPremHostingProvider": "SRV:", "TeamsUpgradeEffectiveMode": "Islands", "UserValidationErrors": []},)
            )

    found = await reader_over(NoNames())[0].by_key(OnlineUser, [BOB, CAROL])
    assert isinstance(found[BOB], OnlineUser) and found[CAROL] == ReadFailure("userId was not found")
