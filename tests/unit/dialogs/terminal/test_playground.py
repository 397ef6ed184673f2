"""The Playground is opened only where it can be, with people it accepts."""

from pathlib import Path
from uuid import UUID

import pytest

from bot.views import Person
from dialogs.terminal.playground import NoPlayground, configuration, open_playground

PEOPLE = [Person("00000000-0000-4000-8000-000000000020", "Alex Wilber"), Person("00000000-0000-4000-8000-000000000021", "Megan Bowen")]
TENANT = "11111111-2222-4333-8444-555555555555"


async def test_without_node_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoPlayground, match=r"Node\.js"):
        async with open_playground("http://127.0.0.1:1/api/messages", tmp_path / "playground", {}):
            pass
    assert not (tmp_path / "playground").exists()


def test_everybody_has_a_directory_id_and_an_address_of_their_own() -> None:
    made = configuration(TENANT, PEOPLE, "19:audit@thread.tacv2")
    first, others = made["currentUser"], made["users"]
    assert isinstance(first, dict) and isinstance(others, list)
    assert [user["email"] for user in (first, *others)] == ["alexw@contoso.com", "meganb@contoso.com"]
    assert [UUID(user["aadObjectId"]) for user in (first, *others)] == [UUID(person.id) for person in PEOPLE]
    assert made["tenantId"] == TENANT and "19:audit@thread.tacv2" in str(made["team"])
