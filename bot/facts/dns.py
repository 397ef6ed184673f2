"""DNS as a public resolver tells it to everybody."""

from bot.calls import DnsQuery, Look
from bot.facts import Fact


class Service(Fact):
    """An SRV record of this `name`."""

    target: str
    port: int

    @classmethod
    def call(cls, **about: str) -> Look:
        return DnsQuery(about["name"], "SRV")


class Alias(Fact):
    """The CNAME record of this `name`."""

    target: str

    @classmethod
    def call(cls, **about: str) -> Look:
        return DnsQuery(about["name"], "CNAME")


class Host(Fact):
    """An address that this `name` leads to in the end, aliases followed."""

    address: str

    @classmethod
    def call(cls, **about: str) -> Look:
        return DnsQuery(about["name"], "A")
