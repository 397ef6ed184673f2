"""The pieces that cards are made of: lines, groups and buttons of Adaptive Cards 1.5.

Text is put into RichTextBlocks: a TextRun knows no Markdown, so a name out of a directory cannot become a link or a picture.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.i18n import LocalizedText
from dialogs.rendering import clean, render

Element = dict[str, Any]
Card = dict[str, Any]

SUBJECT = 64  # letters of a subject that are shown; longer ones are cut in the middle


def text_run(words: LocalizedText | str, locale: str = "en", **style: Any) -> Element:
    """One stretch of text; `style` is weight, color, isSubtle, fontType, size."""
    return {"type": "TextRun", "text": render(words, locale), **style}


def line(*runs: Element, spacing: str = "Small", **more: Any) -> Element:
    """One line (it wraps) of stretches of text."""
    return {"type": "RichTextBlock", "inlines": list(runs), "spacing": spacing, **more}


def text_line(text: LocalizedText | str, locale: str = "en", *, spacing: str = "Small", **style: Any) -> Element:
    """A line of one sentence."""
    return line(text_run(text, locale, **style), spacing=spacing)


def heading(text: str) -> Element:
    """The first line of a card. Only our own words may stand in it: this one element knows Markdown."""
    return {"type": "TextBlock", "text": text, "style": "heading", "size": "Medium", "weight": "Bolder", "wrap": True}


def about_line(subject: str, text: str = "") -> Element:
    """A line that begins with who or what it is about."""
    name = {"type": "TextRun", "text": clean(subject, SUBJECT) + (": " if text else ""), "weight": "Bolder"}
    return line(name, {"type": "TextRun", "text": text}) if text else line(name)


def group(title: str, items: Iterable[Element]) -> Element:
    """Several lines under a title, set apart from what stands above."""
    top = line({"type": "TextRun", "text": title, "weight": "Bolder", "isSubtle": True}, spacing="None")
    return {"type": "Container", "spacing": "Medium", "separator": True, "items": [top, *items]}


def code_block(lines: Sequence[str]) -> Element:
    """Commands as an admin would type them."""
    runs = [{"type": "TextRun", "text": text, "fontType": "Monospace", "size": "Small"} for text in lines]
    return {"type": "Container", "style": "emphasis", "items": [line(text) for text in runs]}


def button(title: str, data: Mapping[str, Any], style: str | None = None, inputs: bool = False) -> Element:
    """A button that works in every client: Action.Execute, and Action.Submit where that is not known."""
    common = {"title": title, "data": dict(data), **({"style": style} if style else {}), **({} if inputs else {"associatedInputs": "none"})}
    fallback = {"type": "Action.Submit", **common}
    return {"type": "Action.Execute", "verb": data["verb"], **common, "fallback": fallback}


def card(body: Sequence[Element], actions: Sequence[Element] = (), banner: str = "") -> Card:
    """The whole card. `banner` is the word that the configuration puts on every card."""
    top = [_banner(banner)] if banner else []
    whole = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "body": [*top, *body],
    }
    return {**whole, "actions": list(actions)} if actions else whole


def _banner(word: str) -> Element:
    return {"type": "Container", "style": "warning", "bleed": True, "items": [line(text_run(word, weight="Bolder"), spacing="None")]}
