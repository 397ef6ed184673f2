"""Old records know people by their address, and by the id in Entra that the snapshot of their run has: each is looked up once."""

import asyncio

from bot.facts import ReadFailure
from bot.facts.directory import SourceAnchor
from bot.facts.users import OnPremUser, OnPremUserById
from bot.gateway import EstateGateway
from bot.ledger import Database, Ledger, identities
from bot.reader.reader import EstateReader
from bot.reader.tolerant import all_or_failure, each_or_failure


async def recognise(ledger: Ledger, gateway: EstateGateway) -> None:
    """Brings old records along, as far as that can be proved: the user in Entra names an account that is there on premises.

    Who is surely not there any more, or names none, stays unknown for ever. What could not be read is looked up another time.
    """
    ids = await ledger(identities.to_look_up)
    if not ids:
        return
    read = EstateReader(gateway)
    anchors = await each_or_failure(read, SourceAnchor, ids)
    there = await _read_accounts(read, sorted({anchor.guid for anchor in anchors.values() if isinstance(anchor, SourceAnchor)} - {""}))
    told = {}
    for object_id, anchor in anchors.items():
        guid = anchor.guid if isinstance(anchor, SourceAnchor) else ""
        if not isinstance(anchor, ReadFailure) and not isinstance(there.get(guid), ReadFailure):
            told[object_id] = guid if there.get(guid) else ""
    await ledger(_save, told)


async def _read_accounts(read: EstateReader, guids: list[str]) -> dict[str, bool | ReadFailure]:
    """Whether there are such accounts on premises. Whom all searches together do not find is searched alone: that silence tells."""
    found = await each_or_failure(read, OnPremUserById, guids)
    left = [guid for guid in guids if not isinstance(found[guid], OnPremUser)]
    alone = await asyncio.gather(*(all_or_failure(read, OnPremUserById, guid=guid) for guid in left))
    rest = {guid: one if isinstance(one, ReadFailure) else bool(one) for guid, one in zip(left, alone, strict=True)}
    return {**dict.fromkeys(guids, True), **rest}


def _save(db: Database, told: dict[str, str]) -> None:
    for object_id, guid in told.items():
        identities.save_looked_up(db, object_id, guid)
