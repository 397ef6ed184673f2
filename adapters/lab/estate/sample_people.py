"""The fixed cast of the pretend estate: the same people in every lab, each of them a case that a move has to reckon with."""

from dataclasses import dataclass, field
from typing import Any

from adapters.lab.estate.person import Conflict

SIP_TAKEN = Conflict("ProxyAddresses", "sip:sandra.anders@contoso.com")  # so her new address never arrived
IN_EXCHANGE = {"unified_contacts": True, "policies": {"UserServicesPolicy": "ContactsInExchange"}}
LONG_GIVEN, LONG_SURNAME = "Wilhelmina-Friederike-Charlotte", "von-und-zu-Beispielhausen-Musterstetten-am-Langen-Namensberg"


@dataclass(frozen=True)
class Role:
    """One member of the cast. What is not named is as with everybody: ready to be moved."""

    login: str  # before the @ of the SIP address
    given: str
    surname: str
    display: str = ""  # empty = given name and surname
    domain: str = "contoso.com"
    upn: str = ""  # empty = as the SIP address
    skus: tuple[str, ...] = ("E3",)  # names in `tenant.SKUS`
    account: dict[str, Any] = field(default_factory=dict)
    online: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    moved: bool = False
    in_cloud: bool = True


CAST = (
    Role("bob", "Bob", "Beispiel"),
    Role("carol", "Carol", "Probe"),
    Role("dave", "Dave", "Muster", account={"enterprise_voice": True, "line_uri": "tel:+4930555010103"}),  # no Phone System
    Role("erin", "Erin", "Exempel"),
    Role("frank", "Frank", "Fertig", moved=True),
    Role("nora.o'neill", "Nora", "O'Neill"),
    Role("juergen.groessmann", "Jürgen", "Größmann"),
    Role("hanako.reimoto", "花子", "例本", "例本 花子"),
    Role("iwan.primerow", "Иван", "Примеров", "Иван Примеров"),
    Role("layla.mithal", "ليلى", "مثال", "ليلى مثال"),
    Role("wilhelmina.beispielhausen.musterstetten.am.langen.namensberg", LONG_GIVEN, LONG_SURNAME),
    Role("robin.rakete", "Robin", "Rakete", "Robin 🚀 Rakete"),
    Role("mark.down", "Mark", "Down", "**Mark** <b>Down</b> [click](http://example.com) | `rm` & _co_"),
    Role("ursula.anders", "Ursula", "Anders", upn="u.anders@contoso.com"),
    Role(
        "victor.voice",
        "Victor",
        "Voice",
        skus=("E3", "MCOEV"),
        account={"enterprise_voice": True, "line_uri": "tel:+4930555010115"},
    ),
    Role("dina.dialin", "Dina", "Dialin", account={"dial_in": True}),  # no Audio Conferencing
    Role("david.disabled", "David", "Disabled", account={"disabled": True}, online={"enabled": False}),
    Role("paula.protected", "Paula", "Protected", account={"protected": True}),
    Role("nils.nichtda", "Nils", "Nichtda", account={"sync": "out of scope"}, in_cloud=False),
    Role(
        "sandra.anders",
        "Sandra",
        "Anders",
        account={"sync": "blocked"},
        online={"sip": "sandra.frueher@contoso.com", "conflicts": (SIP_TAKEN,)},
    ),
    Role("linus.ohne", "Linus", "Ohne", skus=()),
    Role("tina.teams", "Tina", "Teams", skus=("TEAMS",)),
    Role("peter.wartet", "Peter", "Wartet", skus=("E3 pending",)),
    Role("ulla.nirgends", "Ulla", "Nirgends", skus=(), online={"usage_location": ""}),
    Role("hanna.haengt", "Hanna", "Hängt", account={"target_pool": "sipfed.online.lync.com"}),
    Role("milo.mailbox", "Milo", "Mailbox", person={"mailbox": "on-premises"}, account={"meetings": 12}),
    Role("delia.delegiert", "Delia", "Delegiert", account={"delegates": ("bob@contoso.com", "erin@contoso.com")}),
    Role(
        "ulrich.kontakte",
        "Ulrich",
        "Kontakte",
        account=IN_EXCHANGE,
    ),
    Role(
        "vera.fehler",
        "Vera",
        "Fehler",
        online={"validation_errors": ("ErrorCode=UserValidationFailed: Two or more users have the same SIP address.",)},
    ),
    Role("fiona.fabrikam", "Fiona", "Fabrikam", domain="fabrikam.com", upn="fiona.fabrikam@contoso.com"),
    Role("sofie.geloescht", "Sofie", "Gelöscht", online={"deleted": "yesterday"}),
    Role("chris.kind", "Chris", "Kind", account={"ou": "OU=Staff,DC=child,DC=contoso,DC=com"}),
    Role("wendy.wingtip", "Wendy", "Wingtip", domain="wingtiptoys.com"),
)
# The people whom the bot knows in this tenant. They were born in the cloud and are numbered from here.
FIRST_SAMPLE = 20
SAMPLE_PEOPLE = (
    ("alexw", "Alex", "Wilber"),
    ("meganb", "Megan", "Bowen"),
    ("adelev", "Adele", "Vance"),
    ("isaiahl", "Isaiah", "Langer"),
    ("pattif", "Patti", "Fernandez"),
    ("lynner", "Lynne", "Robbins"),
)
