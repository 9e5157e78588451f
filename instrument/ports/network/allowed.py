"""Allow-list of hosts: which addresses may steer the instrument over a network. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: who may come in if nobody is named: this machine, and networks that are nobody's but ours
PRIVATE = (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
    "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip


class Allowed:
    """An allow-list of networks. Empty: this machine and private networks. thread: any."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """texts: "192.168.1.20" or "192.168.1.0/24". Raises ValueError, one line, for anything else."""
        self._named = [_network(text) for text in texts]
        self._networks = [*self._named, *map(_network, ("127.0.0.0/8", "::1/128"))] if self._named else _PRIVATE
        self._known: dict[str, bool] = {}

    def __contains__(self, host: str) -> bool:
        if host not in self._known:
            if len(self._known) > 1000:
                self._known.clear()
            self._known[host] = self._look(host)
        return self._known[host]

    def named(self, host: str) -> bool:
        """Whether that host was named, alone or by its network."""
        return bool(self._named) and self._among(host, self._named)

    def _look(self, host: str) -> bool:
        return self._among(host, self._networks)

    def _among(self, host: str, networks: list[Network]) -> bool:
        try:
            address = ipaddress.ip_address(host.split("%")[0])
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in networks)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            f'--osc-allow "{text[:80]}" is not an address; write it like 192.168.1.20 or 192.168.1.0/24'
        ) from None


_PRIVATE = [_network(text) for text in PRIVATE]
