"""What Microsoft Graph says about domains: https://learn.microsoft.com/graph/api/domain-verify

The pages name the status only (400 Request_BadRequest); the texts are known from experience, their exact wording varies.
"""

from bot.i18n import say
from bot.known_errors.cause import MINUTES, KnownError

ADD, VERIFY, REMOVE = "graph POST /domains", "graph POST /domains/*/verify", "graph DELETE /domains/*"
EXPERIENCE = "wording from experience, without a page"

DOMAINS = (
    KnownError(
        (ADD, VERIFY),
        say("the domain belongs to another Microsoft 365 tenant"),
        say(
            "find out which (a test tenant, a subsidiary, somebody's trial) and remove the domain there; if nobody knows the tenant,"
            " Microsoft support or an admin takeover by a Global Administrator can free it"
        ),
        EXPERIENCE,
        texts=("used elsewhere", "domain is already in use", "in another directory", "another tenant"),
        is_assumed=True,
    ),
    KnownError(
        (VERIFY,),
        say("the domain has just been verified, and not every copy of the directory shows it yet"),
        say("nothing to do: it is looked at again"),
        EXPERIENCE,
        texts=("Domain is already verified",),
        is_assumed=True,
        retry_after=MINUTES,
    ),
    KnownError(
        (VERIFY,),
        say("Microsoft 365 does not see the TXT record yet; resolvers remember for a while that there was none"),
        say("leave the record where it is; it is tried again every 15 minutes, for up to 72 hours"),
        EXPERIENCE,
        texts=("verification record was not found", "Domain verification failed"),
        is_assumed=True,
        retry_after=15 * MINUTES,
    ),
    KnownError(
        (REMOVE,),
        say("people or groups still use the domain in their addresses"),
        say("change those addresses first, or leave the domain in the tenant"),
        "https://learn.microsoft.com/graph/api/domain-delete: the condition; the text is made up",
        texts=("has references", "is referenced"),
        is_assumed=True,
    ),
)
