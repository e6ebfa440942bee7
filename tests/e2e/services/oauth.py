"""An OAuth 2.0 token endpoint and the API its tokens open. Refresh tokens serve once: who brings a
used one loses the whole grant, as RFC 9700 section 4.14 wants it."""

import base64
import itertools
import threading
import time
import urllib.parse

from fake_server import Answer


def _refuse(error, status=400):
    return Answer.json({"error": error, "error_description": "see our portal"}, status)


class OAuth:
    def __init__(self, upstream, client_id="bridge", client_secret="client-s3cret", path="/oauth2"):
        self.client = (client_id, client_secret)
        self.refresh_token = "refresh-0"  # the one that is good
        self.lifetime = 3600
        self.asked = []  # forms, in order
        self.styles = []  # header or body, in order
        self.refused = 0  # polls answered with 401
        self._tokens = {}  # text to the moment it expires
        self._lock = threading.Lock()
        self._serial = itertools.count(1)
        self._upstream = upstream
        self.token_path = path + "/token"
        upstream.mount(self.token_path, self.give)

    def protect(self, path, value):
        """An API's path that answers `value`, which may be changed, to who has a token."""
        document = {"value": value}

        def answer(request):
            if not self._is_allowed(request):
                self.refused += 1
                return Answer.json({"error": "invalid_token"}, 401)
            return Answer.json(document["value"])

        self._upstream.mount(path, answer)
        return document

    def secrets(self):
        with self._lock:
            return [*self._tokens, self.refresh_token, self.client[1]]

    def revoke(self):
        with self._lock:
            for token in self._tokens:
                self._tokens[token] = 0

    def _client_of(self, request, form):
        scheme, _, pair = request.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            self.styles.append("header")
            return tuple(
                urllib.parse.unquote_plus(part)
                for part in base64.b64decode(pair).decode().split(":", 1)
            )
        self.styles.append("body")
        return form.get("client_id"), form.get("client_secret")

    def give(self, request):
        form = dict(urllib.parse.parse_qsl(request.body.decode(), strict_parsing=True))
        with self._lock:
            self.asked.append(form)
            if self._client_of(request, form) != self.client:
                return _refuse("invalid_client", 401)
            answer = {"token_type": "Bearer", "expires_in": self.lifetime}
            if form["grant_type"] == "refresh_token":
                if form["refresh_token"] != self.refresh_token:
                    self.refresh_token = None
                    return _refuse("invalid_grant")
                self.refresh_token = f"refresh-{next(self._serial)}"
                answer["refresh_token"] = self.refresh_token
            elif form["grant_type"] != "client_credentials":
                return _refuse("unsupported_grant_type")
            token = f"access-{next(self._serial)}-of-{form['grant_type']}"
            self._tokens[token] = time.monotonic() + self.lifetime
            return Answer.json({"access_token": token, **answer}, cache_control="no-store")

    def _is_allowed(self, request):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        with self._lock:
            return scheme == "Bearer" and self._tokens.get(token, 0) > time.monotonic()
