"""DNS records, as a public resolver or as the zone's own servers have them."""

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
    """A TXT record of this `name` on the zone's own servers, which have a change at once."""

    text: str

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return DnsQuery(about["name"], "TXT", "authoritative")


class PublicTxtRecord(Fact):
    """A TXT record of this `name` at a public resolver, which remembers records and their absence for a while."""

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
    """An address to which this `name` leads in the end, through all aliases."""

    address: str

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return DnsQuery(about["name"], "A")
