"""Findings, calls, words and places as JSON text and back."""

import json
from collections.abc import Mapping
from functools import lru_cache

from pydantic import TypeAdapter

from bot.calls import WriteCall
from bot.i18n import LocalizedText, Word
from bot.step import Finding
from bot.views import ConversationRef

_finding: TypeAdapter[Finding] = TypeAdapter(Finding)
_act: TypeAdapter[WriteCall] = TypeAdapter(WriteCall)
_say: TypeAdapter[LocalizedText] = TypeAdapter(LocalizedText)
_words: TypeAdapter[Mapping[str, LocalizedText]] = TypeAdapter(Mapping[str, LocalizedText])
_by_name: TypeAdapter[Mapping[str, Word]] = TypeAdapter(Mapping[str, Word])


def dump_finding(finding: Finding) -> str:
    return _finding.dump_json(finding).decode()


@lru_cache(maxsize=2048)  # the same card is shown again and again
def load_finding(text: str) -> Finding:
    return _finding.validate_json(text)


def dump_call(act: WriteCall) -> str:
    return _act.dump_json(act).decode()


def load_call(text: str) -> WriteCall:
    return _act.validate_json(text)


def dump_text(words: LocalizedText | None) -> str | None:
    return None if words is None else _say.dump_json(words).decode()


def load_text(text: str | None) -> LocalizedText | None:
    return None if text is None else _say.validate_json(text)


def load_text_or_plain(value: object) -> str | LocalizedText:
    """A sentence that was kept amid other data; in older lines of the audit it is plain text."""
    return _say.validate_python(value) if isinstance(value, dict) else str(value)


def dump_conversation(spot: ConversationRef) -> str:
    return json.dumps(vars(spot))


def load_conversation(text: str) -> ConversationRef:
    return ConversationRef(**json.loads(text))


def dump_texts(words: Mapping[str, Word]) -> str:
    return _by_name.dump_json(words).decode()


def load_texts(text: str | None) -> dict[str, LocalizedText]:
    return dict(_words.validate_json(text)) if text else {}
