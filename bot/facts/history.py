"""Facts from our own records: people before their move, pending licences, the end of hybrid, the last gap report."""

from collections.abc import Mapping
from datetime import datetime

from bot.calls import LocalSource
from bot.facts import Fact
from bot.facts.time import Timestamp
from bot.facts.types import Flag, Guid, Text, normalize_address

RESOLVED_IDENTITIES = "meant"


class MoveHistory(Fact):
    """A person that we moved to Teams, as they were before: pool, number, voice, policies and the file of saved data.

    The `guid` identifies the person; the address is only the one that they had then.
    """

    source = LocalSource("came from")
    sip_address: Text
    #: Empty in old records in which the person could not be identified.
    guid: Guid = ""
    registrar_pool: Text
    moved_at: Timestamp = None
    line_uri: Text = ""
    enterprise_voice_enabled: Flag = False
    #: By kind, such as VoicePolicy, where one was assigned.
    policies: Mapping[str, str] = {}
    #: The file on the server, where there was a safety export.
    exported_to: Text = ""
    #: We have moved them back since and did not import that file.
    owes_import: Flag = False

    @property
    def sip(self) -> str:
        return normalize_address(self.sip_address)


class PendingLicence(Fact):
    """A person to whom an open run has assigned a licence. Readers of the directory see it some time later."""

    source = LocalSource("being given")
    sip_address: Text
    guid: Guid = ""

    @property
    def sip(self) -> str:
        return normalize_address(self.sip_address)


class HybridEnd(Fact):
    """The time and the run by which hybrid was switched off. There is none where that was undone, or done without us."""

    source = LocalSource("switched off")
    at: datetime
    run: int


class ResolvedIdentity(Fact):
    """The account that a `name` means in this run, or in the run that it follows or undoes."""

    source = LocalSource(RESOLVED_IDENTITIES)
    name: str
    #: Empty = not known, or no longer.
    guid: Guid = ""


class LastGapReport(Fact):
    """The number of people in each list of the last comparison of both directories."""

    source = LocalSource("last report")
    at: datetime
    counts: Mapping[str, int]
