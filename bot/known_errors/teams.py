"""Errors of the MicrosoftTeams module. Texts are from public reports at MicrosoftDocs/office-docs-powershell (issue numbers below)."""

from bot.i18n import say
from bot.known_errors.known_error import MINUTES, KnownError
from bot.step_names import LICENCES

ASSIGN, NUMBERS = ("teams Set-CsPhoneNumberAssignment",), ("teams Set-CsPhoneNumberAssignment", "teams Remove-CsPhoneNumberAssignment")

TEAMS = (
    KnownError(
        calls=("teams *",),
        cause=say("the account or app of the Teams session has no role for it, or the cmdlet does not work for apps"),
        remedy=say(
            "give it Teams Administrator; which cmdlets work for apps is told on Microsoft's page on application-based authentication"
        ),
        source="https://github.com/mozziemozz/TeamsPhoneAutomation/issues/5 and issue 10539: text “Access Denied.”, category 7",
        codes=("Forbidden",),
    ),
    KnownError(
        calls=("teams Grant-CsTeamsUpgradePolicy",),
        cause=say("public DNS still leads to the servers on premises (lyncdiscover)"),
        remedy=say("finish the move of everybody, then change the records that are named"),
        source="https://learn.microsoft.com/microsoftteams/troubleshoot/teams-administration/cannot-switch-to-teams-only-mode",
        texts=("cannot be upgraded to TeamsOnly mode",),
    ),
    KnownError(
        calls=ASSIGN,
        cause=say("the number belongs to somebody else"),
        remedy=say("find the owner (Get-CsPhoneNumberAssignment), free the number and let it synchronise"),
        source="issue 9165",
        texts=("has already been assigned to another user",),
    ),
    KnownError(
        calls=NUMBERS,
        cause=say(
            "AD still owns the number: Teams takes it only after the next synchronisation; it is also said where Phone System is missing"
        ),
        remedy=say("nothing to do: it is tried again; “Directory synchronisation” makes it shorter. If it stays so, look at the licences"),
        source="issues 9347, 9244 and 9281",
        texts=("already has a telephone number set in the on-premises Active Directory",),
        retry_after=5 * MINUTES,
    ),
    KnownError(
        calls=ASSIGN,
        cause=say("the plan Phone System is missing, or does not count yet"),
        remedy=say("assign Phone System; a new licence counts after up to 30 minutes, then start again"),
        source="issues 8905 and 9281",
        texts=("lacks appropriate licenses to assign",),
        cured_by=LICENCES,
        retry_after=5 * MINUTES,
        licence_counts_within=30 * MINUTES,
    ),
    KnownError(
        calls=NUMBERS,
        cause=say("the service for numbers is busy"),
        remedy=say("nothing to do: it is tried again"),
        source="issue 8992, where it stayed so for two people",
        texts=("Service is unavailable. Please try again",),
        retry_after=5 * MINUTES,
    ),
)
