"""What Move-CsUser says, and the services behind it: https://learn.microsoft.com/powershell/module/skypeforbusiness/move-csuser"""

from bot.causes.cause import MINUTES, Cause
from bot.say import say

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
        ("Could not find a part of the path", "Access to the path", "The network path was not found"),
        say("the folder for what is saved before a move is not there, or not open to the session on the server that moves people"),
        say("check cloud.export_folder in the configuration; a share on another machine is a second hop (JEA, RunAs or delegation)"),
    ),
    Cause(
        (".zip' already exists",),
        say("the file of an earlier save is in the way"),
        say("put that file elsewhere, or name another folder in the configuration (cloud.export_folder), then start again"),
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
