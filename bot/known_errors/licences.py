"""Errors of Microsoft Graph about licences.

The names of violations are those of https://learn.microsoft.com/graph/api/resources/licenseassignmentstate
"""

from bot.i18n import say
from bot.known_errors.known_error import MINUTES, KnownError
from bot.step_names import LICENCES, TENANT

ASSIGN = ("graph POST /users/{id}/assignLicense",)
NAMES = "https://learn.microsoft.com/graph/api/resources/licenseassignmentstate"

LICENCE_ERRORS = (
    KnownError(
        calls=ASSIGN,
        cause=say("the usage location is missing, or not every copy of the directory shows it yet"),
        remedy=say("set the usage location first"),
        source="https://github.com/microsoft/Partner-Center-DotNet-Samples/issues/131 and https://github.com/KelvinTegelaar/CIPP/issues/783",
        texts=("invalid usage location",),
        cured_by=LICENCES,
        retry_after=MINUTES,
    ),
    KnownError(
        calls=ASSIGN,
        cause=say("the licence holds a service plan that excludes one which the person has already"),
        remedy=say("take the other licence away, or switch that plan off in one of them"),
        source=f"the name: {NAMES}; the texts are made up",
        codes=("MutuallyExclusiveViolation",),
        texts=("conflicting service plans", "mutually exclusive"),
    ),
    KnownError(
        calls=ASSIGN,
        cause=say("a service plan of the licence needs another one that is missing or switched off"),
        remedy=say("give the licence with the plan that is needed, or leave the dependent plan off"),
        source=NAMES,
        codes=("DependencyViolation",),
    ),
    KnownError(
        calls=ASSIGN,
        cause=say("the licence comes through a group and cannot be taken from one person"),
        remedy=say("take the person out of that group, or change the group's licences"),
        source="https://support.okta.com/help/s/article/microsoft-office-365-provisioning-error-user-license-is-inherited-from-a-group-membership-"
        "and-it-cannot-be-removed-directly-from-the-user",
        texts=("inherited from a group",),
    ),
    KnownError(
        calls=ASSIGN,
        cause=say("all licences of this kind are in use"),
        remedy=say("buy or free licences"),
        source=f"the name: {NAMES}; the text from experience, without a page",
        codes=("CountViolation",),
        texts=("does not have any available licenses",),
        cured_by=TENANT,
    ),
)
