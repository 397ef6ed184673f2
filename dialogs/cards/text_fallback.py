"""A card as plain text: for clients without cards, for notifications and screen readers, and for the terminal."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dialogs.cards.elements import Card

FALLBACK = 600  # letters of the text inside a card
LARGEST = 20_000  # bytes of a card's JSON: with the summary beside it, below the 25 kB that every client takes


def as_text(card: Card, buttons: bool = True) -> str:
    """Every line of the card, and the names of its buttons in brackets at the end."""
    lines = list(_lines(card.get("body", ())))
    titles = [action["title"] for action in card.get("actions", ())]
    if buttons and titles:
        lines.append(" ".join(f"({title})" for title in titles))
    return "\n".join(lines)


def with_fallback(card: Card) -> Card:
    """The same card with its text inside, for clients that cannot show it."""
    return {**card, "fallbackText": as_text(card)[:FALLBACK]}


def fit_to_channel(made: Callable[[int], Card], counts: Sequence[int]) -> Card:
    """The card with as many lines per group as the channel takes; `counts` are tried in their order, the last one always fits."""
    for count in counts:
        card = with_fallback(made(count))
        if len(json.dumps(card)) <= LARGEST:
            break
    return card


def choices_of(element: dict[str, Any]) -> list[tuple[str, str]]:
    """Title and value of everything that can be chosen in an input; a toggle is yes or no."""
    if element["type"] == "Input.Toggle":
        return [("yes", "true"), ("no", "false")]
    return [(each["title"], each["value"]) for each in element.get("choices", ())]


def _lines(elements: list[dict[str, Any]]) -> Iterator[str]:
    for element in elements:
        match element["type"]:
            case "TextBlock":
                yield element["text"]
            case "RichTextBlock":
                yield "".join(run["text"] for run in element["inlines"])
            case "Container":
                yield from _lines(element["items"])
            case "Input.Text" | "Input.Number":
                yield f"{element.get('label', '')} [{element.get('value', '')}]"
            case "Input.ChoiceSet":
                chosen = [title for title, value in choices_of(element) if value == element.get("value")]
                yield f"{element.get('label', '')} [{', '.join(chosen)}]"
            case "Input.Toggle":
                yield f"{element['title']} [{'x' if element.get('value') == 'true' else ' '}]"
