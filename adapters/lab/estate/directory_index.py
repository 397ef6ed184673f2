"""Finds people by whatever a cmdlet or a request calls them: SIP address, UPN, login, object id, distinguished or display name."""

from collections.abc import Callable, Iterator

from adapters.lab.estate.person import AdAccount, EstatePerson
from adapters.lab.estate.state import EstateState

Names = Callable[[EstatePerson], tuple[str, ...]]


class DirectoryIndex:
    """Telephone books over the same people: those of the AD, the one of the cloud. Old entries are found out when they are used."""

    def __init__(self, world: EstateState) -> None:
        self._world = world
        self._books: dict[Names, dict[str, int]] = {}

    def find_on_premises(self, identity: str) -> EstatePerson | None:
        """As UserIdParameter understands it: SIP address, UPN, domain\\login, GUID, SID, distinguished name, display name.

        With "sip:" it is a SIP address only; without, a sign-in name goes before somebody else's SIP address that reads like it,
        or the other way round (`names_find_addresses`).
        """
        asked = identity.strip().lower()
        if asked.startswith("sip:"):
            return self._look_up(_ad_addresses, asked.removeprefix("sip:"))
        login = asked.rpartition("\\")[2] if "\\" in asked and "=" not in asked else asked
        first, then = (_ad_addresses, _ad_names) if self._world.uncertain.names_find_addresses else (_ad_names, _ad_addresses)
        found = self._look_up(first, login) or self._look_up(then, login)
        return found or (None if "@" in asked else self._look_up(_long_names, asked))

    def find_enabled(self, identity: str) -> tuple[EstatePerson, AdAccount] | None:
        """Somebody on premises who is enabled for Skype for Business."""
        person = self.find_on_premises(identity)
        return (person, person.account) if person and person.account and person.account.sip else None

    def find_online(self, identity: str) -> EstatePerson | None:
        """As the Teams module and Graph understand it: object id, UPN, SIP address, alias. Soft-deleted people too."""
        asked = identity.strip().lower()
        if asked.startswith("sip:"):
            return self._look_up(_cloud_addresses, asked.removeprefix("sip:"))
        return self._world.person(asked) or self._look_up(_cloud_names, asked) or self._look_up(_cloud_addresses, asked)

    def people_on_premises(self) -> Iterator[EstatePerson]:
        """Everybody with an AD account that is enabled for Skype for Business."""
        return (p for p in self._world.people.values() if p.account and p.account.sip)

    def update(self, person: EstatePerson) -> None:
        """Somebody has changed: new names are entered."""
        for names, book in self._books.items():
            book.update((name, person.number) for name in names(person))

    def _look_up(self, names: Names, asked: str) -> EstatePerson | None:
        book = self._books.get(names)
        if book is None:
            people = reversed(self._world.people.values())  # the first one with a name keeps it
            book = self._books[names] = {name: person.number for person in people for name in names(person)}
        person = self._world.people.get(book.get(asked, -1))
        return person if person and asked in names(person) else None


def _ad_names(person: EstatePerson) -> tuple[str, ...]:
    account = person.account
    return (account.sam.lower(), account.upn.lower()) if account else ()


def _ad_addresses(person: EstatePerson) -> tuple[str, ...]:
    return (person.account.sip.lower(),) if person.account and person.account.sip else ()


def _long_names(person: EstatePerson) -> tuple[str, ...]:
    """What is seldom asked for, and long."""
    return (person.dn.lower(), person.display_name.lower(), str(person.guid), person.sid.lower()) if person.account else ()


def _cloud_names(person: EstatePerson) -> tuple[str, ...]:
    upn = person.online.upn.lower() if person.online else ""
    return (upn, upn.partition("@")[0]) if upn else ()


def _cloud_addresses(person: EstatePerson) -> tuple[str, ...]:
    return (person.online.sip.lower(),) if person.online and person.online.sip else ()
