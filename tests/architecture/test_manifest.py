"""The app package: it fits Microsoft's schema, holds all it names, asks for no permission, and lists what the bot understands."""

import json
import struct
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from jsonschema import Draft4Validator

from bot.steps import STEPS
from dialogs.command_parser import parse, phrases
from manifest.pack import HERE, commands, pack
from tests.support.paths import SCHEMAS

APP = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"


def wrong(schema: str, document: object) -> list[str]:
    """What does not fit. Not asked whether the schema fits itself: two of its patterns are not Python's (`\\p{L}`)."""
    validator = Draft4Validator(json.loads((SCHEMAS / schema).read_text("utf-8")))
    return [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(document)]


@pytest.fixture
def package(tmp_path: Path) -> dict[str, bytes]:
    with ZipFile(pack(tmp_path / "app.zip", APP.upper(), "Bot.Contoso.com")) as made:
        return {name: made.read(name) for name in made.namelist()}


@pytest.fixture
def manifest(package: dict[str, bytes]) -> Any:
    return json.loads(package["manifest.json"])


def test_the_manifest_fits_the_schema(manifest: Any) -> None:
    assert wrong("teams-manifest-1.29.schema.json", manifest) == []
    assert manifest["id"] == manifest["bots"][0]["botId"] == APP and manifest["validDomains"] == ["bot.contoso.com"]


def test_a_language_file_fits_the_schema(package: dict[str, bytes], manifest: Any) -> None:
    for language in manifest["localizationInfo"]["additionalLanguages"]:
        assert wrong("teams-localization-1.29.schema.json", json.loads(package[language["file"]])) == []


def test_every_file_that_is_named_is_in_the_package_and_no_other(package: dict[str, bytes], manifest: Any) -> None:
    languages = [language["file"] for language in manifest["localizationInfo"]["additionalLanguages"]]
    assert sorted(package) == sorted(["manifest.json", *manifest["icons"].values(), *languages])


def test_no_permission_is_asked_for(manifest: Any) -> None:
    assert not {"authorization", "webApplicationInfo", "permissions", "devicePermissions"} & manifest.keys()


def test_every_command_of_the_menu_is_understood_and_there_are_at_most_ten() -> None:
    known = phrases(STEPS)
    assert [command for command in commands() if parse(command["title"], known) is None] == []
    assert 5 < len(commands()) <= 10


def test_the_same_input_makes_the_same_file(tmp_path: Path) -> None:
    made = [pack(tmp_path / name, APP, "bot.contoso.com").read_bytes() for name in ("one.zip", "two.zip")]
    assert made[0] == made[1]


@pytest.mark.parametrize(("icon", "side"), [("color.png", 192), ("outline.png", 32)])
def test_an_icon_is_a_square_png_with_transparency_of_the_size_that_teams_wants(icon: str, side: int) -> None:
    data = (HERE / icon).read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">IIBB", data[16:26]) == (side, side, 8, 6)


@pytest.mark.parametrize(
    ("wrong_value", "word"),
    [
        ({"app_id": "switchover"}, "GUID"),
        ({"domain": "https://bot.contoso.com"}, "host name"),
        ({"domain": "*.contoso.com"}, "host name"),
        ({"domain": "localhost"}, "host name"),
        ({"website": "http://contoso.com"}, "https://"),
        ({"developer": "x" * 33}, "32"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(tmp_path: Path, wrong_value: dict[str, str], word: str) -> None:
    with pytest.raises(ValueError, match=word) as refused:
        pack(tmp_path / "app.zip", **{"app_id": APP, "domain": "bot.contoso.com", **wrong_value})
    assert next(iter(wrong_value.values())) in str(refused.value)
    assert not (tmp_path / "app.zip").exists()
