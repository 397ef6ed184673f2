"""Errors of PowerShell itself, from any cmdlet. They are recognised by codes alone, which are the same in every language.

https://learn.microsoft.com/powershell/scripting/developer/cmdlet/windows-powershell-error-records
"""

from bot.i18n import say
from bot.known_errors.known_error import POWERSHELL_ENDPOINTS, KnownError

EVERY = tuple(f"{endpoint} *" for endpoint in POWERSHELL_ENDPOINTS)
BINDING = "System.Management.Automation, ParameterBinderStrings; tried with PowerShell 7.6"

SHELLS = (
    KnownError(
        calls=EVERY,
        cause=say("the parameters do not belong together"),
        remedy=say("this is a fault of this program: report it"),
        source=BINDING,
        codes=("AmbiguousParameterSet",),
    ),
    KnownError(
        calls=EVERY,
        cause=say("the cmdlet asked a question that nobody can answer"),
        remedy=say("this is a fault of this program: report it"),
        source="that the host of a remote session asks nobody is documented; that the text names PromptForChoice is concluded",
        codes=("PromptForChoice",),
        is_assumed=True,
    ),
    KnownError(
        calls=EVERY,
        cause=say("the cmdlet is not there: a module is missing, or the session may not use it"),
        remedy=say("install the module, or allow the cmdlet in the session configuration"),
        source=BINDING,
        codes=("CommandNotFoundException",),
    ),
)
