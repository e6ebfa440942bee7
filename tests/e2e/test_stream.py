"""/v1/events/stream: server-sent events."""

import json
import os
import pathlib
import time
import urllib.request

from api_client import ask, change, connect, get, pages, resident_bytes
from waiting import PATIENCE, wait_until


class Stream:
    """A client of server-sent events."""

    def __init__(self, bridge, query="", **headers):
        url = f"{bridge.url}/v1/events/stream{query}"
        self._answer = urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=PATIENCE
        )
        assert self._answer.headers["Content-Type"] == "text/event-stream"
        assert self.line() == "retry: 3000" and self.line() == ""

    def line(self):
        line = self._answer.readline()
        assert line, "the stream has ended"
        return line.decode().rstrip("\n")

    def next(self):
        """The next event as a dict of its fields."""
        fields = {}
        while True:
            line = self.line()
            if not line and fields:
                return fields
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value

    def close(self):
        self._answer.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def test_a_stream_tells_events_as_they_are_stored(pair):
    pair.configure({"n": 0}, interval="1h")
    pair.start()
    with Stream(pair.bridge) as all_of_them, Stream(pair.bridge, "?type=item.*") as none:
        time.sleep(0.3)  # a stream begins with what comes after it was opened
        change(pair, {"n": 1})
        first = all_of_them.next()
        assert first["event"] == "document.changed"
        assert json.loads(first["data"]) == get(pair.bridge, "/v1/events")["data"][0]
        change(pair, {"n": 2})
        second = all_of_them.next()
        assert json.loads(second["data"])["sequence"] == 2
        none.close()
    with Stream(pair.bridge, "?source=thing", **{"Last-Event-ID": first["id"]}) as resumed:
        assert resumed.next() == second
    with Stream(pair.bridge, "?last_event_id=0&type=document.changed") as whole:
        assert [whole.next(), whole.next()] == [first, second]
    status, _, refusal = ask(pair.bridge, "/v1/events/stream", **{"Last-Event-ID": "x"})
    assert (status, refusal["code"]) == (400, "bad_iterator")
    status, headers, _ = ask(pair.bridge, "/v1/events/stream", "HEAD")
    assert (status, headers["Content-Type"]) == (200, "text/event-stream")


def test_a_stream_ends_with_the_daemon_and_resumes_with_the_next(pair):
    pair.configure({"n": 0}, interval="1h")
    pair.start()
    stream = Stream(pair.bridge, "?last_event_id=0")
    change(pair, {"n": 1})
    first = stream.next()
    pair.bridge.restart()
    change(pair, {"n": 2})
    with Stream(pair.bridge, **{"Last-Event-ID": first["id"]}) as resumed:
        assert json.loads(resumed.next()["data"])["sequence"] == 2
    stream.close()


def test_a_client_that_does_not_read_costs_a_piece(pair):
    """Four hundred events of 20 KB for streams whose clients take nothing: the daemon reads a
    piece ahead and waits."""
    pair.configure(
        {"items": []}, interval="1h", items=".items[]", key=".id", max_events_per_poll=1000
    )
    pair.start()
    change(pair, {"items": [{"id": i, "text": "x" * 20_000} for i in range(400)]})
    pair.bridge.process.wait_for_line("result=changed")
    pair.receiver.wait(400)
    streams = [connect(pair.bridge, "/v1/events/stream?last_event_id=0") for _ in range(8)]
    time.sleep(1)
    first = resident_bytes(pair.bridge)
    more = [connect(pair.bridge, "/v1/events/stream?last_event_id=0") for _ in range(8)]
    time.sleep(1)
    assert resident_bytes(pair.bridge) - first < 40_000_000
    for stream in streams + more:
        stream.close()
    assert len(pages(pair.bridge, "/v1/events", limit=250)) == 400


def test_a_quiet_stream_shows_that_it_lives(pair):
    pair.configure({"n": 0}, interval="1h")
    pair.start()
    with Stream(pair.bridge) as stream:
        assert stream.line().startswith(":")
        change(pair, {"n": 1})
        assert stream.next()["event"] == "document.changed"


def test_a_client_that_takes_nothing_is_dropped(pair):
    pair.configure(
        {"items": []}, interval="1h", items=".items[]", key=".id", max_events_per_poll=1000
    )
    pair.start()
    change(pair, {"items": [{"id": i, "text": "x" * 20_000} for i in range(400)]})
    pair.receiver.wait(400)
    stuck = connect(pair.bridge, "/v1/events/stream?last_event_id=0")
    wait_until(lambda: sockets_of(pair.bridge, stuck))  # until then the kernel holds it, unaccepted
    begun = time.monotonic()
    while sockets_of(pair.bridge, stuck):
        assert time.monotonic() - begun < PATIENCE, "it is never dropped"
        time.sleep(1)
    assert time.monotonic() - begun > 20
    stuck.close()


def sockets_of(bridge, client):
    """Whether the daemon still holds its end of a client's connection."""
    port = f"{client.getsockname()[1]:04X}"
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table][1:]
    inodes = {row[9] for row in rows if row[2].endswith(":" + port)}
    held = {os.readlink(link) for link in links_of(bridge.process.pid)}
    return {f"socket:[{inode}]" for inode in inodes} & held


def links_of(pid):
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        if link.is_symlink():
            yield link
