"""What the fakes of the recipes have in common: an answer with the header fields of the real service,
validators, something that is noise, and something that is news."""

import hashlib
import json
import uuid
from email.utils import formatdate

from fake_server import Answer


def validated(request, body, fields, etag='W/"{}"'):
    """That body with an ETag of its bytes, or 304 for who has it already."""
    body = body if isinstance(body, bytes) else body.encode()
    tag = etag.format(hashlib.sha256(body).hexdigest()[:32])
    if request.headers.get("if-none-match") == tag:
        return Answer(304, b"", {"ETag": tag, **fields})
    return Answer(200, body, {"ETag": tag, **fields})


def as_json(value):
    return json.dumps(value, separators=(",", ":"))


def now():
    return formatdate(usegmt=True)


def trace():
    """An id that is another one with every answer."""
    return str(uuid.uuid4())


class Recipe:
    """A fake of the service of one file of config/examples.

    `variable` takes the service's address, `source` is what is tested, `paths` are the requests of one
    poll of all sources. noise() moves what must not be told; news() makes a change and returns the
    events it is told as: (type, key), key None for a document.
    """

    variable = ""
    source = ""
    environment = {}

    def __init__(self, upstream):
        self.url = upstream.url
        self.moved = 0  # how often there was noise
        self.mount(upstream)

    def noise(self):
        self.moved += 1
