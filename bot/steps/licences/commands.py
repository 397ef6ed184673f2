"""Giving a person usage location and licences."""

from collections.abc import Mapping, Sequence

from bot.calls import GraphCall, Json
from bot.facts.directory import DirectoryUser
from bot.i18n import LocalizedText, comma_list, say
from bot.step import Change
from bot.steps.licences.allocation import LicenceAssignment

KEPT = say("the usage location stays")
GRACE = say("what Microsoft 365 keeps for the person is deleted 30 days after the licence is taken away")
COUNTS = say("it can take 30 minutes until a licence that was just given counts for a move")


def assign(sip: str, directory: DirectoryUser, country: str, assignment: LicenceAssignment, notes: tuple[LocalizedText, ...]) -> Change:
    """Usage location first, where there is none, and then the licences."""
    located = () if directory.usage_location else (GraphCall("PATCH", f"/users/{directory.id}", body={"usageLocation": country}),)
    given = (_assign(directory.id, assignment.add, ()),) if assignment.add else ()
    gains = [*(say("usage location {country}", country=country) for _ in located), *assignment.names]
    return Change(
        sip,
        say("gets: {names}", names=comma_list(gains)),
        (*located, *given),
        (_take_back(directory.id, assignment),) if given else (),
        undo_loses=(*(KEPT for _ in located), *((GRACE,) if assignment.new_skus else ())),
        no_undo=None if given else KEPT,
        notes=(*notes, *(COUNTS for _ in given)),
    )


def _take_back(user: str, assignment: LicenceAssignment) -> GraphCall:
    """Takes away exactly what was added; what was there before gets its switched-off plans again."""
    return _assign(user, assignment.before, assignment.new_skus)


def _assign(user: str, add: Mapping[str, Sequence[str]], remove: Sequence[str]) -> GraphCall:
    """Naming a licence that somebody has already replaces its list of switched-off plans."""
    licences: list[Json] = [{"skuId": sku, "disabledPlans": list(off)} for sku, off in add.items()]
    return GraphCall("POST", f"/users/{user}/assignLicense", body={"addLicenses": licences, "removeLicenses": list(remove)})
