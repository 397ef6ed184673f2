"""Makes a new step with all that belongs to it: `make new-step NAME=push_notifications [NOUN=CsPushNotificationConfiguration]`.

The step reads one setting and switches it on. It is green as it is made, so that each of your changes shows what it does.
"""

import argparse
import json
import re
from pathlib import Path
from string import Template

from tests.support.paths import ROOT

STEP = Template('''\
"""The step that switches $words on. Replace this line."""

from bot.calls import Cmdlet
from bot.facts import Reader
from bot.facts.$name import $fact
from bot.i18n import label, say
from bot.step import Change, Fine, NoQuestions, Plan, step

SUBJECT = label("$title")


@step(say("Switch $words on"), phrases=("switch $words on",), optional=True, phases=("before", "in"))
async def $name(answers: NoQuestions, read: Reader) -> Plan:
    """$title are switched on for everybody. Replace this: people read it in chat and in docs/steps.md."""
    setting = await read($fact)
    if setting.enabled:
        yield Fine(SUBJECT, say("$words: on already"))
    else:
        yield Change(SUBJECT, say("$words: off → on"), (_set(True),), (_set(False),))


def _set(enabled: bool) -> Cmdlet:
    return Cmdlet("sfb", "Set-$noun", {"Identity": "Global", "Enabled": enabled, "Confirm": False})
''')
FACT = Template('''\
"""The setting of $words."""

from bot.calls import Cmdlet
from bot.facts import Fact


class $fact(Fact):
    """Get-$noun: there is one, Global. Replace this line by the address of its page."""

    source = Cmdlet("sfb", "Get-$noun")
    must_exist = True
    enabled: bool
''')
LAB = Template('''\
"""The setting of $words, in the SfB shell."""

from collections.abc import Iterator

from adapters.lab.cmdlets.registry import SFB, CmdletCall, CmdletOutput, cmdlet
from adapters.lab.powershell.common_objects import ps_object

DEFAULTS: dict[str, str | bool] = {"Enabled": False}


@cmdlet("Get-$noun", SFB)
def get_setting(call: CmdletCall) -> Iterator[CmdletOutput]:
    settings = {**DEFAULTS, **_settings(call)}
    yield ps_object("Microsoft.Rtc.Management.$noun", "Global", Identity="Global", **settings)


@cmdlet("Set-$noun", SFB)
def set_setting(call: CmdletCall) -> Iterator[CmdletOutput]:
    settings = {**_settings(call), **call.given_parameters(*DEFAULTS)}
    if changed := {name: value for name, value in settings.items() if value != DEFAULTS[name]}:
        call.world.settings["$noun"] = changed
    else:
        call.world.settings.pop("$noun", None)
    call.estate.mark_changed("settings", "$noun")
    call.log("Global")
    yield from ()


def _settings(call: CmdletCall) -> dict[str, str | bool]:
    return call.world.settings.get("$noun", {})
''')


def create(name: str, noun: str) -> list[Path]:
    """Writes the files; returns those that are new or changed. Raises `ValueError` for a name that cannot be one or is taken."""
    if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name):
        raise ValueError(f"{name!r}: a step is named in small letters with underscores, such as push_notifications")
    step = ROOT / "bot/steps" / f"{name}.py"
    if step.exists() or step.with_suffix("").exists():
        raise ValueError(f"{name}: there is a step of this name")
    words = name.replace("_", " ")
    values = {"name": name, "noun": noun, "words": words, "title": words.capitalize(), "fact": noun.removeprefix("Cs")}
    written = {
        step: STEP.substitute(values),
        ROOT / "bot/facts" / f"{name}.py": FACT.substitute(values),
        ROOT / "adapters/lab/cmdlets" / f"{name}.py": LAB.substitute(values),
        ROOT / "adapters/lab/powershell/cmdlets.json": _documented(noun),
        ROOT / "bot/steps/__init__.py": _listed(name),
        ROOT / "tests/support/step_scenarios.py": _scenario(name),
    }
    for case, what, enabled in (("ready", "it is off, and is switched on", False), ("as_wanted", "it is on", True)):
        facts = {values["fact"]: [{"Identity": "Global", "Enabled": enabled}]}
        written[ROOT / "tests/steps" / name / "cases" / f"{case}.json"] = json.dumps(
            {"what": what, "answers": {}, "facts": facts, "findings": []}, indent=2
        )
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if text.endswith("\n") else f"{text}\n")
    return list(written)


def _listed(name: str) -> str:
    """The list of steps with this one at its end."""
    text = (ROOT / "bot/steps/__init__.py").read_text()
    imports = [line for line in text.splitlines() if line.startswith("from bot.steps.")]
    after = max((line for line in imports if line < f"from bot.steps.{name}"), default=imports[0])
    text = text.replace(after, f"{after}\nfrom bot.steps.{name} import {name}", 1)
    return re.sub(r"(_IN_ORDER[^=]*= \(\n(?:    \w+,\n)+)", rf"\g<1>    {name},\n", text, count=1)


def _scenario(name: str) -> str:
    """The scenarios with one for this step at their end."""
    text = (ROOT / "tests/support/step_scenarios.py").read_text()
    before, start, rest = text.partition("\nSCENARIOS: ")
    entries, end, after = rest.partition("\n}\n")
    return f'{before}{start}{entries}\n    "{name}": Scenario("half", aside=JOURNEY[1:], idle=JOURNEY[:1]),{end}{after}'


def _documented(noun: str) -> str:
    """The documented cmdlets with the two of this setting. Their page is to be filled in."""
    text = (ROOT / "adapters/lab/powershell/cmdlets.json").read_text()
    parameters: dict[str, dict[str, object]] = {"Identity": {"type": "XdsIdentity", "position": 0}}
    more = {"Enabled": {"type": "Boolean"}, "Confirm": {"type": "SwitchParameter", "aliases": ["cf"]}}
    entries = [_entry(f"Get-{noun}", "read", parameters), _entry(f"Set-{noun}", "write", {**parameters, **more})]
    separator = ",\n"
    return f"{text.rstrip().removesuffix('}').rstrip().removesuffix(']').rstrip()},\n{separator.join(entries)}\n]\n}}\n"


def _entry(cmdlet: str, kind: str, parameters: dict[str, dict[str, object]]) -> str:
    sets = [{"name": "Identity", "default": True, "mandatory": [], "optional": list(parameters)}]
    page = f"https://learn.microsoft.com/powershell/module/skypeforbusiness/{cmdlet.lower()}"
    about = {"name": cmdlet, "module": "SkypeForBusiness", "side": "onprem-sfb", "kind": kind, "whatif": kind == "write"}
    return json.dumps({**about, "confirm": kind == "write", "parameters": parameters, "sets": sets, "page": page})


def main() -> None:
    parser = argparse.ArgumentParser(prog="make new-step", description=__doc__)
    parser.add_argument("name", help="of the step, such as push_notifications")
    parser.add_argument("noun", nargs="?", help="of its cmdlets, such as CsPushNotificationConfiguration")
    given = parser.parse_args()
    noun = given.noun or f"Cs{given.name.title().replace('_', '')}Configuration"
    try:
        files = create(given.name, noun)
    except ValueError as error:
        parser.error(str(error))
    print("\n".join(str(path.relative_to(ROOT)) for path in files))


if __name__ == "__main__":
    main()
