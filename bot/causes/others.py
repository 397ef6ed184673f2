"""What all other calls say: servers, remote PowerShell, Entra Connect, Teams and Microsoft Graph."""

from bot.causes.cause import MINUTES, Cause
from bot.say import say

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
        ("Authorization_RequestDenied",),
        say("the app registration lacks a permission or a role"),
        say("consent to the permission that the documentation lists"),
    ),
    Cause(
        ("CommandNotFoundException", "isn't available"),
        say("the cmdlet is not there: a module is missing, or the session may not use it"),
        say("install the module, or allow the cmdlet in the session configuration"),
    ),
    Cause(
        ("InvalidAuthenticationToken",),
        say("Microsoft Graph does not accept who we are"),
        say("check the app registration, its certificate or secret and the tenant in the configuration"),
    ),
    Cause(
        ("Request_ResourceNotFound",),
        say("Entra does not know it: it was deleted, or is so new that not every copy of the directory has it"),
        say("look again in a few minutes; somebody who was deleted can be restored for 30 days"),
    ),
)
