"""Faults that are asked for strike where, when and as often as they should."""

from adapters.lab.faults import Fault, Faults
from adapters.lab.powershell.values import PSCommand
from adapters.lab.remoting.fault_injection import connection_fault_hook
from adapters.lab.remoting.wsman import FaultPoint


def test_a_fault_strikes_once_for_what_it_fits() -> None:
    faults = Faults()
    faults.add(Fault("drop", place="mover", call="Move-Cs*", subject="bob@*", phase="after"))
    assert not faults.take_fault("drop", place="mover", call="Move-CsUser", subject="bob@contoso.com", phase="before")
    assert not faults.take_fault("slow", place="mover", call="Move-CsUser", subject="bob@contoso.com", phase="after")
    assert not faults.take_fault("drop", place="sfb", call="Move-CsUser", subject="bob@contoso.com", phase="after")
    assert faults.take_fault("slow", "drop", place="mover", call="move-csuser", subject="BOB@contoso.com", phase="after")
    assert not faults.take_fault("drop", place="mover", call="Move-CsUser", subject="bob@contoso.com", phase="after")


def test_faults_can_stay_and_be_cleared() -> None:
    faults = Faults()
    faults.add(Fault("throttle", seconds=2, times=2))
    faults.add(Fault("refuse", times=0))
    met = [faults.take_fault("throttle", place="graph", call="GET /users") for _ in range(3)]
    assert [fault.seconds if fault else None for fault in met] == [2, 2, None]
    assert all(faults.take_fault("refuse", place="graph", call="GET /users") for _ in range(5))
    faults.clear()
    assert not faults.take_fault("refuse", place="graph", call="GET /users")


def test_a_connection_is_cut_before_during_or_after_the_command() -> None:
    move = ((PSCommand("Move-CsUser", (("Identity", "sip:Bob@contoso.com"),)),),)
    for fault, moment in (
        (Fault("drop", place="mover", call="Move-CsUser"), FaultPoint("before", "mover", "Command", statements=move)),
        (Fault("drop", subject="bob@contoso.com", phase="during"), FaultPoint("started", "mover", "Command", statements=move)),
        (Fault("drop", call="move-*", phase="after"), FaultPoint("receive_ready", "mover", "Receive", statements=move)),
    ):
        faults = Faults()
        faults.add(fault)
        hook = connection_fault_hook(faults)
        assert hook(FaultPoint("before", "sfb", "Create")) is None
        assert hook(FaultPoint("receive", "mover", "Receive", statements=move)) is None
        assert hook(moment) == "drop"
        assert hook(moment) is None
