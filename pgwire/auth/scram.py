"""SCRAM-SHA-256 (RFC 5802, RFC 7677) as PostgreSQL uses it, over TLS with channel binding (tls-server-end-point).

A server keeps a verifier, never the password. Its text form is PostgreSQL's:
`SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey` with base64 parts. Unknown users go through the same
exchange with an invented salt, so that nobody learns which users exist.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from ...kernels.errors import UserError
from .. import backend
from .authenticator import Login, SaslChannel

MECHANISM = b"SCRAM-SHA-256"
BOUND = b"SCRAM-SHA-256-PLUS"
_BINDING = b"p=tls-server-end-point"
ITERATIONS = 4096
SASL, SASL_CONTINUE, SASL_FINAL = 10, 11, 12


@dataclass(frozen=True, slots=True)
class Verifier:
    """What proves a password without knowing it."""

    iterations: int
    salt: bytes
    stored_key: bytes
    server_key: bytes

    @staticmethod
    def of(password: str, salt: bytes | None = None, iterations: int = ITERATIONS) -> Verifier:
        salt = secrets.token_bytes(16) if salt is None else salt
        salted = hashlib.pbkdf2_hmac("sha256", prepared(password), salt, iterations)
        client_key = _hmac(salted, b"Client Key")
        return Verifier(iterations, salt, hashlib.sha256(client_key).digest(), _hmac(salted, b"Server Key"))

    @staticmethod
    def parse(text: str) -> Verifier:
        """From the text form; UserError 22023 for anything else."""
        try:
            name, parameters, keys = text.split("$")
            iterations, salt = parameters.split(":")
            stored, server = (_unbase64(key) for key in keys.split(":"))
            if name != MECHANISM.decode() or len(stored) != 32 or len(server) != 32:
                raise ValueError
            return Verifier(int(iterations), _unbase64(salt), stored, server)
        except ValueError:
            raise UserError("invalid SCRAM-SHA-256 verifier", "22023") from None

    def __str__(self) -> str:
        salt, stored, server = map(_base64, (self.salt, self.stored_key, self.server_key))
        return f"{MECHANISM.decode()}${self.iterations}:{salt}${stored}:{server}"


class ScramSha256:
    """Authenticator: `verifier_of(user)` gives the user's verifier or None."""

    def __init__(self, verifier_of: Callable[[str], Verifier | None]) -> None:
        self._verifier_of = verifier_of
        self._pepper = secrets.token_bytes(32)

    async def authenticate(self, login: Login, channel: SaslChannel) -> None:
        """UserError 28P01 when the password is wrong or the user unknown, 08P01 for a broken exchange."""
        user = login.user
        verifier = self._verifier_of(user)
        shown = verifier or self._invented(user)
        offered = (BOUND, MECHANISM) if login.encrypted else (MECHANISM,)
        channel.write(backend.authentication(SASL, b"".join(m + b"\0" for m in offered) + b"\0"))
        mechanism, response = _initial_response(await channel.receive(), offered)
        first_bare, header, client_nonce = client_first(response, mechanism == BOUND, login.encrypted)
        bound = header + (login.binding or b"") if mechanism == BOUND else header
        nonce = client_nonce + base64.b64encode(secrets.token_bytes(18))
        server_first = b"r=%s,s=%s,i=%d" % (nonce, _base64(shown.salt).encode(), shown.iterations)
        channel.write(backend.authentication(SASL_CONTINUE, server_first))
        without_proof, proof = client_final(await channel.receive(), bound, nonce)
        signed = b",".join((first_bare, server_first, without_proof))
        signature = _hmac(shown.stored_key, signed)
        client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
        right = hmac.compare_digest(hashlib.sha256(client_key).digest(), shown.stored_key)
        if not right or verifier is None:
            raise UserError(f'password authentication failed for user "{user}"', "28P01")
        final = b"v=" + _base64(_hmac(verifier.server_key, signed)).encode()
        channel.write(backend.authentication(SASL_FINAL, final))

    def _invented(self, user: str) -> Verifier:
        """The same salt each time for the same name, as a real user would have."""
        salt = _hmac(self._pepper, user.encode())[:16]
        return Verifier(ITERATIONS, salt, secrets.token_bytes(32), secrets.token_bytes(32))


def stored_password(password: str) -> str:
    """What to keep of a password: a verifier as it is, else a new verifier of it."""
    try:
        return str(Verifier.parse(password))
    except UserError:
        return str(Verifier.of(password))


def client_first(data: bytes, binds: bool = False, offered: bool = False) -> tuple[bytes, bytes, bytes]:
    """(bare message, GS2 header, nonce) of client-first-message. `binds`: the mechanism is the one with channel
    binding, which was `offered`."""
    parts = data.split(b",", 2)
    if len(parts) != 3:
        raise _malformed("bad GS2 header")
    if binds != parts[0].startswith(b"p="):
        raise _malformed("the mechanism and its channel-binding flag contradict each other")
    if binds and parts[0] != _BINDING:
        raise UserError("unsupported SCRAM channel-binding type", "08P01")
    if parts[0] == b"y" and offered:
        raise UserError("SCRAM channel binding negotiation error", "28000",
                        detail="The client supports SCRAM channel binding but thinks the server does not. "
                               "However, this server does support channel binding.")
    if not binds and parts[0] not in (b"n", b"y"):
        raise _malformed("bad GS2 header")
    if parts[1]:
        raise UserError("client uses authorization identity, but it is not supported", "0A000")
    header, bare = b",".join(parts[:2]) + b",", parts[2]
    attributes = bare.split(b",")
    if len(attributes) < 2 or not attributes[0].startswith(b"n=") or not attributes[1].startswith(b"r="):
        raise _malformed("user name and nonce expected")
    nonce = attributes[1][2:]
    if not nonce or not all(33 <= c <= 126 for c in nonce):
        raise _malformed("non-printable characters in nonce")
    return bare, header, nonce


def client_final(data: bytes, bound: bytes, nonce: bytes) -> tuple[bytes, bytes]:
    """(message without proof, proof) of client-final-message; `bound` is the GS2 header with what binds the channel."""
    without_proof, comma, proof = data.rpartition(b",p=")
    attributes = without_proof.split(b",")
    if not comma or len(attributes) < 2 or attributes[0] != b"c=" + base64.b64encode(bound):
        raise _malformed("unexpected channel-binding attribute")
    if not hmac.compare_digest(attributes[1], b"r=" + nonce):
        raise _malformed("nonce does not match")
    try:
        raw = base64.b64decode(proof, validate=True)
    except binascii.Error:
        raise _malformed("proof is not base64") from None
    if len(raw) != 32:
        raise _malformed("proof has the wrong length")
    return without_proof, raw


def prepared(password: str) -> bytes:
    """SASLprep (RFC 4013) as far as it changes valid passwords: odd blanks, ignorable characters, NFKC."""
    mapped = "".join(" " if unicodedata.category(c) == "Zs" else c for c in password if c not in _MAPPED_TO_NOTHING)
    return unicodedata.normalize("NFKC", mapped).encode()


def _initial_response(data: bytes, offered: tuple[bytes, ...]) -> tuple[bytes, bytes]:
    """Mechanism and the client's first words out of SASLInitialResponse."""
    mechanism, zero, rest = data.partition(b"\0")
    if mechanism not in offered:
        raise UserError("client selected an invalid SASL authentication mechanism", "08P01")
    if not zero or len(rest) < 4:
        raise _malformed("initial response is missing")
    (length,) = struct.unpack_from("!i", rest)
    if length != len(rest) - 4:
        raise _malformed("initial response has the wrong length")
    return mechanism, rest[4:]


def _malformed(detail: str) -> UserError:
    return UserError("malformed SCRAM message", "08P01", detail=detail)


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unbase64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


# RFC 3454 table B.1
_MAPPED_TO_NOTHING = frozenset(
    "\u00ad\u034f\u1806\u180b\u180c\u180d\u200b\u200c\u200d\u2060\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05"
    "\ufe06\ufe07\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e\ufe0f\ufeff"
)
