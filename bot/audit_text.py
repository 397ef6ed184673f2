"""Lines of the audit in words: who did what, and what happened to whom."""

from collections.abc import Mapping
from typing import Any

from bot.i18n import LocalizedText, say
from bot.ledger.serialization import load_text_or_plain
from bot.step import Step

_OF_ONE = {
    "sent": say("began {subject}"),
    "done": say("did {subject}"),
    "failed": say("failed: {subject}"),
    "unknown": say("does not know what became of {subject}"),
    "not yet": say("was told “not yet”: {subject}"),
    "not sent": say("could not send it: {subject}"),
    "dropped": say("left out {subject}"),
    "found done": say("looked and found it done: {subject}"),
    "found not done": say("looked and found it not done: {subject}"),
    "waiting_for_admin": say("waits for a person to do their part: {subject}"),
}
_OF_RUN = {
    "start": say("started it"),
    "approve": say("agreed"),
    "refuse": say("refused"),
    "seen late": say("a later look has seen what was done"),
    "pressed": say("pressed a button; whether they may is being looked up"),
    "clock set": say("the clock of the bot's machine was set"),
    "accepted": say("the records were accepted as they are"),
    "pause": say("paused it"),
    "resume": say("let it go on"),
    "cancel": say("cancelled it"),
    "retry": say("started again what was left"),
    "undo": say("asked to take it back"),
    "look": say("asked to look again"),
    "done": say("said that their part is done"),
    "change": say("asked anew with other answers"),
    "plan changed": say("the plan has changed, so that it must be agreed anew"),
    "incomplete": say("could not go on"),
    "paused": say("paused by itself"),
    "cancelled": say("ended: cancelled"),
}
_ENDS = {
    "verified": say("ended: verified"),
    "incomplete": say("ended: incomplete, {failed} failed, {unconfirmed} not confirmed"),
    "cancelled": say("ended: cancelled"),
}


def describe_event(event: str, names: Mapping[str, str], facts: Mapping[str, Any], steps: Mapping[str, Step]) -> LocalizedText:
    """What happened; an event without words of its own is told as it is."""
    what, why = _event(event, names, facts, steps), _reason(names, facts)
    told_of = say("{what}: {why}", what=what, why=why) if why else what
    where = " · ".join(str(facts[name]) for name in ("to", "code") if facts.get(name))
    return say("{told} [{where}]", told=told_of, where=where) if where else told_of


def _reason(names: Mapping[str, str], facts: Mapping[str, Any]) -> str | LocalizedText | None:
    """What the far end said first, and behind it what is known of it. Where only we have spoken there are no such words."""
    why, words = facts.get("why"), names.get("words")
    known = load_text_or_plain(why) if why else None
    return say("{words} ({why})", words=words, why=known) if words and known else words or known


def _event(event: str, names: Mapping[str, str], facts: Mapping[str, Any], steps: Mapping[str, Step]) -> LocalizedText:
    match event:
        case "asked":
            return _request(str(facts.get("step")), facts, steps)
        case "planned":
            counts = {kind: int(facts.get(kind, 0)) for kind in ("change", "obstacle", "unclear", "fine")}
            return say("planned: {change} to change, {obstacle} with obstacles, {unclear} unclear, {fine} already fine", **counts)
        case "ended" if facts.get("state") in _ENDS:
            counts = {name: int(facts.get(name, 0)) for name in ("failed", "unconfirmed")}
            return LocalizedText(_ENDS[str(facts["state"])].text, counts)
        case _ if "subject" in names and event in _OF_ONE:
            return LocalizedText(_OF_ONE[event].text, {"subject": names["subject"]})
        case _:
            return _OF_RUN.get(event) or say("{event}", event=event)


def _request(name: str, facts: Mapping[str, Any], steps: Mapping[str, Step]) -> LocalizedText:
    title = steps[name].title if name in steps else say("{name}", name=name)
    if facts.get("follows"):
        return say("began {step}, which follows run {run}", step=title, run=str(facts["follows"]))
    if facts.get("undo_of"):
        return say("asked for {step}, to take back run {run}", step=title, run=str(facts["undo_of"]))
    return say("asked for {step}", step=title)
