"""An API behind a login: tokens are given for user name and password, expire, and are revoked."""

import itertools
import threading
import time

from fake_server import Answer


class Shop:
    def __init__(self, upstream, username, password):
        self.username = username
        self.password = password
        self.lifetimes = []  # seconds of the next tokens; an hour for those after them
        self.orders = {}
        self.logins = 0
        self.refused = 0  # polls answered with 401
        self._tokens = {}  # text to the moment it expires
        self._lock = threading.Lock()
        self._serial = itertools.count(1)
        upstream.mount("/auth/login", self.login)
        upstream.mount("/v1/orders", self.list_orders)

    def tokens(self):
        with self._lock:
            return list(self._tokens)

    def revoke(self):
        """Every token given so far is refused from now on."""
        with self._lock:
            for token in self._tokens:
                self._tokens[token] = 0

    def login(self, request):
        if request.method != "POST":
            return Answer.json({"error": "method not allowed"}, 405, allow="POST")
        given = request.json
        if (given.get("username"), given.get("password")) != (self.username, self.password):
            return Answer.json({"error": "invalid credentials"}, 401)
        with self._lock:
            self.logins += 1
            lifetime = self.lifetimes.pop(0) if self.lifetimes else 3600
            token = f"eyJhbGciOiJIUzI1NiJ9.token-{next(self._serial)}.c2lnbmF0dXJl"
            self._tokens[token] = time.monotonic() + lifetime
        return Answer.json(
            {"access_token": token, "token_type": "Bearer", "expires_in": lifetime}
        )

    def _is_allowed(self, request):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        with self._lock:
            return scheme == "Bearer" and self._tokens.get(token, 0) > time.monotonic()

    def list_orders(self, request):
        if not self._is_allowed(request):
            self.refused += 1
            return Answer.json(
                {"error": "invalid_token"}, 401, www_authenticate='Bearer error="invalid_token"'
            )
        now = time.time()
        return Answer.json(
            {
                "data": [
                    {"id": key, "status": status, "updated_at": now, "links": [f"/v1/orders/{key}"]}
                    for key, status in self.orders.items()
                ]
            }
        )
