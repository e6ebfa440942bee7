"""GitHub's REST API as far as a poller sees it: ETag and 304 (which costs no quota), Link,
X-RateLimit-*, X-Poll-Interval, 401 for a bad token, 403 when the quota is used up."""

import hashlib
import json
import threading
import time

from fake_server import Answer


class GitHub:
    def __init__(self, upstream, repository, token):
        self.repository = repository
        self.token = token
        self.quota = 5000
        self.not_modified = 0
        self._lock = threading.Lock()
        self._branches = {}
        self._commits = []  # the newest first
        self._url = upstream.url
        root = f"/repos/{repository}"
        upstream.mount(f"{root}/branches", lambda r: self.answer(r, self._show_branches))
        upstream.mount(f"{root}/commits", lambda r: self.answer(r, self._show_commits))

    def push(self, branch, message):
        """A commit on that branch; returns its hash."""
        with self._lock:
            parent = self._branches.get(branch, "")
            sha = hashlib.sha1(f"{parent} {branch} {message}".encode()).hexdigest()
            self._branches[branch] = sha
            self._commits.insert(0, {"sha": sha, "message": message})
            return sha

    def delete(self, branch):
        with self._lock:
            del self._branches[branch]

    def _show_branches(self):
        return [
            {
                "name": name,
                "commit": {"sha": sha, "url": f"{self._url}/repos/{self.repository}/commits/{sha}"},
                "protected": name == "main",
            }
            for name, sha in self._branches.items()
        ]

    def _show_commits(self):
        return [
            {"sha": commit["sha"], "commit": {"message": commit["message"]}}
            for commit in self._commits[:30]
        ]

    def _limits(self):
        return {
            "X-RateLimit-Limit": "5000",
            "X-RateLimit-Remaining": str(self.quota),
            "X-RateLimit-Reset": str(int(time.time()) + 1800),
            "X-RateLimit-Resource": "core",
            "X-Poll-Interval": "1",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "Cache-Control": "private, max-age=0, s-maxage=60",
            "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP",
        }

    def answer(self, request, show):
        if request.headers.get("authorization") != "Bearer " + self.token:
            return Answer.json({"message": "Bad credentials", "status": "401"}, 401)
        if "user-agent" not in request.headers:
            return Answer.text("Request forbidden by administrative rules.", "text/html", 403)
        with self._lock:
            body = json.dumps(show()).encode()
            etag = 'W/"' + hashlib.sha256(body).hexdigest() + '"'
            if request.headers.get("if-none-match") == etag:
                self.not_modified += 1
                return Answer(304, b"", {"ETag": etag, **self._limits()})
            if self.quota == 0:
                return Answer.json({"message": "API rate limit exceeded"}, 403, **self._limits())
            self.quota -= 1
            fields = {
                "Content-Type": "application/json; charset=utf-8",
                "ETag": etag,
                "Link": f'<{self._url}{request.path}?per_page=100&page=1>; rel="first"',
                **self._limits(),
            }
            return Answer(200, body, fields)
