"""Where a broker is and how to get in, written as one URL: `mqtt://user:password@host:1883` or `mqtts://host:8883`."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gateway.errors import ConfigurationInvalid

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_EXAMPLE = "write it as mqtt://host:1883 or mqtts://user:password@host:8883"


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """A broker. `authority`: a PEM file to trust instead of the machine's list; `certificate`, `key`: PEM files of our own.

    `socket`: a file to connect to instead of host and port. `suffix`: ends every client id of ours, so that nobody who may
    come in there guesses one and takes our session over.
    """

    host: str
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    socket: Path | None = None
    suffix: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """Return `mqtt://host:port`, without credentials; of a socket its path."""
        if self.socket is not None:
            return f"unix:{self.socket}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"

    @classmethod
    def parse(cls, url: str) -> "BrokerAddress":
        """Read an address; raise ConfigurationInvalid (without showing the password) when it cannot be one."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ConfigurationInvalid(f"the broker's address cannot be read: {_EXAMPLE}") from error
        if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment or port == 0:
            raise ConfigurationInvalid(f"{parts.scheme}://{parts.hostname or ''} is no broker address: {_EXAMPLE}")
        return cls(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password is not None else None,
            tls=parts.scheme == "mqtts",
        )
