"""A fake of an API that can only be polled. Each path has a resource that the test changes."""

import gzip
import hashlib
import json
import threading

from fake_server import Answer, FakeServer


class Resource:
    """What one path answers: a document with validators, or whatever the test scripts."""

    def __init__(self, value=None, *, etag=True, last_modified=None, compress=False):
        self._lock = threading.Lock()
        self._script = []
        self._always = None
        self.validators = {"etag": etag, "last_modified": last_modified}
        self.headers = {"content-type": "application/json"}
        self.compress = compress
        self.set(value)

    def set(self, value):
        """The document from now on; bytes are sent as they stand."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        with self._lock:
            self._body = body

    def script(self, *answers):
        """The next answers, one request each; afterwards the document again."""
        with self._lock:
            self._script.extend(answers)

    def always(self, answer):
        """Every answer from now on; None brings the document back."""
        with self._lock:
            self._always = answer

    def _validator_fields(self):
        fields = {}
        if self.validators["etag"] is True:
            fields["ETag"] = '"' + hashlib.sha256(self._body).hexdigest()[:20] + '"'
        elif self.validators["etag"]:
            fields["ETag"] = self.validators["etag"]
        if self.validators["last_modified"]:
            fields["Last-Modified"] = self.validators["last_modified"]
        return fields

    def answer(self, request):
        with self._lock:
            if self._script:
                scripted = self._script.pop(0)
            else:
                scripted = self._always
            if scripted is not None:
                return scripted(request) if callable(scripted) else scripted
            fields = self._validator_fields()
            wanted = request.headers.get("if-none-match")
            if wanted is not None:
                known = wanted == fields.get("ETag")
            else:
                since = request.headers.get("if-modified-since")
                known = since is not None and since == fields.get("Last-Modified")
            if known:
                return Answer(304, b"", fields)
            body = self._body
            fields.update(self.headers)
            if self.compress and "gzip" in request.headers.get("accept-encoding", ""):
                body = gzip.compress(body)
                fields["Content-Encoding"] = "gzip"
            return Answer(200, body, fields)


class Upstream(FakeServer):
    def __init__(self, tls_files=None):
        super().__init__(tls_files)
        self._resources = {}

    def resource(self, path, value=None, **how):
        resource = Resource(value, **how)
        self._resources[path] = resource
        return resource

    def mount(self, path, answer):
        """A function of the request as the resource of a path."""

        class Mounted:
            pass

        mounted = Mounted()
        mounted.answer = answer
        self._resources[path] = mounted

    def answer(self, request):
        resource = self._resources.get(request.path)
        return resource.answer(request) if resource else NotImplemented

    def polls(self, path):
        return [request for request in self.requests.all() if request.path == path]

    def wait_for_polls(self, path, count):
        """Waits until that path was asked for `count` times in all; returns the requests."""
        return self.requests.wait_for(
            lambda request: request.path == path, count, f"requests for {path}"
        )

    def wait_for_more_polls(self, path, more=1):
        """Waits for requests that begin after this call."""
        return self.wait_for_polls(path, len(self.polls(path)) + more)
