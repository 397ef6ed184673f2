"""Conversation state in the records: the SDK's published tests of a storage, and what they leave out."""

import importlib.util
import json
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import pytest
from botbuilder.core import TurnContext
from botbuilder.core.adapters import TestAdapter
from botbuilder.dialogs import DialogInstance, DialogState
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount

from bot.ledger import Ledger
from bot.ledger.conversations import delete_states, read_states, write_states
from bot.service import ConversationMemory
from dialogs.state import ConversationStorage, SavedConversationState, StateCodec
from tests.support.bot_host import open_ledger

PUBLISHED = [
    "return_empty_object_when_reading_unknown_key",
    "handle_null_keys_when_reading",
    "handle_null_keys_when_writing",
    "does_not_raise_when_writing_no_items",
    "create_object",
    "handle_crazy_keys",
    "update_object",
    "delete_object",
    "delete_unknown_object",
    "perform_batch_operations",
    "proceeds_through_waterfall",
]


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    ledger = open_ledger()
    yield ledger
    ledger.close()


@pytest.fixture(scope="module")
def published() -> Any:
    """The SDK's StorageBaseTests, loaded as a file: its package wants an old pytest, and Azure for a mere isinstance."""
    try:
        [path] = [file for file in files("botbuilder-testing") or [] if file.name == "storage_base_tests.py"]
    except PackageNotFoundError:
        pytest.skip("botbuilder-testing is not installed: make setup")
    azure = types.ModuleType("botbuilder.azure")
    azure.CosmosDbPartitionedStorage = type("CosmosDbPartitionedStorage", (), {})  # type: ignore[attr-defined]
    spec = importlib.util.spec_from_file_location("storage_base_tests", Path(str(path.locate())))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["botbuilder.azure"] = azure
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["botbuilder.azure"]
    return module.StorageBaseTests


@pytest.mark.parametrize("name", PUBLISHED)
async def test_the_published_tests_of_a_storage_hold(name: str, published: Any, ledger: Ledger) -> None:
    assert await getattr(published, name)(ConversationStorage(ConversationMemory(ledger))) is True


def test_no_published_test_is_left_out(published: Any) -> None:
    assert sorted(PUBLISHED) == sorted(name for name in vars(published) if not name.startswith("_"))


async def test_of_two_who_read_the_same_state_only_the_first_writes(ledger: Ledger) -> None:
    storage = ConversationStorage(ConversationMemory(ledger))
    await storage.write({"talk": {"count": 1}})
    one, other = (await storage.read(["talk"]))["talk"], (await storage.read(["talk"]))["talk"]
    await storage.write({"talk": one | {"count": 2}})
    with pytest.raises(KeyError, match="Etag conflict"):
        await storage.write({"before": {"count": 7}, "talk": other | {"count": 3}})
    assert (await storage.read(["talk", "before"])).keys() == {"talk"}  # all of one writing, or nothing
    assert (await storage.read(["talk"]))["talk"]["count"] == 2


async def test_an_etag_does_not_fit_again_after_a_deletion(ledger: Ledger) -> None:
    storage = ConversationStorage(ConversationMemory(ledger))
    await storage.write({"talk": {"count": 1}})
    old = (await storage.read(["talk"]))["talk"]
    await storage.delete(["talk"])
    await storage.write({"talk": {"count": 5}})
    with pytest.raises(KeyError):
        await storage.write({"talk": old})


async def test_what_was_read_is_a_copy(ledger: Ledger) -> None:
    storage = ConversationStorage(ConversationMemory(ledger))
    await storage.write({"talk": {"list": [1]}})
    (await storage.read(["talk"]))["talk"]["list"].append(2)
    assert (await storage.read(["talk"]))["talk"]["list"] == [1]


@dataclass
class Form:
    """A form being filled."""

    step: str
    answers: dict[str, Any] = field(default_factory=dict)


async def test_a_dialog_stack_and_our_own_types_come_back_as_they_were(ledger: Ledger) -> None:
    storage = ConversationStorage(ConversationMemory(ledger), StateCodec(own=[Form]))
    inner = DialogState([DialogInstance("form", {"form": Form("move_users", {"who": "bob@contoso.com"})})])
    await storage.write({"talk": {"DialogState": DialogState([DialogInstance("v1", {"dialogs": inner})])}})
    stack = (await storage.read(["talk"]))["talk"]["DialogState"].dialog_stack
    [form] = stack[0].state["dialogs"].dialog_stack
    assert (stack[0].id, form.id, form.state["form"]) == ("v1", "form", Form("move_users", {"who": "bob@contoso.com"}))


async def test_what_a_person_typed_cannot_become_a_type(ledger: Ledger) -> None:
    storage = ConversationStorage(ConversationMemory(ledger))
    typed = {"": "DialogState", "fields": {"stack": []}, "who": "'; Remove-CsUser 🙂"}
    await storage.write({"talk": {"typed": typed}})
    assert (await storage.read(["talk"]))["talk"]["typed"] == typed


class Stranger:
    pass


@pytest.mark.parametrize("value", [Stranger(), {1: "a"}, (1, 2), {1, 2}, b"bytes"], ids=lambda value: type(value).__name__)
async def test_what_is_not_on_the_list_is_not_written(value: Any, ledger: Ledger) -> None:
    with pytest.raises(TypeError):
        await ConversationStorage(ConversationMemory(ledger)).write({"talk": {"value": value}})
    assert await ConversationStorage(ConversationMemory(ledger)).read(["talk"]) == {}


PICKLE = '{"form": {"py/object": "os.system", "py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["true"]}]}}'
GARBAGE = [
    "",
    "no JSON",
    "7",
    "null",
    "[]",
    '{"form": {"": "Form", "fields": {}}}',
    '{"form": {"": "DialogState"}}',
    '{"form": {"": "DialogState", "fields": {"stack": [], "more": 1}}}',
    '{"form": {"": "DialogState", "fields": []}}',
    '{"form": {"": ["list"], "fields": {}}}',
    "[" * 100_000,
]


@pytest.mark.parametrize("data", GARBAGE, ids=lambda data: data[:40] or "empty")
async def test_a_row_that_cannot_be_understood_counts_as_no_state_and_is_logged(
    data: str, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    await ledger(write_states, {"talk": (None, data)})
    assert await ConversationStorage(ConversationMemory(ledger)).read(["talk"]) == {}
    assert "the state of talk is dropped" in caplog.text
    await ConversationStorage(ConversationMemory(ledger)).write({"talk": {"fresh": True}})
    assert (await ConversationStorage(ConversationMemory(ledger)).read(["talk"]))["talk"]["fresh"] is True


async def test_a_pickle_in_json_is_only_a_dictionary(ledger: Ledger) -> None:
    await ledger(write_states, {"talk": (None, PICKLE)})
    assert (await ConversationStorage(ConversationMemory(ledger)).read(["talk"]))["talk"]["form"]["py/object"] == "os.system"


class Watched(ConversationStorage):
    """Counts what is read and written."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self.reads = self.writes = 0

    async def read(self, keys: Any) -> dict[str, dict[str, Any]]:
        self.reads += 1
        return await super().read(keys)

    async def write(self, changes: Any) -> dict[str, str]:
        self.writes += 1
        return await super().write(changes)


def turn() -> TurnContext:
    there = ConversationAccount(id="a:alex")
    return TurnContext(
        TestAdapter(), Activity(type="message", channel_id="msteams", conversation=there, from_property=ChannelAccount(id="a"))
    )


async def test_a_turn_reads_once_and_writes_only_what_changed(ledger: Ledger) -> None:
    storage = Watched(ConversationMemory(ledger))
    conversations = SavedConversationState(storage)
    count, seen = conversations.create_property("count"), conversations.create_property("seen")
    context = turn()
    assert await count.get(context) is None and await seen.get(context) is None
    await conversations.save_changes(context)
    assert (storage.reads, storage.writes) == (1, 0)
    await count.set(context, 1)
    await conversations.save_changes(context)
    await seen.set(context, ["a"])
    await conversations.save_changes(context)  # a second time in one turn: no conflict with ourselves
    await conversations.save_changes(context)
    assert (storage.reads, storage.writes) == (1, 2)
    later = turn()
    assert (await count.get(later), await seen.get(later)) == (1, ["a"])
    (await seen.get(later)).append("b")
    await conversations.save_changes(later)
    assert await seen.get(turn()) == ["a", "b"]


async def test_two_turns_at_once_conflict_where_no_lock_keeps_them_apart(ledger: Ledger) -> None:
    conversations = SavedConversationState(ConversationStorage(ConversationMemory(ledger)))
    count = conversations.create_property("count")
    first = turn()
    await count.set(first, 1)
    await conversations.save_changes(first)
    one, other = turn(), turn()
    for context in (one, other):
        await count.set(context, await count.get(context) + 1)
    await conversations.save_changes(one)
    with pytest.raises(KeyError):
        await conversations.save_changes(other)


async def test_cleared_state_is_empty_once_saved_and_forgotten_state_at_once(ledger: Ledger) -> None:
    conversations = SavedConversationState(ConversationStorage(ConversationMemory(ledger)))
    count = conversations.create_property("count")
    context = turn()
    await count.set(context, 1)
    await conversations.save_changes(context)
    await conversations.clear_state(context)
    assert await count.get(turn()) == 1
    await conversations.save_changes(context)
    assert await count.get(turn()) is None
    await count.set(context, 2)
    await conversations.save_changes(context)
    await conversations.forget(turn())
    assert await count.get(turn()) is None


async def test_the_records_hold_plain_json(ledger: Ledger) -> None:
    await ConversationStorage(ConversationMemory(ledger)).write(
        {"talk": {"DialogState": DialogState([DialogInstance("form", {"n": 1})]), "e_tag": "*"}}
    )
    [(_, data)] = (await ledger(read_states, ["talk"])).values()
    assert json.loads(data) == {
        "DialogState": {"": "DialogState", "fields": {"stack": [{"": "DialogInstance", "fields": {"id": "form", "state": {"n": 1}}}]}}
    }
    await ledger(delete_states, ["talk"])
