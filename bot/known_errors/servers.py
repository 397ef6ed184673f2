"""Errors of the servers on premises: their management store, the Edge, and AD behind them. SUP as in `moves`."""

from bot.i18n import say
from bot.known_errors.known_error import KnownError
from bot.step_names import HOSTING_PROVIDER

EDGE_PAGE = "https://learn.microsoft.com/powershell/module/skypeforbusiness/set-csaccessedgeconfiguration"
PEOPLE = ("mover Move-CsUser", "sfb Set-CsUser", "sfb Enable-CsUser", "sfb Disable-CsUser", "sfb Grant-Cs*")
STORE = ("sfb Set-CsAccessEdgeConfiguration", "sfb *-CsHostingProvider", "sfb *-CsOAuthServer", "sfb *-CsPartnerApplication")

SERVERS = (
    KnownError(
        calls=PEOPLE,
        cause=say("AD protects the account (AdminSDHolder), or RTCUniversalUserAdmins is missing"),
        remedy=say("let the account inherit rights again, or give the shell's account equal rights"),
        source="SUP issue-attempt-move-or-enable-user-command; the LDAP name from reports of third parties",
        codes=("INSUFF_ACCESS_RIGHTS", "00002098"),
        texts=("Insufficient access rights to perform the operation",),
    ),
    KnownError(
        calls=STORE,
        cause=say("the shell's account may not write to the management store: RTCUniversalServerAdmins is missing"),
        remedy=say("give the shell's account RTCUniversalServerAdmins"),
        source=f"which group: {EDGE_PAGE}; the text is that of AD",
        codes=("INSUFF_ACCESS_RIGHTS", "00002098"),
        texts=("Insufficient access rights to perform the operation",),
        is_assumed=True,
    ),
    KnownError(
        calls=("sfb New-CsHostingProvider", "sfb Set-CsHostingProvider"),
        cause=say("the name or the proxy belongs to another hosting or public provider already"),
        remedy=say("compare both lists of providers; set the one that is there, or rename it"),
        source="SUP there-is-a-duplicate-key-sequence",
        texts=("duplicate key sequence",),
        cured_by=HOSTING_PROVIDER,
    ),
    KnownError(
        calls=("sfb *", "mover *"),
        cause=say("the shell may not use its account on a third machine (second hop)"),
        remedy=say("use a session configuration that runs under its own account (JEA or RunAs), or delegation"),
        source="numbers and names in reports of third parties; what they mean: about remoting, second hop",
        codes=("-2147016672", "2147950624", "ANONYMOUS LOGON"),
    ),
    KnownError(
        calls=("sfb *", "mover *"),
        cause=say("the server cannot offer TLS to remote PowerShell: .NET is older than 4.5.2, or a cumulative update is half installed"),
        remedy=say("install .NET and the update to the end there, and run its setup again"),
        source="SUP remote-powershell-cmdlets-not-working",
        codes=("-2144108102", "2150859194"),
    ),
)
