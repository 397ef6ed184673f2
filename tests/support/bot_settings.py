"""Settings of a bot for tests: nothing of the environment, no token asked for, and no endpoint unless one is named."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.lab.process.settings import LabSettings
from bot.config import AuditChannel, BotIdentity, GraphAccess, Remoting, Rights, Settings
from bot.views import Permission

TENANT = "11111111-2222-4333-8444-555555555555"
AUDIT = "19:audit@thread.tacv2"
LOOPBACK = ("127.0.0.1",)


def bot_settings(
    records: Path, rights: Mapping[Permission, Sequence[str]] | None = None, call_is_over_after: float | None = None, **more: Any
) -> Settings:
    """`rights` may name people by short ids, which a configuration may not; `call_is_over_after` is that of the mover."""
    if call_is_over_after is not None:
        mover = Remoting(url="https://mover.contoso.com:5986/wsman", call_is_over_after=call_is_over_after)
        more = {"endpoints": {"mover": mover}, **more}
    settings = LabSettings(
        **{
            "tenant": TENANT,
            "records": records,
            "bot": BotIdentity(auth="none", service_hosts=LOOPBACK, file_hosts=LOOPBACK),
            "graph": GraphAccess(),
            "endpoints": {},
            "rights": Rights(),
            "audit_channel": AuditChannel(id=AUDIT),
            "banner": "lab",
            **more,
        }
    )
    named = {right: tuple(people) for right, people in (rights or {}).items()}
    return settings.model_copy(update={"rights": Rights.model_construct(**{"look": (), "ask": (), "approve": (), **named})})
