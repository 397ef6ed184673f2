"""Every fact: it only reads, with documented parameters, and its docstring names Microsoft's page."""

import re
from collections.abc import Iterator
from contextlib import suppress

import pytest

from bot.calls import Cmdlet, GraphCall, LocalSource, ReadCall
from bot.facts import Fact, GraphFact
from bot.facts.directory import EntraGroup
from bot.facts.domains import Domain
from bot.facts.tenant import TeamsTenant
from bot.facts.users import AssignedPolicies, OnPremUser
from tests.support.api_conformance import documented, misfit

GUID = "00000000-0000-4000-8000-0000000000aa"
BOB = "bob@contoso.com"
ARGUMENTS = {
    **{"name": "Pilot", "id": GUID, "guid": GUID, "group": GUID, "number": "+4930123456", "most": "1"},
    **{"uri": "https://contoso.com", "by": "mail", "names": BOB},
}
PAGE = re.compile(r"https://learn\.microsoft\.com/([\w./-]+)")
WITHOUT_PAGE_OF_ITS_OWN = "entra/identity/hybrid/connect/"  # the ADSync module has one page for all cmdlets


def all_facts() -> Iterator[type[Fact]]:
    left = [Fact]
    while left:
        fact = left.pop()
        left += fact.__subclasses__()
        if fact.__module__.startswith("bot.facts.") and fact not in (GraphFact, AssignedPolicies) and not fact.__name__.startswith("_"):
            yield fact


FACTS = sorted(all_facts(), key=lambda fact: fact.__name__)


def calls_of(fact: type[Fact]) -> list[ReadCall]:
    """Every call by which a fact can be read."""
    calls: list[ReadCall] = []
    keys = [GUID if fact.match_on == ("Guid",) else BOB]
    with suppress(NotImplementedError):
        calls += [*fact.calls_for(keys), *filter(None, [fact.bulk_call(keys)])]
    with suppress(NotImplementedError):
        calls.append(fact.call(**ARGUMENTS))
    return calls


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_fact_only_reads_and_with_documented_parameters(fact: type[Fact]) -> None:
    calls = calls_of(fact)
    assert calls
    for call in calls:
        match call:
            case Cmdlet():
                assert documented(call)["kind"] == "read" and not call.name.startswith(("New-", "Export-", "Connect-", "Disconnect-"))
                assert misfit(call) is None
                assert call.pick == fact.property_names() and set(fact.match_on) <= set(call.pick)
            case GraphCall():
                assert call.method == "GET" and misfit(call) is None


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_fact_names_microsofts_page(fact: type[Fact]) -> None:
    pages = [page for one in fact.__mro__ if issubclass(one, Fact) for page in PAGE.findall(one.__doc__ or "")]
    for call in calls_of(fact):
        match call:
            case Cmdlet():
                ends = [page for page in pages if page.endswith(f"/{call.name.lower()}") or page.startswith(WITHOUT_PAGE_OF_ITS_OWN)]
                assert ends, f"{fact.__name__}: name the page of {call.name} in the docstring"
            case GraphCall():
                assert any(page.startswith("graph/api/") for page in pages), (
                    f"{fact.__name__}: name the page of {call.path} in the docstring"
                )


def test_a_source_is_read_with_the_properties_of_the_model() -> None:
    assert TeamsTenant.call() == Cmdlet("teams", "Get-CsTenant", pick=TeamsTenant.property_names())
    assert Domain.call() == GraphCall("GET", "/domains", {"$select": "id,isVerified,isInitial"})
    query = {"$select": "id,displayName", "$filter": "displayName eq 'O''Hara'"}
    assert EntraGroup.call(name="O'Hara") == GraphCall("GET", "/groups", query)
    with pytest.raises(NotImplementedError, match="OnPremUser is not read whole"):
        OnPremUser.call()
    with pytest.raises(NotImplementedError, match="TeamsTenant is not read per subject"):
        TeamsTenant.calls_for([BOB])


def test_a_local_source_is_asked_as_it_is() -> None:
    assert Fact.select(LocalSource("now")) == LocalSource("now")
