"""Errors of Move-CsUser, of the services behind it, and of the safety copy before a move.

Texts marked SUP are in Microsoft's support articles (https://learn.microsoft.com/skypeforbusiness/troubleshoot/), read in
MicrosoftDocs/OfficeDocs-Support @ 36878e0e.
"""

from bot.i18n import say
from bot.known_errors.known_error import MINUTES, KnownError
from bot.step_names import DIRECTORY_SYNC, LICENCES, SHARED_SIP_SPACE

MOVE, SAVE = ("mover Move-CsUser",), ("mover Export-CsUserData", "mover Import-CsUserData")
CODES = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes"
PAGE = "https://learn.microsoft.com/powershell/module/skypeforbusiness/move-csuser"

MOVES = (
    KnownError(
        calls=MOVE,
        cause=say("510: the tenant does not share the SIP address space, or the move service does not know it yet"),
        remedy=say("share the SIP address space; when that was done just now, wait (minutes, up to a day) and start again"),
        source="SUP, the article on fault 510",
        codes=("Error=(510)",),
        texts=("not enabled for shared sip address space",),
        cured_by=SHARED_SIP_SPACE,
    ),
    KnownError(
        calls=MOVE,
        cause=say("507: a licence with Teams and Skype for Business Online (Plan 2) is missing, or does not count yet"),
        remedy=say("assign the licence; a new one counts after up to 30 minutes, then start again"),
        source="SUP, the article on fault 507",
        codes=("Error=(507)",),
        texts=("must has an assigned license", "must have an assigned license to use Skype for Business Online"),
        cured_by=LICENCES,
        retry_after=5 * MINUTES,
        licence_counts_within=30 * MINUTES,
    ),
    KnownError(
        calls=MOVE,
        cause=say("506: the Skype for Business attributes have not been synchronised, or the cloud sees another home"),
        remedy=say("let Entra Connect refresh its schema and run a full cycle, then start again"),
        source="SUP hostedmigration-fault-error-506",
        codes=("Error=(506)",),
        texts=("appears to be a problem with this user account",),
        cured_by=DIRECTORY_SYNC,
    ),
    KnownError(
        calls=MOVE,
        cause=say("the account lives in another AD domain than the servers, or the MicrosoftTeams module is faulty"),
        remedy=say("name a domain controller of that domain in the configuration (cloud.domain_controllers), or install a current module"),
        source="SUP, the article on this text",
        texts=("Cannot find user in Active Directory with the following SIP URI",),
    ),
    KnownError(
        calls=MOVE,
        cause=say("the pool has not loaded the account yet: the User Replicator asks AD every minute"),
        remedy=say("wait a few minutes; if it stays so, check the pool's User Replicator"),
        source="SUP move-csuser-move-cslegacyuser-fail",
        texts=("SetMoveResourceData failed because the user is not provisioned",),
        retry_after=2 * MINUTES,
    ),
    KnownError(
        calls=MOVE,
        cause=say("more than one Edge pool federates"),
        remedy=say("leave one federation route in the topology and publish it"),
        source=f"{PAGE}: the condition; the text is a part of the page's sentence",
        texts=("multiple federated Edge pools",),
    ),
    KnownError(
        calls=MOVE,
        cause=say("the override URL of the move service is wrong or needless"),
        remedy=say("take cloud.override_url out of the configuration, or correct it"),
        source="https://github.com/MicrosoftDocs/OfficeDocs-SkypeForBusiness/issues/2457",
        texts=("did not return expected status code from request for WWW-Authenticate header",),
    ),
    KnownError(
        calls=MOVE,
        cause=say("MicrosoftTeams 5.3.0 is installed, which cannot move anybody"),
        remedy=say("install another version of the module on the machine that moves people"),
        source="https://learn.microsoft.com/microsoftteams/teams-powershell-release-notes (5.4.0)",
        texts=("Forest header can't be null",),
    ),
    KnownError(
        calls=MOVE,
        cause=say("the account that moves people must pass a second factor, which nobody can do for it"),
        remedy=say("use an account without a second factor and without conditional access"),
        source=f"codes: {CODES}; that Move-CsUser passes them on is concluded",
        codes=("AADSTS50076", "AADSTS50079", "AADSTS50158"),
        texts=("user interaction is required",),
        is_assumed=True,
    ),
    KnownError(
        calls=MOVE,
        cause=say("the password of the account that moves people is wrong"),
        remedy=say("correct the secret in the configuration"),
        source=f"code: {CODES}; that Move-CsUser passes it on is concluded",
        codes=("AADSTS50126",),
        is_assumed=True,
    ),
    KnownError(
        calls=SAVE,
        cause=say("the folder for what is saved before a move is not there, or not open to the session on the server that moves people"),
        remedy=say("check cloud.export_folder in the configuration; a share on another machine is a second hop (JEA, RunAs or delegation)"),
        source="texts of .NET's IOException and UnauthorizedAccessException; that the cmdlets pass them on is concluded",
        texts=("Could not find a part of the path", "Access to the path", "The network path was not found"),
        is_assumed=True,
    ),
    KnownError(
        calls=("mover Export-CsUserData",),
        cause=say("the file of an earlier save is in the way"),
        remedy=say("put that file elsewhere, or name another folder in the configuration (cloud.export_folder), then start again"),
        source="text of .NET's IOException; that the cmdlet passes it on is concluded",
        texts=(".zip' already exists",),
        is_assumed=True,
    ),
    KnownError(
        calls=MOVE,
        cause=say("the account is not enabled for Skype for Business, or has another SIP address"),
        remedy=say("enable it, or ask with its SIP address"),
        source="seen in public reports of the server's cmdlets; ErrorCategory 13 is ObjectNotFound",
        codes=("ManagementObjectNotFound",),
        categories=(13,),
        texts=("Management object not found for identity",),
    ),
    KnownError(
        calls=MOVE,
        cause=say("the account that moves people has no role for it in the tenant, or something on the way there does not let it pass"),
        remedy=say("give it Teams Administrator or Skype for Business Administrator; look at the proxy of the server that moves people"),
        source="text of .NET's WebException; what it means here is concluded",
        texts=("The remote server returned an error: (401)", "The remote server returned an error: (403)"),
        is_assumed=True,
    ),
    KnownError(
        calls=MOVE,
        cause=say("TLS 1.2 is off on the machine that moves people, or a proxy is in the way"),
        remedy=say("switch TLS 1.2 on there (SchUseStrongCrypto) and let it reach the internet"),
        source="texts of .NET's WebException; what they mean here is concluded",
        texts=("The underlying connection was closed", "Could not create SSL/TLS secure channel"),
        is_assumed=True,
    ),
    KnownError(
        calls=MOVE,
        cause=say("Enterprise Voice without the plan Phone System"),
        remedy=say("assign Phone System, then start again"),
        source=f"{PAGE}: the check (-BypassEnterpriseVoiceCheck); its text is made up",
        texts=("assigned license for Phone System", "EnterpriseVoice check"),
        is_assumed=True,
        cured_by=LICENCES,
        retry_after=5 * MINUTES,
        licence_counts_within=30 * MINUTES,
    ),
    KnownError(
        calls=MOVE,
        cause=say("dial-in conferencing without the plan Audio Conferencing"),
        remedy=say("assign Audio Conferencing, then start again"),
        source=f"{PAGE}: the check (-BypassAudioConferencingCheck); its text is made up",
        texts=("assigned license for Audio Conferencing",),
        is_assumed=True,
        cured_by=LICENCES,
        retry_after=5 * MINUTES,
        licence_counts_within=30 * MINUTES,
    ),
)
