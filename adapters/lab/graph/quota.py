"""How much an app may ask of the pretend directory: buckets of resource units that fill up again.

https://learn.microsoft.com/graph/throttling-limits (identity and access)
"""

import math
from collections.abc import Mapping

from adapters.lab.graph.messages import GraphError
from adapters.lab.graph.openapi import Operation

UNITS = {50: 3500, 500: 5000}  # tenants with fewer people than this, units per 10 s
LARGE = 8000
WRITES, WRITE_SECONDS = 3000, 150.0


class Bucket:
    """Holds `size`, full again after `seconds`."""

    def __init__(self, size: float, seconds: float, now: float) -> None:
        self.size, self.rate = size, size / seconds
        self._left, self._at = size, now

    def take(self, amount: float, now: float) -> float:
        """Takes it and returns 0, or takes nothing and returns the seconds until it could."""
        self._left = min(self.size, self._left + (now - self._at) * self.rate)
        self._at = now
        if amount > self._left:
            return (amount - self._left) / self.rate
        self._left -= amount
        return 0.0

    @property
    def used_share(self) -> float:
        """The part that is used up, from 0 to 1."""
        return 1 - self._left / self.size


class Quota:
    """The buckets of each app in one tenant. `now` is in documented seconds."""

    def __init__(self, people: int) -> None:
        self.size = next((units for below, units in UNITS.items() if people < below), LARGE)
        self._units: dict[str, Bucket] = {}
        self._writes: dict[str, Bucket] = {}

    def charge(self, app: str, operation: Operation, query: Mapping[str, str], now: float) -> dict[str, str]:
        """Headers about what it cost. Raises `GraphError` 429, whose Retry-After is in documented seconds."""
        units = self._units.setdefault(app, Bucket(self.size, 10.0, now))
        writes = self._writes.setdefault(app, Bucket(WRITES, WRITE_SECONDS, now))
        cost = units_of(operation, query)
        wait = max(units.take(cost, now), writes.take(operation.writes, now))
        if wait:
            raise throttle_error(wait, app)
        near = {"x-ms-throttle-limit-percentage": f"{units.used_share:.1f}"} if units.used_share >= 0.8 else {}
        return {"x-ms-resource-unit": str(cost), **near}


def units_of(operation: Operation, query: Mapping[str, str]) -> int:
    top = query.get("$top", "")
    cheaper = ("$select" in query) + (top.isdecimal() and int(top) < 20)
    return max(1, operation.units - cheaper + ("$expand" in query))


def throttle_error(seconds: float, app: str = "") -> GraphError:
    """No Retry-After where `seconds` is 0: some services do so."""
    headers = {"Retry-After": str(math.ceil(seconds)), "x-ms-throttle-scope": f"Tenant_Application/ReadWrite/{app}"} if seconds else {}
    return GraphError(429, "TooManyRequests", "Too many requests.", headers)
