"""Errors of the far end: the known ones are explained, the others are left as they are."""

import pytest

from bot.causes import CAUSES, explain, in_words, not_yet
from bot.errors import Refused
from bot.say import say
from bot.steps import STEPS
from dialogs.text import render

CURES = {step.name for step in STEPS} | {
    "tenant",
    "domain",
    "directory_sync",
    "licences",
    "federation",
    "hosting_provider",
    "shared_sip_space",
}

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


@pytest.mark.parametrize(("text", "cure"), MOVES.items(), ids=lambda value: str(value)[:40])
def test_an_error_of_a_move_is_explained_with_its_remedy(text: str, cure: str | None) -> None:
    cause = explain(Refused(text))
    assert cause is not None
    assert str(cause.why) and str(cause.remedy) and cause.cure == cure


def test_a_missing_licence_counts_as_new_for_half_an_hour() -> None:
    cause = explain(Refused("HostedMigration fault: Error=(507), Description=(…)"))
    assert cause is not None and cause.young_licence == 1800
    assert not_yet(cause, 1, 3600, 1799, float) == 300
    assert not_yet(cause, 1, 3600, 1800, float) is None
    assert not_yet(cause, 1, 3600, None, float) is None


def test_what_is_not_there_yet_is_tried_again_until_the_step_gives_up() -> None:
    cause = explain(Refused("Domain verification failed with the following error: 'DNS verification record was not found.'"))
    assert [not_yet(cause, tries, 3600, None, float) for tries in (1, 3, 4)] == [900, 900, None]


def test_what_nobody_knows_is_never_tried_again() -> None:
    assert not_yet(None, 1, 3600, 0, float) is None
    assert not_yet(explain(Refused("Insufficient access rights to perform the operation")), 1, 3600, 0, float) is None


@pytest.mark.parametrize("text", ["Something nobody has ever seen", "", "HostedMigration fault: Error=(5070)", "AADSTS500761: another one"])
def test_an_unknown_error_has_no_cause(text: str) -> None:
    assert explain(Refused(text)) is None


def test_the_code_alone_is_enough() -> None:
    assert explain(Refused("Nicht gefunden", code="CommandNotFoundException")) is not None


def test_a_cure_is_the_name_of_a_step() -> None:
    assert {cause.cure for cause in CAUSES if cause.cure} <= CURES


def test_every_mark_belongs_to_one_cause_only() -> None:
    for cause in CAUSES:
        for mark in cause.marks:
            assert explain(Refused(mark)) is cause, mark


def test_a_known_error_is_shown_as_it_came_with_its_cause_in_the_persons_language() -> None:
    told = say("Could not look: {why}", why=in_words(Refused("Error=(507)")))
    known = explain(Refused("Error=(507)"))
    assert known and render(told, "de") == f"Konnte nicht nachsehen: Error=(507) ({render(known.why, 'de')}: {render(known.remedy, 'de')})"
    assert str(in_words(Refused("never heard of"))) == "never heard of"
