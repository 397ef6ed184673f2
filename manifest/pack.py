"""Makes the app package that an admin uploads to Teams: the manifest filled in, a file per further language, two icons, one zip."""

import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from bot.i18n.languages import ENGLISH, FOLDER, languages
from bot.steps import STEPS

HERE = Path(__file__).parent
ICONS = ("color.png", "outline.png")
TRANSLATED = "manifest.json"  # in the folder of a locale: Teams' localization file
SCOPES = ["personal", "team", "groupChat"]

# Teams shows at most ten commands: what is typed most. `help` tells of the rest.
MENU_STEPS = ("move_users", "move_back", "tenant", "directory_sync", "configure_hybrid")
ALWAYS = (
    ("where are we?", "What is open, and how far each step has come"),
    ("runs", "The newest runs"),
    ("audit", "Who asked for what, who agreed, what happened to whom"),
    ("help", "What can be asked for"),
    ("cancel", "Leave the question that is open"),
)


def pack(out: Path, app_id: str, domain: str, developer: str = "Switchover", website: str = "") -> Path:
    """Writes the package to `out`. `app_id` is the bot's application (client) id, `domain` the host name that it answers on.

    `website` is the page where the organisation's people get help; raises ValueError that says which value is wrong.
    """
    files = {name: (HERE / name).read_bytes() for name in ICONS}
    files |= {f"{tag}.json": file.read_bytes() for tag, file in _translation().items()}
    manifest = fill(app_id, domain, developer, website)
    files["manifest.json"] = json.dumps(manifest, indent=2, ensure_ascii=False).encode()
    with ZipFile(out, "w", ZIP_DEFLATED) as package:
        for name, data in sorted(files.items()):
            package.writestr(ZipInfo(name), data, ZIP_DEFLATED)  # ZipInfo without a time: the same input makes the same file
    return out


def fill(app_id: str, domain: str, developer: str, website: str) -> dict[str, Any]:
    """The manifest, as https://learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema has it; no permissions."""
    app, host = _guid(app_id), _host(domain)
    page = _https(website or f"https://{host}")
    bot = {"botId": app, "scopes": SCOPES, "supportsFiles": True, "commandLists": [{"scopes": SCOPES, "commands": commands()}]}
    template: dict[str, Any] = json.loads((HERE / "manifest.json").read_text("utf-8"))
    return template | {
        "id": app,
        "version": version("switchover"),
        "developer": {"name": _short(developer), **dict.fromkeys(("websiteUrl", "privacyUrl", "termsOfUseUrl"), page)},
        "bots": [bot],
        "validDomains": [host],
        "localizationInfo": {
            "defaultLanguageTag": ENGLISH,
            "additionalLanguages": [{"languageTag": tag, "file": f"{tag}.json"} for tag in _translation()],
        },
    }


def _translation() -> dict[str, Path]:
    """The localization file of each language that has one."""
    return {tag: file for tag in languages() if (file := FOLDER / tag / TRANSLATED).exists()}


def commands() -> list[dict[str, str]]:
    """The menu above the message box: some steps, and what can always be typed."""
    steps = {step.name: (str(step.title).lower(), step.guidance.partition("\n")[0]) for step in STEPS}
    return [{"title": title, "description": words} for title, words in (*(steps[name] for name in MENU_STEPS), *ALWAYS)]


def _guid(value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        raise ValueError(f"the app id {value!r} should be a GUID: the application (client) id of the bot's app registration") from None


def _host(value: str) -> str:
    if re.fullmatch(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", value, re.IGNORECASE):
        return value.lower()
    raise ValueError(f"the domain {value!r} should be a host name such as bot.contoso.com, without https:// and without a path")


def _https(value: str) -> str:
    if re.fullmatch(r"https://[^\s/]+\.[^\s]+", value) and len(value) <= 2048:
        return value
    raise ValueError(f"the website {value!r} should be an address that starts with https://")


def _short(name: str) -> str:
    if 0 < len(name) <= 32:
        return name
    raise ValueError(f"the developer's name {name!r} should have 1 to 32 characters")
