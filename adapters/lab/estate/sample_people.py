"""The fixed cast of the pretend estate: the same people in every lab, each of them a case that a move has to reckon with."""

from dataclasses import dataclass, field
from typing import Any

from adapters.lab.estate.person import ProvisioningConflict

SIP_TAKEN = ProvisioningConflict("ProxyAddresses", "sip:sandra.anders@contoso.com")  # so her new address never arrived
IN_EXCHANGE = {"unified_contacts": True, "policies": {"UserServicesPolicy": "ContactsInExchange"}}
LONG_GIVEN, LONG_SURNAME = "Wilhelmina-Friederike-Charlotte", "von-und-zu-Beispielhausen-Musterstetten-am-Langen-Namensberg"


@dataclass(frozen=True)
class SamplePerson:
    """One member of the cast. What is not named is as with everybody: ready to be moved."""

    #: Before the @ of the SIP address
    login: str
    given: str
    surname: str
    #: Empty = given name and surname
    display: str = ""
    domain: str = "contoso.com"
    #: Empty = as the SIP address
    upn: str = ""
    #: Names in `tenant.SKUS`
    skus: tuple[str, ...] = ("E3",)
    account: dict[str, Any] = field(default_factory=dict)
    online: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    moved: bool = False
    in_cloud: bool = True


CAST = (
    SamplePerson("bob", "Bob", "Beispiel"),
    SamplePerson("carol", "Carol", "Probe"),
    SamplePerson("dave", "Dave", "Muster", account={"enterprise_voice": True, "line_uri": "tel:+4930555010103"}),  # no Phone System
    SamplePerson("erin", "Erin", "Exempel"),
    SamplePerson("frank", "Frank", "Fertig", moved=True),
    SamplePerson("nora.o'neill", "Nora", "O'Neill"),
    SamplePerson("juergen.groessmann", "Jürgen", "Größmann"),
    SamplePerson("hanako.reimoto", "花子", "例本", "例本 花子"),
    SamplePerson("iwan.primerow", "Иван", "Примеров", "Иван Примеров"),
    SamplePerson("layla.mithal", "ليلى", "مثال", "ليلى مثال"),
    SamplePerson("wilhelmina.beispielhausen.musterstetten.am.langen.namensberg", LONG_GIVEN, LONG_SURNAME),
    SamplePerson("robin.rakete", "Robin", "Rakete", "Robin 🚀 Rakete"),
    SamplePerson("mark.down", "Mark", "Down", "**Mark** <b>Down</b> [click](http://example.com) | `rm` & _co_"),
    SamplePerson("ursula.anders", "Ursula", "Anders", upn="u.anders@contoso.com"),
    SamplePerson(
        "victor.voice",
        "Victor",
        "Voice",
        skus=("E3", "MCOEV"),
        account={"enterprise_voice": True, "line_uri": "tel:+4930555010115"},
    ),
    SamplePerson("dina.dialin", "Dina", "Dialin", account={"dial_in": True}),  # no Audio Conferencing
    SamplePerson("david.disabled", "David", "Disabled", account={"disabled": True}, online={"enabled": False}),
    SamplePerson("paula.protected", "Paula", "Protected", account={"protected": True}),
    SamplePerson("nils.nichtda", "Nils", "Nichtda", account={"sync": "out of scope"}, in_cloud=False),
    SamplePerson(
        "sandra.anders",
        "Sandra",
        "Anders",
        account={"sync": "blocked"},
        online={"sip": "sandra.frueher@contoso.com", "conflicts": (SIP_TAKEN,)},
    ),
    SamplePerson("linus.ohne", "Linus", "Ohne", skus=()),
    SamplePerson("tina.teams", "Tina", "Teams", skus=("TEAMS",)),
    SamplePerson("peter.wartet", "Peter", "Wartet", skus=("E3 pending",)),
    SamplePerson("ulla.nirgends", "Ulla", "Nirgends", skus=(), online={"usage_location": ""}),
    SamplePerson("hanna.haengt", "Hanna", "Hängt", account={"target_pool": "sipfed.online.lync.com"}),
    SamplePerson("milo.mailbox", "Milo", "Mailbox", person={"mailbox": "on-premises"}, account={"meetings": 12}),
    SamplePerson("delia.delegiert", "Delia", "Delegiert", account={"delegates": ("bob@contoso.com", "erin@contoso.com")}),
    SamplePerson(
        "ulrich.kontakte",
        "Ulrich",
        "Kontakte",
        account=IN_EXCHANGE,
    ),
    SamplePerson(
        "vera.fehler",
        "Vera",
        "Fehler",
        online={"validation_errors": ("ErrorCode=UserValidationFailed: Two or more users have the same SIP address.",)},
    ),
    SamplePerson("fiona.fabrikam", "Fiona", "Fabrikam", domain="fabrikam.com", upn="fiona.fabrikam@contoso.com"),
    SamplePerson("sofie.geloescht", "Sofie", "Gelöscht", online={"deleted": "yesterday"}),
    SamplePerson("chris.kind", "Chris", "Kind", account={"ou": "OU=Staff,DC=child,DC=contoso,DC=com"}),
    SamplePerson("wendy.wingtip", "Wendy", "Wingtip", domain="wingtiptoys.com"),
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
