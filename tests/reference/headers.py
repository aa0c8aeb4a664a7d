"""Headers, and what is made of them (§5)."""

from tests.reference.addresses import parse_address
from tests.reference.match import ascii_lower
from tests.reference.model import Request


def header_values(request: Request, name: str) -> tuple[str, ...]:
    """All values of a header, each to be tested alone (§5).

    Names have no case, `host` is `:authority`. In the merged form lines of one
    name are one value, joined with a comma (contract: repeated headers).
    """
    wanted = ascii_lower(name)
    if wanted.startswith(":") or wanted == "host":
        return pseudo_header_values(request, wanted)
    values = tuple(value for line, value in request.headers if ascii_lower(line) == wanted)
    if request.header_form == "merged" and values:
        return (",".join(values),)
    return values


def pseudo_header_values(request: Request, name: str) -> tuple[str, ...]:
    """§5: pseudo headers work as keys; `:path` has the query. A CONNECT may come without a path."""
    pseudo = {
        ":authority": request.host,
        "host": request.host,
        ":method": request.method,
        ":path": request.path,
        ":scheme": request.scheme,
    }
    if name not in pseudo or (name == ":path" and not request.path):
        return ()
    return (pseudo[name],)


def remote_ip(request: Request, trusted_proxies: int) -> str | None:
    """The client's address (contract: remote address).

    The (N+1)-th entry from the right of x-forwarded-for for N trusted proxies; where that is
    absent or no address, the TCP peer.
    """
    entries = ",".join(header_values(request, "x-forwarded-for")).split(",")
    if trusted_proxies < len(entries):
        entry = entries[-1 - trusted_proxies].strip(" \t")
        if parse_address(entry) is not None:
            return entry
    return request.source_ip
