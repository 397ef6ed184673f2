"""The channel's signing keys, in place of the SDK's own cache, which blocks the loop and stays blind to a new key for a day."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.algorithms import RSAAlgorithm

log = logging.getLogger(__name__)

MINUTE, DAY = 60.0, 86_400.0


@dataclass(frozen=True)
class Key:
    """What the SDK's JwtTokenExtractor asks of a key."""

    public_key: Any
    endorsements: list[str]


class Keys:
    """Keys by their `kid`. Read again after half a day, believed for a whole one; an unknown `kid` looks again at most once a minute."""

    def __init__(self, openid: str, fetch: Callable[[str], Awaitable[Any]], now: Callable[[], float]) -> None:
        self._openid, self._fetch, self._now = openid, fetch, now
        self._keys: dict[str, Key] = {}
        self._read_at = self._tried_at = float("-inf")
        self._reading = asyncio.Lock()

    async def get(self, kid: str | None) -> Key:
        """Raises PermissionError for a key that the channel does not publish."""
        if kid not in self._keys or self._now() - self._read_at > DAY / 2:
            async with self._reading:
                await self._read_again(kid)
        if kid not in self._keys or self._now() - self._read_at > DAY:
            raise PermissionError("the token is signed with a key that the channel does not publish")
        return self._keys[kid]

    async def _read_again(self, kid: str | None) -> None:
        fresh = kid in self._keys and self._now() - self._read_at <= DAY / 2  # somebody read them while we waited
        if fresh or self._now() - self._tried_at < MINUTE:
            return
        self._tried_at = self._now()
        try:
            where = (await self._fetch(self._openid))["jwks_uri"]
            self._keys = dict(_known(await self._fetch(where)))
            self._read_at = self._now()
        except Exception:  # whatever the far end sent: the keys of before stay, nobody else gets in
            log.exception("the channel's signing keys could not be read from %s", self._openid)


def _known(keys: Any) -> list[tuple[str, Key]]:
    return [(key["kid"], _key(key)) for key in keys["keys"] if key.get("kty") == "RSA" and "kid" in key]


def _key(jwk: dict[str, Any]) -> Key:
    try:
        return Key(RSAAlgorithm.from_jwk(json.dumps(jwk)), jwk.get("endorsements", []))
    except jwt.InvalidKeyError as error:
        raise ValueError("a published key cannot be read") from error
