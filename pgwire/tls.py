"""TLS as a filter between a connection and its socket: encrypted bytes in, plain bytes out, and the other way round.

The layer does no I/O, so it can begin behind an SSLRequest as well as with the first byte of a connection (direct TLS).
"""

from __future__ import annotations

import contextlib
import hashlib
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..kernels.errors import UserError

HANDSHAKE = 0x16  # first byte of a TLS record that begins a handshake; no length of a start-up packet begins so
ALPN = "postgresql"
_PIECE = 256 * 1024
# Signature algorithms of certificates whose hash is used for channel binding; all others use SHA-256 (RFC 5929).
_SHA384 = (bytes.fromhex("2a864886f70d01010c"), bytes.fromhex("2a8648ce3d040303"))
_SHA512 = (bytes.fromhex("2a864886f70d01010d"), bytes.fromhex("2a8648ce3d040304"))


@dataclass(frozen=True, slots=True)
class Tls:
    """What a listener needs to speak TLS. `binding` is tls-server-end-point of its certificate."""

    context: ssl.SSLContext
    binding: bytes

    @staticmethod
    def load(certificate: Path, key: Path, authority: Path | None = None) -> Tls:
        """From PEM files; with an `authority` clients may show certificates, which must then be signed by it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols([ALPN])
        try:
            context.load_cert_chain(certificate, key)
            if authority is not None:
                context.load_verify_locations(authority)
                context.verify_mode = ssl.CERT_OPTIONAL
            pem = certificate.read_text()
            der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERT") : pem.index("-----END CERT")] + ssl.PEM_FOOTER)
        except (OSError, ValueError) as error:
            raise UserError(f"cannot use TLS certificate {certificate} with key {key}: {error}", "F0000") from None
        return Tls(context, server_end_point(der))


def server_end_point(der: bytes) -> bytes:
    """The hash of a certificate that channel binding uses."""
    algorithm = _signature_algorithm(der)
    name = "sha384" if algorithm in _SHA384 else "sha512" if algorithm in _SHA512 else "sha256"
    return hashlib.new(name, der).digest()


def _signature_algorithm(der: bytes) -> bytes:
    """The OID of the signature: Certificate ::= SEQUENCE { tbsCertificate, SEQUENCE { OID, … }, … }."""
    start, _ = _element(der, 0)
    _, behind = _element(der, start)
    inside, _ = _element(der, behind)
    oid, end = _element(der, inside)
    return der[oid:end]


def _element(der: bytes, at: int) -> tuple[int, int]:
    """Where the contents of the DER element at `at` begin and end."""
    length, start = der[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(der[start : start + size], "big"), start + size
    return start, start + length


class TlsLayer:
    """One side of one connection. `ready` after the handshake."""

    def __init__(self, tls: Tls) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = tls.context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.binding = tls.binding
        self.ready = False
        self.closed = False

    def feed(self, data: bytes) -> bytes:
        """Encrypted input → what it says. ssl.SSLError ends the connection."""
        self._incoming.write(data)
        if not self.ready:
            try:
                self._object.do_handshake()
            except ssl.SSLWantReadError:
                return b""
            self.ready = True
        parts: list[bytes] = []
        try:
            while part := self._object.read(_PIECE):
                parts.append(part)
            self.closed = True
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            self.closed = True
        return b"".join(parts)

    def encrypt(self, data: bytes) -> bytes:
        """Plain output → what to send, with whatever the handshake has to say."""
        if data:
            self._object.write(data)
        return self._outgoing.read()

    def farewell(self) -> bytes:
        """The close alert, where the other side has not closed yet."""
        with contextlib.suppress(ssl.SSLError):
            self._object.unwrap()
        return self._outgoing.read()

    @property
    def protocol(self) -> str | None:
        return self._object.selected_alpn_protocol()

    @property
    def version(self) -> str | None:
        return self._object.version()

    @property
    def cipher(self) -> tuple[str, str, int] | None:
        return self._object.cipher()

    @property
    def client_name(self) -> str | None:
        """Common name of the certificate that the client has proved to have."""
        certificate: dict[str, Any] = self._object.getpeercert() or {}
        return next((str(value) for part in certificate.get("subject", ()) for key, value in part if key == "commonName"), None)
