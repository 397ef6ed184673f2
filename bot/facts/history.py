"""What our own records know: how people were before a move, what they are just being given, the end of hybrid, the last gap report."""

from collections.abc import Mapping
from datetime import datetime

from bot.calls import LocalSource, ReadCall
from bot.facts import Fact
from bot.facts.time import Timestamp
from bot.facts.types import Flag, Guid, Text, normalize_address

RESOLVED_IDENTITIES = "meant"


class MoveHistory(Fact):
    """Somebody whom we moved to Teams, as they were before: pool, number, voice and policies, and where their data was saved.

    `guid` tells who it was, the address only what they were called then. Empty in old records of whom nobody could tell.
    """

    sip_address: Text
    guid: Guid = ""
    registrar_pool: Text
    moved_at: Timestamp = None
    line_uri: Text = ""
    enterprise_voice_enabled: Flag = False
    policies: Mapping[str, str] = {}  # VoicePolicy -> its name, where one was assigned
    exported_to: Text = ""  # file on the server, where there was a safety export
    owes_import: Flag = False  # we have moved them back since, and that file was not imported

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return LocalSource("came from")

    @property
    def sip(self) -> str:
        return normalize_address(self.sip_address)


class PendingLicence(Fact):
    """Somebody to whom an open run of ours has given a licence. Readers of the directory see that some time later."""

    sip_address: Text
    guid: Guid = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return LocalSource("being given")

    @property
    def sip(self) -> str:
        return normalize_address(self.sip_address)


class HybridEnd(Fact):
    """When hybrid was switched off, and by which run of ours; none where we have not, or where that was taken back."""

    at: datetime
    run: int

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return LocalSource("switched off")


class ResolvedIdentity(Fact):
    """Whom this run, or the one that it follows or takes back, has meant by a `name`. An empty `guid`: that is not known (any more)."""

    name: str
    guid: Guid = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return LocalSource(RESOLVED_IDENTITIES)


class LastGapReport(Fact):
    """How many people each list had the last time that everybody was compared."""

    at: datetime
    counts: Mapping[str, int]

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return LocalSource("last report")
