"""Clients of the HTTP API."""

import json
import socket
import urllib.error
import urllib.parse
import urllib.request

from waiting import PATIENCE


def ask(bridge, path, method="GET", body=None, **headers):
    """Status, headers and JSON (or text) of an answer."""
    request = urllib.request.Request(bridge.url + path, body, headers, method=method)
    try:
        answer = urllib.request.urlopen(request, timeout=PATIENCE)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        text = answer.read().decode()
        is_json = answer.headers.get("Content-Type") == "application/json"
        return answer.status, answer.headers, json.loads(text) if is_json and text else text


def get(bridge, path, **query):
    status, _, answer = ask(bridge, path + ("?" + urllib.parse.urlencode(query) if query else ""))
    assert status == 200, answer
    return answer


def pages(bridge, path, **query):
    """Every row of a list, over as many pages as it takes."""
    rows = []
    while True:
        page = get(bridge, path, **query)
        rows += page["data"]
        if page["done"]:
            return rows
        query["iterator"] = page["iterator"]


def change(pair, value):
    pair.thing.set(value)
    assert ask(pair.bridge, "/v1/sources/thing/poll", "POST")[0] == 202


def connect(bridge, path, receive=4096):
    """A connection that asked, with a small receive buffer, and reads nothing."""
    host, port = urllib.parse.urlparse(bridge.url).netloc.rsplit(":", 1)
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    one.connect((host, int(port)))
    one.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return one


def resident_bytes(bridge):
    with open(f"/proc/{bridge.process.pid}/statm") as file:
        return int(file.read().split()[1]) * 4096
