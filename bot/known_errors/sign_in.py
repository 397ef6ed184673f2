"""Errors of Microsoft Entra when it gives no token, and of Microsoft Graph when it accepts none.

Codes: https://learn.microsoft.com/entra/identity-platform/reference-error-codes and https://learn.microsoft.com/graph/errors
"""

from bot.i18n import say
from bot.known_errors.known_error import KnownError

TOKEN = ("entra token", "teams Connect-MicrosoftTeams")
CODES = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes"
GRAPH = "https://learn.microsoft.com/graph/errors"

SIGN_IN = (
    KnownError(
        calls=TOKEN,
        cause=say("the client secret is wrong"),
        remedy=say("enter the secret's value, not its id"),
        source=CODES,
        codes=("AADSTS7000215",),
    ),
    KnownError(
        calls=TOKEN,
        cause=say("the client secret has expired"),
        remedy=say("make a new one and enter it in the configuration"),
        source=CODES,
        codes=("AADSTS7000222",),
    ),
    KnownError(
        calls=TOKEN,
        cause=say("the certificate is not the one that is registered for the app"),
        remedy=say("upload the certificate to the app registration, or name the right one in the configuration"),
        source=CODES,
        codes=("AADSTS700027",),
    ),
    KnownError(
        calls=TOKEN,
        cause=say("the app is not registered in this tenant"),
        remedy=say("check client id and tenant in the configuration"),
        source=CODES,
        codes=("AADSTS700016",),
    ),
    KnownError(
        calls=TOKEN,
        cause=say("there is no such tenant"),
        remedy=say("check its id and the login host in the configuration"),
        source=CODES,
        codes=("AADSTS90002",),
    ),
    KnownError(
        calls=TOKEN,
        cause=say("the Graph host of the configuration is wrong for this cloud"),
        remedy=say("name the Graph host of the cloud that the tenant is in"),
        source=CODES,
        codes=("AADSTS1002012",),
    ),
    KnownError(
        calls=("graph *",),
        cause=say("the app registration lacks a permission or a role"),
        remedy=say("consent to the permission that the documentation lists"),
        source=GRAPH,
        codes=("Authorization_RequestDenied",),
    ),
    KnownError(
        calls=("graph *",),
        cause=say("Microsoft Graph does not accept who we are"),
        remedy=say("check the app registration, its certificate or secret and the tenant in the configuration"),
        source=GRAPH,
        codes=("InvalidAuthenticationToken",),
    ),
    KnownError(
        calls=("graph * /users/{id}*", "graph * /groups/*"),
        cause=say("Entra does not know it: it was deleted, or is so new that not every copy of the directory has it"),
        remedy=say("look again in a few minutes; somebody who was deleted can be restored for 30 days"),
        source=GRAPH,
        codes=("Request_ResourceNotFound",),
    ),
)
