"""The gap report against a naive model: what SQL joins, a few plain loops must find too."""

import asyncio
import base64
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.step import NoQuestions, findings
from bot.steps.directory_sync import comparison, directory_sync
from bot.steps.directory_sync.comparison_db import LISTS, MAY_WAIT, ComparisonDb
from tests.support.fake_reader import FakeReader

NAMES, KEYS = ("ann", "ben", "cyd", "dot"), range(4)
DOMAINS = ("contoso.com", "fabrikam.com")
VERIFIED = DOMAINS[:1]


def guid(key: int) -> str:
    return f"10000000-0000-4000-8000-{key:012d}"


def anchor(key: int | None) -> str | None:
    return None if key is None else base64.b64encode(UUID(guid(key)).bytes_le).decode()


@dataclass(frozen=True)
class Here:
    sip: str
    upn: str
    key: int | None
    sid: int | None
    changed: int

    @property
    def row(self) -> dict[str, Any]:
        names = {"SipAddress": f"sip:{self.sip.title()}", "UserPrincipalName": self.upn.upper()}
        keys = {"Guid": None if self.key is None else guid(self.key), "Sid": None if self.sid is None else f"S-{self.sid}"}
        return {**names, **keys, "OriginatorSid": None, "WhenChanged": f"2026-11-22T00:00:{self.changed:02d}+00:00"}


@dataclass(frozen=True)
class There:
    id: str
    upn: str
    key: int | None
    sid: int | None
    sips: frozenset[str]
    enabled: bool
    synced: bool
    deleted: bool
    error: bool
    invalid: bool

    @property
    def row(self) -> dict[str, Any]:
        met = [{"category": "PropertyConflict", "propertyCausingError": "ProxyAddresses", "value": "x"}] if self.error else []
        return {
            "id": self.id,
            "userPrincipalName": self.upn,
            "accountEnabled": self.enabled,
            "onPremisesSyncEnabled": self.synced or None,
            "onPremisesImmutableId": anchor(self.key),
            "onPremisesSecurityIdentifier": None if self.sid is None else f"S-{self.sid}",
            "imAddresses": sorted(self.sips)[:1],
            "proxyAddresses": [f"SMTP:{self.upn}", *(f"SIP:{one}" for one in self.sips)],
            "onPremisesProvisioningErrors": met,
            "serviceProvisioningErrors": [{"serviceInstance": "old", "isResolved": True}],
        }


addresses = st.builds("{}@{}".format, st.sampled_from(NAMES), st.sampled_from(DOMAINS))
keys = st.none() | st.sampled_from(KEYS)
accounts = st.lists(st.builds(Here, addresses, addresses, keys, keys, st.integers(0, 59)), min_size=1, max_size=6)
users = st.lists(
    st.builds(There, st.just(""), addresses, keys, keys, st.frozensets(addresses, max_size=2), *[st.booleans()] * 5), max_size=6
).map(lambda some: [There(**{**vars(one), "id": f"id-{n}"}) for n, one in enumerate(some)])


def found(one: Here, cloud: list[There]) -> list[There]:
    """Those who answer to an account: the living before the deleted, the stronger key before the weaker."""
    for deleted in (False, True):
        for name in ("key", "sid"):
            same = [user for user in cloud if user.deleted == deleted and None is not getattr(one, name) == getattr(user, name)]
            if same:
                return same
    return []


def naive(here: list[Here], cloud: list[There]) -> Iterator[tuple[str, Here]]:
    """Each list and each account that belongs on it."""
    pairs = [found(one, cloud) for one in here]
    claims = Counter(user.id for pair in pairs for user in pair)
    for one, pair in zip(here, pairs, strict=True):
        by_sid = [user for user in cloud if one.sid is not None and user.sid == one.sid and not user.deleted]
        if (
            (one.key is None and one.sid is None)
            or len(pair) > 1
            or any(claims[user.id] > 1 for user in pair)
            or any(other not in pair for other in by_sid if pair)
        ):
            yield "unclear", one
            continue
        user = pair[0] if pair else None
        strangers = [other for other in cloud if one.sip in other.sips and not other.deleted and other is not user]
        same_name = [other for other in cloud if other.upn == one.upn and not other.deleted]
        made_by_hand = user is None and any(not other.synced for other in (*strangers, *same_name))
        lives = user is not None and not user.deleted
        arrives = one.sip.endswith(VERIFIED)
        belongs = {
            "not in the cloud": user is None and not made_by_hand,
            "not synchronised": made_by_hand or (lives and not user.synced),
            "SIP address differs": lives and user.synced and arrives and one.sip not in user.sips,
            "SIP address twice": sum(other.sip == one.sip for other in here) > 1
            or any(other.synced or user is not None for other in strangers),
            "SIP domain not verified": not arrives,
            "sign-in name differs": one.sip != one.upn,
            "account disabled": lives and not user.enabled,
            "deleted in the cloud": user is not None and user.deleted,
            "errors in the cloud": lives and (user.error or user.invalid),
        }
        yield from ((name, one) for name, does in belongs.items() if does)


def facts(here: list[Here], cloud: list[There]) -> dict[str, Any]:
    return {
        "OnPremAccount": [one.row for one in here],
        "CloudAccount": [one.row for one in cloud if not one.deleted],
        "CloudAccount deleted=yes": [one.row for one in cloud if one.deleted],
        "InvalidUser": [{"Identity": one.id, "UserValidationErrors": ["twice"]} for one in cloud if one.invalid],
        "Domain": [{"id": name.title(), "isVerified": name in VERIFIED} for name in DOMAINS],
    }


@settings(max_examples=300, deadline=None)
@given(accounts, users, st.integers(0, 59))
def test_the_lists_are_those_of_a_naive_model(here: list[Here], cloud: list[There], moment: int) -> None:
    async def reported() -> tuple[FakeReader, int]:
        read = FakeReader(facts(here, cloud))
        with ComparisonDb() as scratch:
            report = await comparison.fill(read, scratch)
            said = [finding.subject async for finding in comparison.report_findings(read, scratch, report)]
            assert said == list(comparison.SUBJECTS)
            since = scratch.count_changed_since(1_795_305_600.0 + moment)  # 2026-11-22
            return read, since

    read, waiting = asyncio.run(reported())
    wanted: dict[str, list[tuple[str, str]]] = {name: [] for name in LISTS}
    late = set()
    for name, one in naive(here, cloud):
        wanted[name].append((one.sip, one.upn))
        if name in MAY_WAIT and one.changed > moment:
            late.add((one.sip, one.upn))
    assert {name: sorted((sip, upn) for sip, upn, *_ in read.lists[name][1:]) for name in LISTS} == {
        name: sorted(people) for name, people in wanted.items()
    }
    assert waiting == len(late)


async def test_a_side_that_breaks_off_leaves_nobody_fine() -> None:
    here = [Here("ann@contoso.com", "ann@contoso.com", 1, None, 0)]
    for lost in ("OnPremAccount", "CloudAccount", "CloudAccount deleted=yes", "Domain"):
        given = {**facts(here, []), "Now": [{"At": "2026-11-22T00:00:00+00:00"}], "SyncRules": [{}], lost: {"unread": "it broke off"}}
        said = {finding.subject: finding.kind for finding in await findings(directory_sync, NoQuestions(), FakeReader(given))}
        assert {said[name] for name in comparison.SUBJECTS} == {"unclear"}
