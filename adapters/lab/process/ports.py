"""Ports on loopback: a restart keeps those of before, as long as nobody else has taken them."""

import socket


def free_port(port: int) -> int:
    """This port if nobody has it, else 0 for any."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


def any_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])
