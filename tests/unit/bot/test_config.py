"""Settings that would let the wrong people in are refused before anything is opened."""

import re
from pathlib import Path
from typing import get_args

import pytest

from bot.config import BotIdentity, load
from bot.errors import ConfigurationError
from dialogs.channel.admission import CLOUDS
from tests.support.lab_process import run_command
from tests.support.paths import ROOT

(MANUAL,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/operating.md").read_text(), re.S)
ADMINS = "group:00000000-0000-4000-8000-000000000002"


def written(folder: Path, before: str, after: str) -> Path:
    """The manual's example with one thing changed."""
    file = folder / "switchover.toml"
    assert before in MANUAL
    file.write_text(MANUAL.replace(before, after))
    return file


def test_a_bot_that_checks_nobodys_token_is_not_served(tmp_path: Path) -> None:
    file = written(tmp_path, 'auth = "certificate"            #', 'auth = "none" #')
    with pytest.raises(ConfigurationError, match=r"bot\.auth \(SWITCHOVER_BOT__AUTH\): no token"):
        load(file)


def test_a_setting_with_its_old_name_is_refused_with_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"bot\.kind \(SWITCHOVER_BOT__KIND\): is called bot\.auth now"):
        load(written(tmp_path, 'auth = "certificate"            #', 'kind = "nobody" #'))
    with pytest.raises(ConfigurationError, match=r"brake \(SWITCHOVER_BRAKE\): is called max_consecutive_failures now"):
        load(written(tmp_path, "port = 3978", "brake = 3"))
    monkeypatch.setenv("SWITCHOVER_PLACES__SFB__URL", "https://sfb01.contoso.com:5986/wsman")
    with pytest.raises(ConfigurationError, match=r"places \(SWITCHOVER_PLACES\): is called endpoints now"):
        load(written(tmp_path, "port = 3978", "port = 3979"))


@pytest.mark.parametrize("somebody", ["megan@contoso.com", "Admins", "group: 00000000-0000-4000-8000-000000000002", ""])
def test_a_right_for_somebody_whom_no_directory_id_names_is_refused(tmp_path: Path, somebody: str) -> None:
    with pytest.raises(ConfigurationError, match=r"rights\.ask\.0"):
        load(written(tmp_path, f'ask = ["{ADMINS}"]', f'ask = ["{somebody}"]'))


def test_ids_are_the_same_in_capitals(tmp_path: Path) -> None:
    capitals = "group:AAAAAAAA-0000-4000-8000-000000000002"
    assert load(written(tmp_path, ADMINS, capitals)).rights.approve == (capitals.lower(),)


def test_the_door_knows_every_channel_that_can_be_set_and_no_other_can_be(tmp_path: Path) -> None:
    assert set(get_args(BotIdentity.model_fields["channel"].annotation)) == set(CLOUDS)
    with pytest.raises(ConfigurationError, match=r"bot\.channel"):
        load(written(tmp_path, "[bot]\n", '[bot]\nchannel = "moon"\n'))


def test_what_is_recorded_is_for_its_owner_only(tmp_path: Path) -> None:
    records = tmp_path / "records.sqlite"
    refused = run_command("serve", "--config", str(written(tmp_path, "/var/lib/switchover/records.sqlite", str(records))))
    assert "file:/etc/switchover" in refused.stderr
    assert records.stat().st_mode & 0o077 == 0
