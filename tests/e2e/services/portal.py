"""A web portal without an API of its own: people log in by a form and are known by a cookie, and its
pages fetch JSON with that cookie and a token against forgery."""

import itertools
import threading
import urllib.parse

from fake_server import Answer


class Portal:
    def __init__(self, upstream, username="me", password="p0rtal&pass"):
        self.user = (username, password)
        self.life = ""  # more attributes of the session's cookie
        self.forms = 0  # logins that were tried
        self.refused = 0
        self.refusal = Answer.text("<html>log in</html>", "text/html", 401)
        self.seen = []  # the field Cookie of each poll
        self.value = {"n": 1}
        self._sessions = set()
        self._lock = threading.Lock()
        self._serial = itertools.count(1)
        upstream.mount("/login", self.log_in)
        upstream.mount("/data/report", self.report)

    def sessions(self):
        with self._lock:
            return list(self._sessions)

    def end_sessions(self):
        with self._lock:
            self._sessions.clear()

    def log_in(self, request):
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        with self._lock:
            self.forms += 1
            if (form.get("user"), form.get("password")) != self.user:
                return Answer.text("<html>wrong password</html>", "text/html")
            session = f"session-{next(self._serial)}-0123456789"
            self._sessions.add(session)
        return Answer(
            302,
            b"",
            {
                "location": "/home",
                "set-cookie": [
                    f"SESSION={session}; Path=/; HttpOnly; SameSite=Lax{self.life}",
                    "tour=done; Path=/home",
                    "tracker=1; Domain=ads.example.com; Path=/",
                    "old=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                ],
                "x-csrf-token": "csrf-" + session,
            },
        )

    def report(self, request):
        cookies = request.headers.get("cookie", "")
        self.seen.append(cookies)
        with self._lock:
            session = next((s for s in self._sessions if f"SESSION={s}" in cookies), None)
        if not session or request.headers.get("x-csrf-token", f"csrf-{session}") != f"csrf-{session}":
            self.refused += 1
            return self.refusal
        return Answer.json(self.value)
