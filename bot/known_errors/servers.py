"""What the servers on premises say: their management store, the Edge, and AD behind them. SUP as in `moves`."""

from bot.i18n import say
from bot.known_errors.cause import KnownError
from bot.step_names import HOSTING_PROVIDER

PEOPLE = ("mover Move-CsUser", "sfb Set-CsUser", "sfb Enable-CsUser", "sfb Disable-CsUser", "sfb Grant-Cs*")
STORE = ("sfb Set-CsAccessEdgeConfiguration", "sfb *-CsHostingProvider", "sfb *-CsOAuthServer", "sfb *-CsPartnerApplication")

SERVERS = (
    KnownError(
        PEOPLE,
        say("AD protects the account (AdminSDHolder), or RTCUniversalUserAdmins is missing"),
        say("let the account inherit rights again, or give the shell's account equal rights"),
        "SUP issue-attempt-move-or-enable-user-command; the LDAP name from reports of third parties",
        codes=("INSUFF_ACCESS_RIGHTS", "00002098"),
        texts=("Insufficient access rights to perform the operation",),
    ),
    KnownError(
        STORE,
        say("the shell's account may not write to the management store: RTCUniversalServerAdmins is missing"),
        say("give the shell's account RTCUniversalServerAdmins"),
        "which group: https://learn.microsoft.com/powershell/module/skypeforbusiness/set-csaccessedgeconfiguration; the text is that of AD",
        codes=("INSUFF_ACCESS_RIGHTS", "00002098"),
        texts=("Insufficient access rights to perform the operation",),
        is_assumed=True,
    ),
    KnownError(
        ("sfb New-CsHostingProvider", "sfb Set-CsHostingProvider"),
        say("the name or the proxy belongs to another hosting or public provider already"),
        say("compare both lists of providers; set the one that is there, or rename it"),
        "SUP there-is-a-duplicate-key-sequence",
        texts=("duplicate key sequence",),
        cured_by=HOSTING_PROVIDER,
    ),
    KnownError(
        ("sfb *", "mover *"),
        say("the shell may not use its account on a third machine (second hop)"),
        say("use a session configuration that runs under its own account (JEA or RunAs), or delegation"),
        "numbers and names in reports of third parties; what they mean: about remoting, second hop",
        codes=("-2147016672", "2147950624", "ANONYMOUS LOGON"),
    ),
    KnownError(
        ("sfb *", "mover *"),
        say("the server cannot offer TLS to remote PowerShell: .NET is older than 4.5.2, or a cumulative update is half installed"),
        say("install .NET and the update to the end there, and run its setup again"),
        "SUP remote-powershell-cmdlets-not-working",
        codes=("-2144108102", "2150859194"),
    ),
)
