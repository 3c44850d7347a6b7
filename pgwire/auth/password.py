"""The password itself, as clear text inside the connection; checked against the stored verifier."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from ...kernels.errors import UserError
from .. import backend
from .authenticator import Login, SaslChannel
from .scram import Verifier

_CLEARTEXT = 3


class CleartextPassword:
    """Authenticator: `verifier_of(user)` gives the user's verifier or None."""

    def __init__(self, verifier_of: Callable[[str], Verifier | None]) -> None:
        self._verifier_of = verifier_of
        self._invented = Verifier.of("no password matches a user that is not there")

    async def authenticate(self, login: Login, channel: SaslChannel) -> None:
        """UserError 28P01 when the password is wrong or the user unknown; both take the same time."""
        channel.write(backend.authentication(_CLEARTEXT))
        password, zero, rest = (await channel.receive()).partition(b"\0")
        if not zero or rest:
            raise UserError("invalid password packet size", "08P01")
        known = self._verifier_of(login.user)
        shown = known or self._invented
        given = Verifier.of(password.decode("utf-8", "replace"), shown.salt, shown.iterations)
        right = hmac.compare_digest(given.stored_key, shown.stored_key)
        if not right or known is None or not password:
            raise UserError(f'password authentication failed for user "{login.user}"', "28P01")
