"""DNS: as a public resolver tells it to everybody, or as the zone's own servers have it."""

from bot.calls import DnsQuery, ReadCall
from bot.facts import Fact


class SrvRecord(Fact):
    """An SRV record of this `name`."""

    target: str
    port: int

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return DnsQuery(about["name"], "SRV")


class ZoneTxtRecord(Fact):
    """A TXT record of this `name`, as the zone's own servers have it: they know a change at once."""

    text: str

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return DnsQuery(about["name"], "TXT", "authoritative")


class PublicTxtRecord(Fact):
    """The same, as everybody else sees it; absence too is remembered for a while."""

    text: str

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return DnsQuery(about["name"], "TXT")


class CnameRecord(Fact):
    """The CNAME record of this `name`."""

    target: str

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return DnsQuery(about["name"], "CNAME")


class AddressRecord(Fact):
    """An address that this `name` leads to in the end, aliases followed."""

    address: str

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return DnsQuery(about["name"], "A")
