"""The channel's signing keys, in place of the SDK's own cache, which blocks the loop and stays blind to a new key for a day."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from jwt.algorithms import RSAAlgorithm

log = logging.getLogger(__name__)

MINUTE, DAY = 60.0, 86_400.0


@dataclass(frozen=True)
class SigningKey:
    """What the SDK's JwtTokenExtractor asks of a key."""

    public_key: Any
    endorsements: list[str]


class SigningKeys:
    """Keys by their `kid`. Read again after half a day, believed for a whole one; an unknown `kid` looks again at most once a minute."""

    def __init__(self, openid: str, fetch: Callable[[str], Awaitable[Any]], now: Callable[[], float]) -> None:
        self._openid, self._fetch, self._now = openid, fetch, now
        self._keys: dict[str, SigningKey] = {}
        self._read_at = self._tried_at = float("-inf")
        self._reading = asyncio.Lock()

    async def get(self, kid: str | None) -> SigningKey:
        """Raises PermissionError for a key that the channel does not publish."""
        if not self._has(kid, DAY / 2):
            async with self._reading:
                if not self._has(kid, DAY / 2):  # nobody read them while we waited
                    await self._fetch_keys()
        if kid is None or not self._has(kid, DAY):
            raise PermissionError("the token is signed with a key that the channel does not publish")
        return self._keys[kid]

    def _has(self, kid: str | None, age: float) -> bool:
        return kid in self._keys and self._now() - self._read_at <= age

    async def _fetch_keys(self) -> None:
        if self._now() - self._tried_at < MINUTE:
            return
        self._tried_at = self._now()
        try:
            where = (await self._fetch(self._openid))["jwks_uri"]
            self._keys = {key["kid"]: _key(key) for key in (await self._fetch(where))["keys"] if key.get("kty") == "RSA"}
            self._read_at = self._now()
        except Exception:  # whatever the far end sent: the keys of before stay, and nobody new gets in
            log.exception("the channel's signing keys could not be read from %s", self._openid)


def _key(jwk: dict[str, Any]) -> SigningKey:
    return SigningKey(RSAAlgorithm.from_jwk(json.dumps(jwk)), jwk.get("endorsements", []))
