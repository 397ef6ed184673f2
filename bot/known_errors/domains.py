"""Errors of Microsoft Graph about domains: https://learn.microsoft.com/graph/api/domain-verify

The pages name the status only (400 Request_BadRequest); the texts are known from experience, their exact wording varies.
"""

from bot.i18n import say
from bot.known_errors.known_error import MINUTES, KnownError

ADD, VERIFY, REMOVE = "graph POST /domains", "graph POST /domains/*/verify", "graph DELETE /domains/*"
EXPERIENCE = "wording from experience, without a page"

DOMAINS = (
    KnownError(
        calls=(ADD, VERIFY),
        cause=say("the domain belongs to another Microsoft 365 tenant"),
        remedy=say(
            "find out which (a test tenant, a subsidiary, somebody's trial) and remove the domain there; if nobody knows the tenant,"
            " Microsoft support or an admin takeover by a Global Administrator can free it"
        ),
        source=EXPERIENCE,
        texts=("used elsewhere", "domain is already in use", "in another directory", "another tenant"),
        is_assumed=True,
    ),
    KnownError(
        calls=(VERIFY,),
        cause=say("the domain has just been verified, and not every copy of the directory shows it yet"),
        remedy=say("nothing to do: it is looked at again"),
        source=EXPERIENCE,
        texts=("Domain is already verified",),
        is_assumed=True,
        retry_after=MINUTES,
    ),
    KnownError(
        calls=(VERIFY,),
        cause=say("Microsoft 365 does not see the TXT record yet; resolvers remember for a while that there was none"),
        remedy=say("leave the record where it is; it is tried again every 15 minutes, for up to 72 hours"),
        source=EXPERIENCE,
        texts=("verification record was not found", "Domain verification failed"),
        is_assumed=True,
        retry_after=15 * MINUTES,
    ),
    KnownError(
        calls=(REMOVE,),
        cause=say("people or groups still use the domain in their addresses"),
        remedy=say("change those addresses first, or leave the domain in the tenant"),
        source="https://learn.microsoft.com/graph/api/domain-delete: the condition; the text is made up",
        texts=("has references", "is referenced"),
        is_assumed=True,
    ),
)
