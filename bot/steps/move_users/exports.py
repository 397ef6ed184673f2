"""The file of the safety export that is made before a move."""

from bot.facts.cloud import Cloud
from bot.facts.users import OnPremUser


def export_file(person: OnPremUser, cloud: Cloud) -> str:
    """The file of the safety export; empty where there is none.

    Only a later export of the same person takes its place.
    """
    folder, name = cloud.export_folder.rstrip("\\"), "_".join(part for part in (person.sip, person.guid) if part)
    return f"{folder}\\{name}.zip" if folder else ""
