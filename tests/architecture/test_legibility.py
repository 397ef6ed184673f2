"""What `make check` counts of names and imports is counted right."""

import pytest

from tests.tools.legibility import is_participle, is_pronoun


@pytest.mark.parametrize("name", ["told", "_settled", "__named__", "left", "done", "unknown", "configured"])
def test_a_bare_participle_is_found(name: str) -> None:
    assert is_participle(name)


@pytest.mark.parametrize("name", ["read", "is_settled", "feed", "proceed", "run", "named_plans", "mark_done", "setup"])
def test_a_verb_or_a_longer_name_is_no_participle(name: str) -> None:
    assert not is_participle(name)


def test_a_pronoun_is_found() -> None:
    assert [name for name in ("who", "_everything", "whole", "owner", "any_port") if is_pronoun(name)] == ["who", "_everything"]
