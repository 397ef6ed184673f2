"""Addresses as people write them."""

import re

from bot.i18n import say
from bot.steps.shared.people_input.table import (
    PREFIX,
)

MAX_LENGTH = 320  # characters of an address or of a group's name
NAME_AND_ADDRESS = re.compile(r"[^<>@]*<\s*(?P<address>[^<>\s]+)\s*>")  # Name <a@b>
LINK = re.compile(r"\[(?P<shown>[^\[\]]*)\]\((?:mailto:|sip:)?(?P<address>[^()\s]+)\)", re.IGNORECASE)  # in Markdown
# What Entra allows in a sign-in name; an apostrophe only between letters, so that a quoted address is noticed.
LOCAL = re.compile(r"[\w#!~^&+=](?:[\w.#!~^&+=-]|(?<=\w)'(?=\w))*", re.UNICODE)
DOMAIN = re.compile(r"(?:\w(?:[\w-]{0,61}\w)?\.)+\w(?:[\w-]{0,61}\w)", re.UNICODE)


def parse_address(entry: str) -> str:
    """The address in an entry. Raises `ValueError` with what is wrong with it, as a `LocalizedText`."""
    if len(entry) > MAX_LENGTH:
        raise ValueError(say("this is too long for an address"))
    if link := LINK.fullmatch(entry):
        if "@" in link["shown"] and PREFIX.sub("", link["shown"]).strip().lower() != link["address"].lower():
            raise ValueError(say("the link leads to another address than it shows: {address}", address=shorten(link["address"])))
        return parse_address(link["address"])
    named = NAME_AND_ADDRESS.fullmatch(entry)
    whole = named["address"] if named else entry
    prefix = PREFIX.match(whole)
    address = (whole[prefix.end() :] if prefix else whole).replace("’", "'")
    local, _, domain = address.rpartition("@")
    if any(mark in address for mark in "*?[]"):
        raise ValueError(say("name people one by one, without wildcards"))
    if any(mark in address for mark in '"`“”„‘') or address.startswith("'") or address.endswith("'"):
        raise ValueError(say("leave the quotes away"))
    if address.count("@") != 1:
        raise ValueError(say("an address like name@contoso.com is needed"))
    if not LOCAL.fullmatch(local) or local.endswith(".") or ".." in local:
        raise ValueError(say("“{local}” is no name before the @", local=shorten(local)))
    if not DOMAIN.fullmatch(domain):
        raise ValueError(say("“{domain}” is no domain", domain=shorten(domain)))
    return address.lower()


def strip_quotes(text: str) -> str:
    """The text without quotes around it."""
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def shorten(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
