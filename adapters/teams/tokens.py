"""Says who sent a request, from the token in its header, before anything else of it is read.

The channel signs with keys that it publishes and changes. A key that is not known yet fetches them again, at most once
a minute, without holding up anything else. The bot library's own check is not used: it answers forged tokens with an
error, keeps old keys for a day and asks for new ones on the event loop (docs/decisions/0041-teams-tokens.md).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jwt
from jwt.types import Options

from adapters.teams.activities import Activity
from bot.errors import VejviserError

CHANNEL_ISSUER: Final = "https://api.botframework.com"
_CHANNEL: Final = "msteams"
_CLOCK_SKEW: Final = 300
_LONGEST_HEADER: Final = 8192
_SECONDS_BETWEEN_FETCHES: Final = 60.0
#: Issuers publish new keys before they use them; asked this often, hardly a request meets one that is not known.
_SECONDS_FRESH: Final = 3600.0
_OPTIONS: Final[Options] = {"require": ["exp", "iss", "aud"], "verify_aud": True, "verify_iss": True}

_log = logging.getLogger(__name__)

#: Fetches a JSON document.
Fetch = Callable[[str], Awaitable[Mapping[str, Any]]]


class Refused(VejviserError):  # noqa: N818 named by what happened
    """The request is not let in; ``status`` is 401 for a token that is none, 403 for one that may not do this."""

    def __init__(self, reason: str, status: int = 401) -> None:
        self.reason = reason
        self.status = status
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Key:
    """A public key of an issuer; ``endorsements`` are the channels that it may speak for."""

    key: jwt.PyJWK
    endorsements: frozenset[str]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Somebody whose tokens are taken.

    The channel itself names in each token the service that replies go to, and in each key the channels it speaks for.
    Any other issuer vouches for one application alone, ``by_app``: the bot's own, as test clients use it.
    """

    names: frozenset[str]
    metadata_url: str
    by_app: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the token says sent the request."""

    issuer: Issuer
    service_url: str = ""
    tenant: str = ""
    endorsements: frozenset[str] = frozenset()


@dataclass
class _Keys:
    known: dict[str, Key] = field(default_factory=dict)
    fetched: float = float("-inf")
    asked: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class KeyRing:
    """The keys of one issuer."""

    def __init__(self, url: str, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._fetch = fetch
        self._clock = clock
        self._keys = _Keys()

    @property
    def is_empty(self) -> bool:
        """Whether no key could be fetched yet."""
        return not self._keys.known

    def __contains__(self, kid: str) -> bool:
        return kid in self._keys.known

    async def find(self, kid: str) -> Key | None:
        """Return the key called ``kid``; one that is not known is looked for at most once a minute.

        No request waits for a key that is known, however slow the issuer is.
        """
        if kid not in self:
            await self.refresh()
        return self._keys.known.get(kid)

    async def keep_fresh(self, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """Fetch the keys now and every hour, and every minute as long as that fails; never return."""
        while True:
            await self.refresh()
            is_fresh = self._clock() - self._keys.fetched < _SECONDS_FRESH
            await sleep(_SECONDS_FRESH if is_fresh else _SECONDS_BETWEEN_FETCHES)

    async def refresh(self) -> None:
        """Fetch the keys, unless that was tried less than a minute ago; a failure keeps the old ones."""
        # Whoever waits here while another fetches finds the question answered and does not ask again.
        async with self._keys.lock:
            if self._clock() - self._keys.asked < _SECONDS_BETWEEN_FETCHES:
                return
            self._keys.asked = self._clock()
            try:
                metadata = await self._fetch(self._url)
                listed = await self._fetch(str(metadata["jwks_uri"]))
                self._keys.known = _read_keys(listed)
                self._keys.fetched = self._clock()
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                _log.warning("teams_keys_not_fetched error=%s", type(error).__name__)


class TokenCheck:
    """Lets in what one of ``issuers`` sent to the application ``audience``."""

    def __init__(
        self, audience: str, issuers: tuple[Issuer, ...], fetch: Fetch, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._audience = audience
        self._issuers = {name: issuer for issuer in issuers for name in issuer.names}
        self._rings = {issuer.metadata_url: KeyRing(issuer.metadata_url, fetch, clock) for issuer in issuers}

    def fault(self) -> str:
        """Return what is wrong with the keys, or nothing."""
        missing = [url for url, ring in self._rings.items() if ring.is_empty]
        # Only the first is needed for Teams itself; the others serve whoever tests with the bot's own identity.
        return f"no keys from {missing[0]}" if missing and missing[0] == next(iter(self._rings)) else ""

    async def warm_up(self) -> None:
        """Fetch the keys once."""
        await asyncio.gather(*(ring.refresh() for ring in self._rings.values()))

    async def keep_fresh(self) -> None:
        """Fetch the keys before the first request needs them, and from then on before they are old; never return."""
        await asyncio.gather(*(ring.keep_fresh() for ring in self._rings.values()))

    async def check(self, header: str, client: str) -> Sender:  # noqa: ARG002 the token alone counts
        """Return who sent the request with this ``Authorization``.

        Raises:
            Refused: nobody that we know.

        """
        token = _token(header)
        kid, issuer = self._read_unverified(token)
        key = await self._rings[issuer.metadata_url].find(kid)
        if key is None:
            raise Refused("unknown key")
        try:
            claims = jwt.decode(
                token,
                key.key,
                algorithms=["RS256"],
                audience=self._audience,
                issuer=sorted(issuer.names),
                leeway=_CLOCK_SKEW,
                options=_OPTIONS,
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise Refused(type(error).__name__) from error
        return _sender(claims, issuer, key)

    def _read_unverified(self, token: str) -> tuple[str, Issuer]:
        """Return what is needed to look for the key; nothing of it is believed before the signature is checked."""
        try:
            unverified = jwt.decode_complete(token, options={"verify_signature": False})
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise Refused("no token") from error
        header, name = unverified["header"], unverified["payload"].get("iss")
        kid = header.get("kid")
        if header.get("alg") != "RS256" or not isinstance(kid, str):
            raise Refused("wrong algorithm")
        if not isinstance(name, str) or name not in self._issuers:
            raise Refused("wrong issuer")
        return kid, self._issuers[name]


class Admission:
    """Says whether what a sender sent may come in: the right service, channel and organisation."""

    def __init__(self, tenants: frozenset[str]) -> None:
        self._tenants = tenants

    def admit(self, sender: Sender, activity: Activity) -> None:
        """Let ``activity`` in.

        Raises:
            Refused: it is not what the token was made for, or not from an organisation that is let in.

        """
        if not activity.service_url:
            raise Refused("no service address", 403)
        if not sender.issuer.by_app:
            if not _same(sender.service_url, activity.service_url):
                raise Refused("another service address", 403)
            # Other channels of the same bot, Web Chat for one, let whoever writes say who they are.
            if activity.channel_id != _CHANNEL or _CHANNEL not in sender.endorsements:
                raise Refused("another channel, or a key that may not speak for Teams", 403)
        tenants = activity.tenants | ({sender.tenant} if sender.tenant else frozenset())
        if self._tenants and (not tenants or not tenants <= self._tenants):
            raise Refused("another organisation", 403)


def _token(header: str) -> str:
    if len(header) > _LONGEST_HEADER:
        raise Refused("header too long")
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer" or token.count(".") != 2:
        raise Refused("no bearer token")
    return token.strip()


def _sender(claims: Mapping[str, Any], issuer: Issuer, key: Key) -> Sender:
    if issuer.by_app and issuer.by_app not in (claims.get("appid"), claims.get("azp")):
        raise Refused("issued to another application", 403)
    service_url, tenant = claims.get("serviceurl") or claims.get("serviceUrl"), claims.get("tid")
    return Sender(
        issuer,
        service_url if isinstance(service_url, str) else "",
        tenant if isinstance(tenant, str) else "",
        key.endorsements,
    )


def _read_keys(listed: Mapping[str, Any]) -> dict[str, Key]:
    keys = {}
    for entry in listed["keys"]:
        if entry.get("kty") != "RSA" or not entry.get("kid"):
            continue
        try:
            key = jwt.PyJWK({**entry, "alg": "RS256"})
        except jwt.PyJWTError:
            continue
        keys[str(entry["kid"])] = Key(key, frozenset(map(str, entry.get("endorsements") or ())))
    return keys


def _same(claimed: str, given: str) -> bool:
    return bool(claimed) and claimed.rstrip("/").lower() == given.rstrip("/").lower()
