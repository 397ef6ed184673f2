"""Errors of the far end: the known ones are explained where they were met, the others are left as they are."""

import json
from functools import cache

import pytest

from adapters.graph.permissions import NEEDED
from bot.calls import Cmdlet, Destination, GraphCall, destination
from bot.errors import Refused
from bot.evidence import MOST_KEPT, MOST_SHOWN
from bot.i18n import say
from bot.known_errors import KNOWN_ERRORS, cause_and_remedy, describe_error, lookup
from bot.known_errors.known_error import POWERSHELL_ENDPOINTS, KnownError
from bot.known_errors.retry import decide_retry
from bot.steps import STEPS
from dialogs.rendering import render
from tests.support.paths import ROOT

CURES = {step.name for step in STEPS} | {
    "tenant",
    "domain",
    "directory_sync",
    "licences",
    "federation",
    "hosting_provider",
    "shared_sip_space",
}
MOVE = Destination("mover", "Move-CsUser")
MODULES = {
    "sfb": "SkypeForBusiness",
    "mover": "SkypeForBusiness",
    "teams": "MicrosoftTeams",
    "sync": "ADSync",
    "exchange": "ExchangePowerShell",
}
ON_THE_WAY = ("entra token", "dns TXT contoso.com", "channel POST", "store PUT", *(f"{place} session" for place in POWERSHELL_ENDPOINTS))

MOVES = {
    "HostedMigration fault: Error=(510), Description=(This user's tenant is not enabled for shared sip address space.)": "shared_sip_space",
    "HostedMigration fault: Error=(507), Description=(User must has an assigned license to use Skype for Business Online.)": "licences",
    "HostedMigration fault: Error=(506), Description=(The user could move be moved because there appears to be a problem with this "
    "user account. Please verify the attribute settings on the account and then try again.)": "directory_sync",
    "Cannot find user in Active Directory with the following SIP URI: sip:bob@contoso.com.": None,
    "SetMoveResourceData failed because the user is not provisioned.": None,
    "The move failed because there are multiple federated Edge pools in the topology.": None,
    "The server did not return expected status code from request for WWW-Authenticate header": None,
    "Forest header can't be null": None,
    "AADSTS50076: Due to a configuration change you must use multi-factor authentication": None,
    "AADSTS50126: Error validating credentials due to invalid username or password.": None,
    'Active Directory operation failed on "dc01.contoso.com". You cannot retry this operation: '
    '"Insufficient access rights to perform the operation"': None,
    'Management object not found for identity "sip:bob@contoso.com".': None,
    "The remote server returned an error: (403) Forbidden.": None,
    "The underlying connection was closed: An unexpected error occurred on a send.": None,
    "The user is enabled for Enterprise Voice and must have an assigned license for Phone System.": "licences",
}


@cache
def everywhere() -> tuple[Destination, ...]:
    """All calls that could be made: every cmdlet of every place, every Graph request that we know, and what stands on the way."""
    listed = json.loads((ROOT / "adapters/lab/powershell/cmdlets.json").read_text("utf-8"))
    cmdlets = [
        Destination(place, each["name"])
        for each in (*listed["cmdlets"], *listed["added"])
        for place, module in MODULES.items()
        if each["module"] in (module, "Microsoft.PowerShell.Core", "Microsoft.PowerShell.Utility")
    ]
    others = ("POST /domains/contoso.com/verify", "DELETE /domains/contoso.com", "GET /users/{id}", "GET /groups/{id}/members/{id}")
    graph = [Destination("graph", line) for line in (*NEEDED, *others)]
    way = [Destination(*line.split(" ", 1)) for line in ON_THE_WAY]
    return (*cmdlets, *graph, *way, Destination("teams", "Connect-MicrosoftTeams"))


def home(cause: KnownError) -> Destination:
    return next(to for to in everywhere() if cause.is_about(to))


def every_mark(cause: KnownError) -> list[Refused]:
    """Errors of which each would be enough to be taken for this cause."""
    by_code = [
        error for code in cause.codes for error in (Refused("", code), Refused("Fehler", f"{code},Some.Class"), Refused(f"({code})"))
    ]
    by_category = [Refused("Nicht gefunden", target="bob@contoso.com", category=number) for number in cause.categories]
    return [*by_code, *by_category, *(Refused(f"It said: {text}.") for text in cause.texts)]


@pytest.mark.parametrize(("text", "cure"), MOVES.items(), ids=lambda value: str(value)[:40])
def test_an_error_of_a_move_is_explained_with_its_remedy(text: str, cure: str | None) -> None:
    cause = lookup(Refused(text, to=MOVE))
    assert cause is not None
    assert str(cause.cause) and str(cause.remedy) and cause.cured_by == cure


def test_each_cause_names_its_calls_and_where_it_was_collected() -> None:
    for cause in KNOWN_ERRORS:
        assert cause.calls and len(cause.source) > 8 and (cause.codes or cause.texts or cause.categories), cause
        for pattern in cause.calls:
            assert any(
                KnownError(calls=(pattern,), cause=cause.cause, remedy=cause.remedy, source="").is_about(to) for to in everywhere()
            ), f"{pattern} is no call"


def test_what_may_come_from_any_call_of_a_place_is_told_by_codes_alone() -> None:
    assert [str(cause.cause) for cause in KNOWN_ERRORS if cause.texts and any(pattern.endswith(" *") for pattern in cause.calls)] == []


@pytest.mark.parametrize("cause", KNOWN_ERRORS, ids=lambda cause: str(cause.cause)[:40])
def test_a_cause_explains_its_own_calls_and_none_of_anybody_elses(cause: KnownError) -> None:
    """Every mark of it, said by every cmdlet of every place, by every request to Graph, and by what stands on the way."""
    assert any(cause.is_about(to) for to in everywhere())
    for error in every_mark(cause):
        for to in everywhere():
            error.to = to
            assert (lookup(error) is cause) == cause.is_about(to) or other_owner(cause, to), (str(error), to)
        error.to = None
        assert lookup(error) is None


def other_owner(cause: KnownError, to: Destination) -> bool:
    """The same words mean something else there, and that cause says so itself."""
    said = {*cause.codes, *cause.texts, *cause.categories}
    return not cause.is_about(to) and any(
        other.is_about(to) and said & {*other.codes, *other.texts} for other in KNOWN_ERRORS if other is not cause
    )


def test_a_proxys_no_before_exchange_asks_nobody_for_a_role_in_teams() -> None:
    told = Refused("The remote server returned an error: (403) Forbidden.", to=Destination("exchange", "New-AuthServer"))
    assert lookup(told) is None and str(describe_error(told)) == "The remote server returned an error: (403) Forbidden."


def test_the_words_of_the_far_end_stand_first_and_name_what_the_cause_does_not() -> None:
    words = (
        "This organization cannot be upgraded to TeamsOnly mode. One or more M365 domains have a public DNS record that points to an "
        "on-premises Skype for Business Server deployment. The domain records at fault are {[lyncdiscover.old.example.203.0.113.20];}"
    )
    refused = Refused(words, to=Destination("teams", "Grant-CsTeamsUpgradePolicy"))
    why, remedy = cause_and_remedy(refused)
    assert str(why) == f"{words} (public DNS still leads to the servers on premises (lyncdiscover))" and remedy
    for locale in ("en", "de"):
        assert (
            render(why, locale).startswith(words)
            and render(say("Could not look: {why}", why=describe_error(refused)), locale).count(words) == 1
        )


@pytest.mark.parametrize(
    "code", ["CommandNotFoundException", "CommandNotFoundException,Some-Function1a2b3c", "AmbiguousParameterSet,Some.Class"]
)
def test_the_code_counts_more_than_the_text(code: str) -> None:
    cause = lookup(Refused("HostedMigration fault: Error=(510)", code, to=MOVE))
    assert cause is not None and cause.codes == (code.partition(",")[0],)


def test_category_and_target_are_enough_in_any_language() -> None:
    told = Refused("Das Verwaltungsobjekt wurde nicht gefunden.", "Anders", "bob@contoso.com", category=13, to=MOVE)
    cause = lookup(told)
    assert cause is not None and "not enabled for Skype for Business" in str(cause.cause)
    assert lookup(Refused("Der Pool wurde nicht gefunden.", "Anders", category=13, to=MOVE)) is None


def test_what_was_only_concluded_says_perhaps() -> None:
    told = Refused("The underlying connection was closed.", to=MOVE)
    assert "(perhaps: TLS 1.2 is off" in str(describe_error(told)) and "(perhaps: " in str(cause_and_remedy(told)[0])


def test_what_the_adapter_knows_stands_in_the_place_of_the_cause() -> None:
    call = GraphCall("POST", "/domains", body={"id": "contoso.com"})
    hint = say("the app lacks the Graph permission {name}", name="Domain.ReadWrite.All")
    told = Refused("Insufficient privileges.", "Authorization_RequestDenied", hint=hint, to=destination(call))
    assert str(describe_error(told)).startswith(
        "Insufficient privileges. (the app lacks the Graph permission Domain.ReadWrite.All: consent"
    )


def wait(known: KnownError | None, tries: int = 1, licence_age: float | None = None) -> float | None:
    """Seconds until the next try, of an hour for all; None = the refusal is final."""
    return decide_retry(known, tries=tries, timeout=3600, licence_age=licence_age, scaled=float).wait


def test_a_missing_licence_counts_as_new_for_half_an_hour() -> None:
    cause = lookup(Refused("HostedMigration fault: Error=(507), Description=(…)", to=MOVE))
    assert cause is not None and cause.licence_counts_within == 1800
    assert wait(cause, licence_age=1799) == 300
    assert wait(cause, licence_age=1800) is None
    assert wait(cause) is None


def test_what_is_not_there_yet_is_tried_again_until_the_step_gives_up() -> None:
    verify = destination(GraphCall("POST", "/domains/contoso.com/verify"))
    cause = lookup(Refused("Domain verification failed with the following error: 'DNS verification record was not found.'", to=verify))
    assert [wait(cause, tries) for tries in (1, 3, 4)] == [900, 900, None]


def test_what_nobody_knows_is_never_tried_again() -> None:
    assert wait(None, licence_age=0) is None
    assert wait(lookup(Refused("Insufficient access rights to perform the operation", to=MOVE)), licence_age=0) is None


@pytest.mark.parametrize("text", ["Something nobody has ever seen", "", "HostedMigration fault: Error=(5070)", "AADSTS500761: another one"])
def test_an_unknown_error_has_no_cause(text: str) -> None:
    assert lookup(Refused(text, to=MOVE)) is None


def test_the_code_alone_is_enough() -> None:
    assert (
        lookup(Refused("Nicht gefunden", code="CommandNotFoundException", to=destination(Cmdlet("sync", "Get-ADSyncScheduler"))))
        is not None
    )


def test_a_cure_is_the_name_of_a_step() -> None:
    assert {cause.cured_by for cause in KNOWN_ERRORS if cause.cured_by} <= CURES


def test_a_known_error_is_shown_as_it_came_with_its_cause_in_the_persons_language() -> None:
    refused = Refused("Error=(507)", to=MOVE)
    told, known = say("Could not look: {why}", why=describe_error(refused)), lookup(refused)
    assert (
        known and render(told, "de") == f"Konnte nicht nachsehen: Error=(507) ({render(known.cause, 'de')}: {render(known.remedy, 'de')})"
    )
    assert str(describe_error(Refused("never heard of"))) == "never heard of"


def test_a_text_without_an_end_is_shown_with_both_its_ends_and_kept_longer() -> None:
    told = Refused("Begins so. " + "x" * 9_000 + " Ends so.", to=MOVE)
    assert MOST_KEPT - 2 <= len(str(told.words)) <= MOST_KEPT and str(told.words).endswith("Ends so.")
    for shown in (str(describe_error(told)), render(describe_error(told)), render(say("{why}", why=describe_error(told)))):
        assert len(shown) <= MOST_SHOWN and shown.startswith("Begins so.") and shown.endswith("Ends so.")


def test_control_characters_and_secrets_are_taken_out_and_line_breaks_stay_in_the_records() -> None:
    token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJS.eyJhdWQiOiIwMDAwMDAwMyJ9.c2lnbmF0dXJl"
    told = Refused(f"\x1b[31mZugriff verweigert\x1b[0m\x00\r\nBearer {token} ?sv=1&sig=abc%2B&x=1 \u202eevil")
    assert str(told.words) == "Zugriff verweigert \nBearer ••• ?sv=1&sig=•••&x=1  evil"
    assert render(describe_error(told)) == "Zugriff verweigert Bearer ••• ?sv=1&sig=•••&x=1 evil"
