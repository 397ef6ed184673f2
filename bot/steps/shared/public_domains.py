"""Which domains public DNS can know."""

# Ends of names that public DNS never knows: RFC 6761, RFC 6762 with its appendix G, RFC 8375.
PRIVATE = {"localhost", "test", "example", "invalid", "local", "internal", "intranet", "private", "corp", "home", "lan", "arpa"}


def is_public(domain: str) -> bool:
    """Whether anybody could ever prove that this domain is theirs; `contoso.local` is nobody's."""
    _, dot, end = domain.lower().rpartition(".")
    return bool(dot) and end not in PRIVATE
