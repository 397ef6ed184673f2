"""Why Microsoft Entra gives no token, and why Microsoft Graph does not take one.

Codes: https://learn.microsoft.com/entra/identity-platform/reference-error-codes and https://learn.microsoft.com/graph/errors
"""

from bot.i18n import say
from bot.known_errors.cause import KnownError

TOKEN = ("entra token", "teams Connect-MicrosoftTeams")
CODES = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes"
GRAPH = "https://learn.microsoft.com/graph/errors"

SIGN_IN = (
    KnownError(TOKEN, say("the client secret is wrong"), say("enter the secret's value, not its id"), CODES, codes=("AADSTS7000215",)),
    KnownError(
        TOKEN,
        say("the client secret has expired"),
        say("make a new one and enter it in the configuration"),
        CODES,
        codes=("AADSTS7000222",),
    ),
    KnownError(
        TOKEN,
        say("the certificate is not the one that is registered for the app"),
        say("upload the certificate to the app registration, or name the right one in the configuration"),
        CODES,
        codes=("AADSTS700027",),
    ),
    KnownError(
        TOKEN,
        say("the app is not registered in this tenant"),
        say("check client id and tenant in the configuration"),
        CODES,
        codes=("AADSTS700016",),
    ),
    KnownError(
        TOKEN,
        say("there is no such tenant"),
        say("check its id and the login host in the configuration"),
        CODES,
        codes=("AADSTS90002",),
    ),
    KnownError(
        TOKEN,
        say("the Graph host of the configuration is wrong for this cloud"),
        say("name the Graph host of the cloud that the tenant is in"),
        CODES,
        codes=("AADSTS1002012",),
    ),
    KnownError(
        ("graph *",),
        say("the app registration lacks a permission or a role"),
        say("consent to the permission that the documentation lists"),
        GRAPH,
        codes=("Authorization_RequestDenied",),
    ),
    KnownError(
        ("graph *",),
        say("Microsoft Graph does not accept who we are"),
        say("check the app registration, its certificate or secret and the tenant in the configuration"),
        GRAPH,
        codes=("InvalidAuthenticationToken",),
    ),
    KnownError(
        ("graph * /users/{id}*", "graph * /groups/*"),
        say("Entra does not know it: it was deleted, or is so new that not every copy of the directory has it"),
        say("look again in a few minutes; somebody who was deleted can be restored for 30 days"),
        GRAPH,
        codes=("Request_ResourceNotFound",),
    ),
)
