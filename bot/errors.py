"""Every error of bot/ that another module may catch, named by what to do next.

GatewayError            a machine outside did not do as asked
├─ Unreachable          nothing was changed: ask again later
├─ Refused              the far end said no: tell the person
└─ InDoubt              it may have happened: look before anything is repeated
InvalidAnswers          a form holds what cannot be right: show it again
SubjectLocked           another run works on the same subject: name that run
RunHeld                 somebody stopped the run before this call: do not send it
NotAgreed               what is to be sent is not what was agreed to: send nothing, say why
BrokenChain             the audit does not follow on: believe none of it
AlreadyRunning          another process works on these records: stop it first
RecordsNotReadable      another version wrote these records: say which, and name another file
ConfigurationError      the settings cannot be used: name each, and what would be right
"""

from collections.abc import Mapping

from bot.calls import Destination
from bot.evidence import MOST_SHOWN, clean_text, page_text, reason_of
from bot.i18n import LocalizedText

__all__ = [
    "MOST_SHOWN",
    "AlreadyRunning",
    "BrokenChain",
    "ConfigurationError",
    "Destination",
    "GatewayError",
    "InDoubt",
    "InvalidAnswers",
    "NotAgreed",
    "Refused",
    "RunHeld",
    "SubjectLocked",
    "Unreachable",
    "clean_text",
    "page_text",
    "reason_of",
]


class GatewayError(Exception):
    """A machine outside did not do as asked.

    `words` are the far end's own, or ours where it said nothing. Beside them what tells one error from another in any language:
    `code` is its own name for it (FullyQualifiedErrorId, Graph's code, AADSTS number), `target` the subject that it names, `category`
    PowerShell's ErrorCategory, `status` that of HTTP. `to` is where the call went, and `hint` what the adapter itself knows of the reason.
    """

    def __init__(
        self,
        words: str | LocalizedText,
        code: str = "",
        target: str = "",
        *,
        category: int | None = None,
        status: int | None = None,
        to: Destination | None = None,
        hint: LocalizedText | None = None,
    ) -> None:
        super().__init__(str(words))
        self.words = words if isinstance(words, LocalizedText) else clean_text(words)
        self.code, self.target, self.category, self.status, self.to, self.hint = code, target, category, status, to, hint

    def sent_to(self, to: Destination) -> None:
        """Where the call went that met this, unless somebody nearer to it has told already (a sign-in on the way, say)."""
        self.to = self.to or to


class Unreachable(GatewayError):
    """It never arrived, or a read got no answer: nothing was changed, ask again later."""

    def __init__(
        self,
        words: str | LocalizedText,
        code: str = "",
        target: str = "",
        retry_after: float | None = None,
        *,
        category: int | None = None,
        status: int | None = None,
        to: Destination | None = None,
    ) -> None:
        super().__init__(words, code, target, category=category, status=status, to=to)
        self.retry_after = retry_after  # seconds that the far end asked us to wait


class Refused(GatewayError):
    """The far end said no: tell the person."""


class InDoubt(GatewayError):
    """It may have happened: look before anything is repeated."""


class InvalidAnswers(Exception):
    """An answer on a form that cannot be right: `problems` says per field what is wrong and what would be right."""

    def __init__(self, problems: Mapping[str, LocalizedText]) -> None:
        super().__init__("; ".join(map(str, problems.values())))
        self.problems = problems


class SubjectLocked(Exception):
    """Another run works on this subject."""

    def __init__(self, subject: str, run: int) -> None:
        super().__init__(f"{subject} is in run {run}")
        self.subject, self.run = subject, run


class RunHeld(Exception):
    """Nothing may be sent: somebody paused or cancelled the run before this call, or the call does not wait any more."""


class NotAgreed(Exception):
    """Nothing of this run may be sent: `why` says what does not hold."""

    def __init__(self, why: LocalizedText) -> None:
        super().__init__(str(why))
        self.why = why


class BrokenChain(Exception):
    """The lines of the audit do not follow one another up to the newest that was written."""


class AlreadyRunning(Exception):
    """Another process of the bot works on the same records."""


class RecordsNotReadable(Exception):
    """The records were written by an older or a newer Switchover."""


class ConfigurationError(Exception):
    """The settings cannot be used. Each line of the message names one setting and what would be right."""
