"""Conversation state in our records: plain JSON with a short list of types that may come back, and etags that conflict.

No pickle is written or read. A row that cannot be understood counts as no state at all, or it would fail every turn for ever.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botbuilder.core import ConversationState, Storage, TurnContext
from botbuilder.core.bot_state import CachedBotState
from botbuilder.dialogs import DialogInstance, DialogState, PromptOptions
from botbuilder.schema import Activity

from bot.i18n import LocalizedText
from bot.service import ConversationMemory

log = logging.getLogger(__name__)

TYPE = ""  # the name under which a JSON object says what it was; a plain dictionary with this key is wrapped


@dataclass(frozen=True)
class StoredType:
    """A type that may be stored: its fields as a dictionary, and the way back."""

    type: type
    fields: Callable[[Any], Mapping[str, Any]] = vars
    constructor: Callable[..., Any] | None = None

    def restore(self, fields: Mapping[str, Any]) -> Any:
        return (self.constructor or self.type)(**fields)


KINDS = (
    StoredType(DialogState, lambda state: {"stack": state.dialog_stack}),
    StoredType(DialogInstance),
    StoredType(PromptOptions),
    StoredType(Activity, lambda activity: {"body": activity.serialize()}, lambda body: Activity().deserialize(body)),
    StoredType(LocalizedText),
)


class StateCodec:
    """JSON text of a state and back. `own` are our dataclasses that may be stored too."""

    def __init__(self, own: Iterable[type] = ()) -> None:
        kinds = (*KINDS, *(StoredType(each) for each in own))
        self._by_type = {kind.type: kind for kind in kinds}
        self._by_name = {kind.type.__name__: kind for kind in kinds}

    def encode(self, value: Any) -> str:
        """Raises TypeError for what is not on the list."""
        return json.dumps(self._encode(value), ensure_ascii=False, separators=(",", ":"))

    def decode(self, text: str) -> Any:
        """Raises ValueError, TypeError or KeyError for a text that is not one of ours."""
        return self._decode(json.loads(text))

    def _encode(self, value: Any) -> Any:
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, list):
            return [self._encode(item) for item in value]
        if isinstance(value, dict):
            return self._encode_object("dict", value) if TYPE in value else self._encode_fields(value)
        if (kind := self._by_type.get(type(value))) is None:
            raise TypeError(f"{type(value).__name__} may not be kept in conversation state")
        return self._encode_object(kind.type.__name__, kind.fields(value))

    def _encode_object(self, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {TYPE: name, "fields": self._encode_fields(fields)}

    def _encode_fields(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        if not all(isinstance(key, str) for key in fields):
            raise TypeError("only text may name a value in conversation state")
        return {key: self._encode(value) for key, value in fields.items()}

    def _decode(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._decode(item) for item in value]
        if not isinstance(value, dict):
            return value
        if TYPE not in value:
            return {key: self._decode(item) for key, item in value.items()}
        fields = {key: self._decode(item) for key, item in value["fields"].items()}
        return fields if value[TYPE] == "dict" else self._by_name[value[TYPE]].restore(fields)


class ConversationStorage(Storage):
    """The SDK's storage over what the bot remembers. The etag stands beside the state, never in it."""

    def __init__(self, memory: ConversationMemory, codec: StateCodec | None = None) -> None:
        self._memory = memory
        self.codec = codec or StateCodec()

    async def read(self, keys: Iterable[str] | None) -> dict[str, dict[str, Any]]:
        if keys is None:
            raise ValueError("Keys are required when reading")
        found = await self._memory.read_states(list(keys))
        states = {key: self._decode_row(key, etag, data) for key, (etag, data) in found.items()}
        return {key: state for key, state in states.items() if state is not None}

    async def write(self, changes: Mapping[str, dict[str, Any]] | None) -> dict[str, str]:
        """The new etags. Without an etag, or with "*", it overwrites. Raises KeyError when somebody else wrote in between."""
        if changes is None:
            raise ValueError("Changes are required when writing")
        return await self._memory.write_states({key: self._row(key, changes[key]) for key in changes}) if changes else {}

    async def delete(self, keys: Iterable[str]) -> None:
        await self._memory.delete_states(list(keys))

    def _row(self, key: str, state: dict[str, Any]) -> tuple[str | None, str]:
        etag = state.get("e_tag")
        if etag == "":
            raise ValueError(f"etag missing for {key}")
        return (None if etag == "*" else etag), encode_without_etag(self.codec, state)

    def _decode_row(self, key: str, etag: str, data: str) -> dict[str, Any] | None:
        try:
            return {**self.codec.decode(data), "e_tag": etag}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            log.warning("the state of %s is dropped, it cannot be understood: %r", key, error)
            return None


class SavedConversationState(ConversationState):
    """The SDK's conversation state, which compares our own JSON to see a change (its jsonpickle takes milliseconds),
    reads once per turn, and can be saved twice in one."""

    def __init__(self, records: ConversationStorage) -> None:
        super().__init__(records)
        self._records = records

    async def load(self, turn_context: TurnContext, force: bool = False) -> None:
        if force or self.get_cached_state(turn_context) is None:
            key = self.get_storage_key(turn_context)
            found = await self._records.read([key])
            turn_context.turn_state[self._context_service_key] = LoadedState(found.get(key, {}), self._records.codec)

    async def save_changes(self, turn_context: TurnContext, force: bool = False) -> None:
        cached = self.get_cached_state(turn_context)
        if cached is None or not (force or cached.is_changed):
            return
        key = self.get_storage_key(turn_context)
        etags = await self._records.write({key: cached.state})
        cached.state["e_tag"] = etags[key]
        cached.hash = cached.compute_hash(cached.state)

    async def clear_state(self, turn_context: TurnContext) -> None:
        """Empty from here on; kept when saved."""
        cleared = LoadedState({}, self._records.codec)
        cleared.hash = ""
        turn_context.turn_state[self._context_service_key] = cleared

    async def forget(self, turn_context: TurnContext) -> None:
        """Empty from here on, and in the records at once."""
        turn_context.turn_state.pop(self._context_service_key, None)
        await self._records.delete([self.get_storage_key(turn_context)])


class LoadedState(CachedBotState):
    """State as it was read, with its JSON to compare."""

    def __init__(self, state: dict[str, Any], codec: StateCodec) -> None:
        self._codec = codec
        super().__init__(state)

    def compute_hash(self, obj: dict[str, Any]) -> str:
        return encode_without_etag(self._codec, obj)


def encode_without_etag(codec: StateCodec, state: dict[str, Any]) -> str:
    """An empty dialog stack counts as no state: whoever has begun nothing has nothing to be remembered."""
    return codec.encode({name: value for name, value in state.items() if name != "e_tag" and not _is_empty_stack(value)})


def _is_empty_stack(value: object) -> bool:
    return isinstance(value, DialogState) and not value.dialog_stack
