"""People from a CSV file: the column is found by its heading, and a wrong line is named with the number it has in the file."""

import pytest

from bot.errors import Misspelt
from bot.people.pasted import from_csv, who


@pytest.mark.parametrize(
    "text",
    [
        "bob@contoso.com\ncarol@contoso.com\n",
        "SipAddress\nsip:bob@contoso.com\nsip:carol@contoso.com\n",
        'Name;Sip Address;Department\n"Bob, the first";bob@contoso.com;Sales\nCarol;carol@contoso.com;\n',
        "\ufeffDisplayName,UserPrincipalName\r\nBob,bob@contoso.com\r\nCarol,carol@contoso.com\r\n",
        "name\tupn\nBob\tbob@contoso.com\n\nCarol\tcarol@contoso.com",
    ],
)
def test_the_column_that_names_people_is_read(text: str) -> None:
    assert who(from_csv(text)).people == ("bob@contoso.com", "carol@contoso.com")


def test_a_wrong_line_is_named_with_its_number_in_the_file() -> None:
    with pytest.raises(Misspelt) as refused:
        who(from_csv("Name,SIP\nBob,bob@contoso.com\nCarol,carol\n"))
    assert str(refused.value.problems["people"]).startswith("line 3, “carol”")


@pytest.mark.parametrize("text", ["", "\n\n", "Name,SIP\n"])
def test_a_file_without_people_names_nobody(text: str) -> None:
    with pytest.raises(Misspelt, match="Name at least one person"):
        who(from_csv(text))
