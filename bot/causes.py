"""Errors of the far end that are known: what causes them, what cures them, and whether to try again.

Codes, fault numbers and stable parts of texts are those of Microsoft's support articles and of the page of Move-CsUser.
What is not in the table is shown as it is and never tried again by itself.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.errors import Trouble
from bot.say import Say, say

MINUTES = 60.0


@dataclass(frozen=True)
class Cause:
    """One known error. `marks` are codes or parts of the text, any of which will do.

    `again`: it only means "not yet", and is tried again by itself after so many seconds; None = never.
    `young_licence`: it only means that within so many seconds of a licence being given.
    """

    marks: tuple[str, ...]
    why: Say
    remedy: Say
    cure: str | None = None  # the step that cures it
    again: float | None = None
    young_licence: float | None = None


def explain(trouble: Trouble) -> Cause | None:
    """The first known cause that fits, or None: then the error speaks for itself."""
    told = f"{trouble.code}\n{trouble.words}".lower()
    return next((cause for cause in CAUSES if any(_fits(mark, told) for mark in cause.marks)), None)


def in_words(trouble: Trouble) -> str | Say:
    """The error as it is, with its cause and remedy behind it where they are known."""
    known = explain(trouble)
    return say("{words} ({why}: {remedy})", words=trouble.words, why=known.why, remedy=known.remedy) if known else trouble.words


def not_yet(cause: Cause | None, tries: int, gives_up: float, licence_age: float | None, real: Callable[[float], float]) -> float | None:
    """Real seconds after which a call that was refused `tries` times is tried again; None when the refusal is final.

    `gives_up` is for how long in all; `licence_age` is how long ago a licence was given, None where that is not known.
    `real` makes a real wait of a documented one. The older a licence gets without counting, the longer is the wait for it;
    the last try is when it must count.
    """
    if cause is None or cause.again is None or tries * real(cause.again) >= gives_up:
        return None
    if cause.young_licence is not None and (licence_age is None or licence_age >= real(cause.young_licence)):
        return None
    if cause.young_licence is None or licence_age is None:
        return real(cause.again)
    return max(real(cause.again), min(2 * licence_age, real(cause.young_licence) - licence_age))


def _fits(mark: str, told: str) -> bool:
    """A mark that ends in a digit must not go on with another one: 50076 is not 500768."""
    return re.search(re.escape(mark.lower()) + (r"(?!\d)" if mark[-1].isdigit() else ""), told) is not None


MOVES = (
    Cause(
        ("Error=(510)", "not enabled for shared sip address space"),
        say("510: the tenant does not share the SIP address space, or the move service does not know it yet"),
        say("share the SIP address space; when that was done just now, wait (minutes, up to a day) and start again"),
        cure="shared_sip_space",
    ),
    Cause(
        ("Error=(507)", "must has an assigned license", "must have an assigned license to use Skype for Business Online"),
        say("507: a licence with Teams and Skype for Business Online (Plan 2) is missing, or does not count yet"),
        say("assign the licence; a new one counts after up to 30 minutes, then start again"),
        cure="licences",
        again=5 * MINUTES,
        young_licence=30 * MINUTES,
    ),
    Cause(
        ("Error=(506)", "appears to be a problem with this user account"),
        say("506: the Skype for Business attributes have not been synchronised, or the cloud sees another home"),
        say("let Entra Connect refresh its schema and run a full cycle, then start again"),
        cure="directory_sync",
    ),
    Cause(
        ("Cannot find user in Active Directory with the following SIP URI",),
        say("the account lives in another AD domain than the servers, or the MicrosoftTeams module is faulty"),
        say("name a domain controller of that domain in the configuration (cloud.domain_controllers), or install a current module"),
    ),
    Cause(
        ("SetMoveResourceData failed because the user is not provisioned",),
        say("the pool has not loaded the account yet: the User Replicator asks AD every minute"),
        say("wait a few minutes; if it stays so, check the pool's User Replicator"),
        again=2 * MINUTES,
    ),
    Cause(
        ("multiple federated Edge pools",),
        say("more than one Edge pool federates"),
        say("leave one federation route in the topology and publish it"),
    ),
    Cause(
        ("did not return expected status code from request for WWW-Authenticate header",),
        say("the override URL of the move service is wrong or needless"),
        say("take cloud.override_url out of the configuration, or correct it"),
    ),
    Cause(
        ("Forest header can't be null",),
        say("MicrosoftTeams 5.3.0 is installed, which cannot move anybody"),
        say("install another version of the module on the machine that moves people"),
    ),
    Cause(
        ("AADSTS50076", "AADSTS50079", "AADSTS50158", "user interaction is required", "PromptForCredential"),
        say("the account that moves people must pass a second factor, which nobody can do for it"),
        say("use an account without a second factor and without conditional access"),
    ),
    Cause(
        ("AADSTS50126",),
        say("the password of the account that moves people is wrong"),
        say("correct the secret in the configuration"),
    ),
    Cause(
        ("Insufficient access rights to perform the operation", "INSUFF_ACCESS_RIGHTS"),
        say("AD protects the account (AdminSDHolder), or RTCUniversalUserAdmins is missing"),
        say("let the account inherit rights again, or give the shell's account equal rights"),
    ),
    Cause(
        ("Management object not found for identity",),
        say("the account is not enabled for Skype for Business, or has another SIP address"),
        say("enable it, or ask with its SIP address"),
    ),
    Cause(
        ("(401)", "(403)"),
        say("the account that moves people has no role for it in the tenant"),
        say("give it Teams Administrator or Skype for Business Administrator"),
    ),
    Cause(
        ("The underlying connection was closed", "Could not create SSL/TLS secure channel"),
        say("TLS 1.2 is off on the machine that moves people, or a proxy is in the way"),
        say("switch TLS 1.2 on there (SchUseStrongCrypto) and let it reach the internet"),
    ),
    Cause(
        ("assigned license for Phone System", "EnterpriseVoice check"),
        say("Enterprise Voice without the plan Phone System"),
        say("assign Phone System, then start again"),
        cure="licences",
        again=5 * MINUTES,
        young_licence=30 * MINUTES,
    ),
    Cause(
        ("assigned license for Audio Conferencing",),
        say("dial-in conferencing without the plan Audio Conferencing"),
        say("assign Audio Conferencing, then start again"),
        cure="licences",
        again=5 * MINUTES,
        young_licence=30 * MINUTES,
    ),
)

OTHERS = (
    Cause(
        ("duplicate key sequence",),
        say("the name or the proxy belongs to another hosting or public provider already"),
        say("compare both lists of providers; set the one that is there, or rename it"),
        cure="hosting_provider",
    ),
    Cause(
        ("Parameter set cannot be resolved", "AmbiguousParameterSet"),
        say("the parameters do not belong together"),
        say("this is a fault of this program: report it"),
    ),
    Cause(
        ("Cannot route From and To domains in this combination",),
        say("a domain of the tenant is missing on premises, or its federation record leads to the cloud"),
        say("add the domain on premises and let its DNS records lead to the Edge"),
        cure="domain",
    ),
    Cause(
        ("A 504 (Server time-out) response was received", "WorkflowNotCompleted"),
        say("the Edge or the partner did not answer: port 5061, DNS or a certificate"),
        say("check the Edge, its certificate and the SRV record"),
        again=5 * MINUTES,
    ),
    Cause(
        ("cannot be upgraded to TeamsOnly mode",),
        say("public DNS still leads to the servers on premises (lyncdiscover)"),
        say("finish the move of everybody, then change DNS"),
    ),
    Cause(
        ("-2147016672", "ANONYMOUS LOGON"),
        say("the shell may not use its account on a third machine (second hop)"),
        say("use a session configuration that runs under its own account (JEA or RunAs), or delegation"),
    ),
    Cause(
        ("-2144108102", "The SSL connection cannot be established"),
        say("the server cannot offer TLS to remote PowerShell: .NET is older than 4.5.2, or a cumulative update is half installed"),
        say("install .NET and the update to the end there, and run its setup again"),
    ),
    Cause(
        ("PromptForChoice", "cannot prompt the user"),
        say("the cmdlet asked a question that nobody can answer"),
        say("this is a fault of this program: report it"),
    ),
    Cause(
        ("stopped-deletion-threshold-exceeded",),
        say("Entra Connect stopped because it would delete too many objects"),
        say("look at what would be deleted, then raise the threshold on purpose"),
    ),
    Cause(
        ("has already been assigned to another user",),
        say("the number belongs to somebody else"),
        say("find the owner (Get-CsPhoneNumberAssignment), free the number and let it synchronise"),
    ),
    Cause(
        ("is assigned in Active Directory",),
        say("AD still owns the number: Teams takes it only after the next synchronisation"),
        say("nothing to do: it is tried again; “Directory synchronisation” makes it shorter"),
        again=5 * MINUTES,
    ),
    Cause(
        ("does not have a Phone System license",),
        say("the plan Phone System is missing, or does not count yet"),
        say("assign Phone System; a new licence counts after up to 30 minutes, then start again"),
        cure="licences",
        again=5 * MINUTES,
        young_licence=30 * MINUTES,
    ),
    Cause(
        ("used elsewhere", "domain is already in use", "in another directory", "another tenant"),
        say("the domain belongs to another Microsoft 365 tenant"),
        say(
            "find out which (a test tenant, a subsidiary, somebody's trial) and remove the domain there; if nobody knows the tenant,"
            " Microsoft support or an admin takeover by a Global Administrator can free it"
        ),
    ),
    Cause(
        ("Domain is already verified",),
        say("the domain has just been verified, and not every copy of the directory shows it yet"),
        say("nothing to do: it is looked at again"),
        again=MINUTES,
    ),
    Cause(
        ("verification record was not found", "Domain verification failed"),
        say("Microsoft 365 does not see the TXT record yet; resolvers remember for a while that there was none"),
        say("leave the record where it is; it is tried again every 15 minutes, for up to 72 hours"),
        again=15 * MINUTES,
    ),
    Cause(
        ("has references", "is referenced"),
        say("people or groups still use the domain in their addresses"),
        say("change those addresses first, or leave the domain in the tenant"),
    ),
    Cause(
        ("invalid usage location",),
        say("the usage location is missing, or not every copy of the directory shows it yet"),
        say("set the usage location first"),
        cure="licences",
        again=MINUTES,
    ),
    Cause(
        ("MutuallyExclusiveViolation", "conflicting service plans", "mutually exclusive"),
        say("the licence holds a service plan that excludes one which the person has already"),
        say("take the other licence away, or switch that plan off in one of them"),
    ),
    Cause(
        ("DependencyViolation",),
        say("a service plan of the licence needs another one that is missing or switched off"),
        say("give the licence with the plan that is needed, or leave the dependent plan off"),
    ),
    Cause(
        ("inherited from a group",),
        say("the licence comes through a group and cannot be taken from one person"),
        say("take the person out of that group, or change the group's licences"),
    ),
    Cause(
        ("does not have any available licenses", "CountViolation"),
        say("all licences of this kind are in use"),
        say("buy or free licences"),
        cure="tenant",
    ),
    Cause(
        ("PropertyConflict",),
        say("two objects want the same address or sign-in name"),
        say("correct one of them in AD and let it synchronise"),
        cure="directory_sync",
    ),
    Cause(
        ("Authorization_RequestDenied",),
        say("the app registration lacks a permission or a role"),
        say("consent to the permission that the documentation lists"),
    ),
    Cause(
        ("CommandNotFoundException",),
        say("the cmdlet is not there: a module is missing, or the session may not use it"),
        say("install the module, or allow the cmdlet in the session configuration"),
    ),
)
CAUSES = (*MOVES, *OTHERS)
