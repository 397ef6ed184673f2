"""What PowerShell itself says, whatever is called: told by its own codes alone, which are the same in any language.

https://learn.microsoft.com/powershell/scripting/developer/cmdlet/windows-powershell-error-records
"""

from bot.i18n import say
from bot.known_errors.cause import POWERSHELL_ENDPOINTS as PLACES
from bot.known_errors.cause import KnownError

EVERY = tuple(f"{place} *" for place in PLACES)
BINDING = "System.Management.Automation, ParameterBinderStrings; tried with PowerShell 7.6"

SHELLS = (
    KnownError(
        EVERY,
        say("the parameters do not belong together"),
        say("this is a fault of this program: report it"),
        BINDING,
        codes=("AmbiguousParameterSet",),
    ),
    KnownError(
        EVERY,
        say("the cmdlet asked a question that nobody can answer"),
        say("this is a fault of this program: report it"),
        "that the host of a remote session asks nobody is documented; that the text names PromptForChoice is concluded",
        codes=("PromptForChoice",),
        is_assumed=True,
    ),
    KnownError(
        EVERY,
        say("the cmdlet is not there: a module is missing, or the session may not use it"),
        say("install the module, or allow the cmdlet in the session configuration"),
        BINDING,
        codes=("CommandNotFoundException",),
    ),
)
