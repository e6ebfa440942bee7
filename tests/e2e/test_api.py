"""The HTTP API: what is stored, in pages; wrong questions; and clients that mean no good."""

import json
import socket
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
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


@pytest.fixture
def told(pair):
    """A daemon that told five changes of one document, of which the sink refuses the fourth; the
    fifth waits behind it."""
    pair.configure({"n": 0}, interval="1h", sink={"retry": {"schedule": "100ms 1h"}})
    pair.start()
    for n in range(1, 6):
        pair.thing.set({"n": n})
        if n == 4:
            pair.receiver.hook("/hook").pick = lambda request: 500
        assert ask(pair.bridge, "/v1/sources/thing/poll", "POST")[0] == 202
        pair.bridge.process.wait_for_line("result=changed", n)
        pair.receiver.wait(min(n, 4))
    return pair


def wait_for_deliveries(bridge, expected):
    """Outcomes reach the store a moment after the receiver answered."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = [(row["state"], row["attempts"]) for row in pages(bridge, "/v1/deliveries")]
        if found == expected:
            return
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def test_events_are_read_as_they_were_sent(told):
    bridge = told.bridge
    events = pages(bridge, "/v1/events", limit=2)
    assert [event["sequence"] for event in events] == [5, 4, 3, 2, 1]
    first = told.receiver.deliveries.all()[0]
    assert events[-1] == json.loads(first.body)
    assert get(bridge, f"/v1/events/{events[0]['id']}") == events[0]
    assert pages(bridge, "/v1/events", source="thing", order="asc", limit=2) == events[::-1]
    assert pages(bridge, "/v1/events", source="thing", after_sequence=3) == events[:2]
    assert pages(bridge, "/v1/events", type="document.*", since="1h") == events
    assert pages(bridge, "/v1/events", until="1h") == []
    assert pages(bridge, "/v1/events", type="item.*") == []
    assert pages(bridge, "/v1/events", source="other") == []
    assert ask(bridge, "/v1/events/evt_NONE")[0] == 404
    assert get(bridge, "/v1/sources/thing/snapshot") == {"source": "thing", "document": {"n": 5}}
    assert ask(bridge, "/v1/sources/other/snapshot")[0] == 404


def test_deliveries_and_attempts_are_read(told):
    bridge = told.bridge
    wait_for_deliveries(bridge, [("pending", 0), ("retrying", 2)] + [("delivered", 1)] * 3)
    deliveries = pages(bridge, "/v1/deliveries", limit=2)
    assert [row["sequence"] for row in deliveries] == [5, 4, 3, 2, 1]
    (refused,) = pages(bridge, "/v1/deliveries", state="retrying")
    assert refused == deliveries[1]
    assert pages(bridge, "/v1/sinks/ops/deliveries", state="pending") == deliveries[:1]
    assert deliveries[0]["attempts"] == 0 and deliveries[0]["last_attempt"] is None
    assert refused["attempts"] == 2 and refused["next_attempt_at"]
    assert refused["last_attempt"]["status"] == 500
    assert refused["last_attempt"]["error_code"] == "http_status"
    delivered = pages(bridge, "/v1/deliveries", sink="ops", state="delivered")
    assert delivered == deliveries[2:]
    assert pages(bridge, "/v1/deliveries", event_id=delivered[0]["event_id"]) == delivered[:1]
    assert pages(bridge, "/v1/deliveries", sink="other") == []
    attempts = pages(bridge, "/v1/attempts", limit=1)
    assert attempts == pages(bridge, "/v1/attempts", sink="ops")
    assert [row["number"] for row in attempts] == [2, 1, 1, 1, 1]
    assert [row["status"] for row in attempts] == [500, 500, 204, 204, 204]
    tried = attempts[:2]
    assert pages(bridge, f"/v1/events/{refused['event_id']}/attempts", limit=1) == tried
    assert pages(bridge, "/v1/attempts", delivery_id=refused["id"]) == tried


def test_wrong_questions_say_what_is_wrong(told):
    for path, status, code, words in (
        ("/v1/events?iterator=x", 400, "bad_iterator", "begin without one"),
        ("/v1/events?iterator=1.99999999999", 400, "bad_iterator", ""),
        ("/v1/attempts?iterator=-1", 400, "bad_iterator", ""),
        ("/v1/events?limit=251", 400, "bad_parameter", "1 to 250"),
        ("/v1/events?since=yesterday", 400, "bad_parameter", "2026-01-31T12:00:00Z"),
        ("/v1/events?order=up", 400, "bad_parameter", "desc, asc"),
        ("/v1/events?sorce=a", 400, "unknown_parameter", "source"),
        ("/v1/deliveries?state=lost", 400, "bad_parameter", "pending, retrying"),
        ("/v1/events/..%2f..%2fetc%2fpasswd", 404, "not_found", ""),
        ("/v1/nothing", 404, "not_found", ""),
    ):
        found, _, refusal = ask(told.bridge, path)
        assert (found, refusal["code"]) == (status, code), path
        assert words in refusal["detail"], refusal
    status, headers, refusal = ask(told.bridge, "/v1/events", "DELETE")
    assert (status, headers["Allow"]) == (405, "GET, HEAD")
    status, headers, text = ask(told.bridge, "/v1/events", "HEAD")
    assert (status, text) == (200, "") and int(headers["Content-Length"]) > 100


def test_a_hole_in_the_list_is_no_end(told):
    """A filter that nothing fits ends with done, and an iterator that can be asked again."""
    page = get(told.bridge, "/v1/events", type="none")
    assert page["data"] == [] and page["done"]
    page = get(told.bridge, "/v1/events")
    again = get(told.bridge, "/v1/events", iterator=page["iterator"])
    assert page["done"] and again == {"data": [], "iterator": page["iterator"], "done": True}


def test_sinks_tell_how_they_fare(told):
    bridge = told.bridge
    wait_for_deliveries(bridge, [("pending", 0), ("retrying", 2)] + [("delivered", 1)] * 3)
    (sink,) = pages(bridge, "/v1/sinks")
    assert sink == get(bridge, "/v1/sinks/ops")
    assert (sink["name"], sink["type"], sink["managed_by"]) == ("ops", "webhook", "config")
    assert (sink["state"], sink["failures"]) == ("failing", 2) and sink["failing_since"]
    assert (sink["waiting"], sink["held"], sink["delivered"]) == (2, 0, 3)
    assert sink["oldest_waiting_at"] and sink["disabled_at"] is None
    assert ask(bridge, "/v1/sinks/other")[0] == 404


class Stream:
    """A client of server-sent events."""

    def __init__(self, bridge, query="", **headers):
        url = f"{bridge.url}/v1/events/stream{query}"
        self._answer = urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=PATIENCE
        )
        assert self._answer.headers["Content-Type"] == "text/event-stream"
        assert self._line() == "retry: 3000" and self._line() == ""

    def _line(self):
        line = self._answer.readline()
        assert line, "the stream has ended"
        return line.decode().rstrip("\n")

    def next(self):
        """The next event as a dict of its fields."""
        fields = {}
        while True:
            line = self._line()
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


def change(pair, value):
    pair.thing.set(value)
    assert ask(pair.bridge, "/v1/sources/thing/poll", "POST")[0] == 202


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


def resident_bytes(bridge):
    with open(f"/proc/{bridge.process.pid}/statm") as file:
        return int(file.read().split()[1]) * 4096


def test_a_client_that_does_not_read_costs_a_piece(pair):
    """Four hundred events of 20 KB for streams whose clients take nothing: the daemon reads a
    piece ahead and waits."""
    pair.configure({"items": []}, interval="1h", items=".items[]", key=".id")
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


def connect(bridge, path, receive=4096):
    """A connection that asked, with a small receive buffer, and reads nothing."""
    host, port = urllib.parse.urlparse(bridge.url).netloc.rsplit(":", 1)
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    one.connect((host, int(port)))
    one.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return one


def is_cut(one):
    """Whether the daemon ended a connection that got no answer."""
    one.settimeout(PATIENCE)
    try:
        return one.recv(1) == b""
    except ConnectionError:
        return True


def test_requests_that_never_end_are_cut(pair):
    """A byte a second, for ever: evhttp's own time-out would begin anew with each."""
    pair.configure({"n": 0})
    pair.start()
    slow = connect(pair.bridge, "/healthz HTTP/1.1\r\nX-Slow: ")
    begun = time.monotonic()
    slow.settimeout(0.5)
    while True:
        try:
            slow.sendall(b"x")
            if slow.recv(1000) == b"":
                break
        except TimeoutError:
            assert time.monotonic() - begun < 30, "it is never cut"
        except ConnectionError:
            break
    assert time.monotonic() - begun > 5
    slow.close()


def test_a_flood_of_connections_does_not_shut_others_out(pair):
    pair.configure({"n": 0})
    pair.start()
    host, port = urllib.parse.urlparse(pair.bridge.url).netloc.rsplit(":", 1)
    before = resident_bytes(pair.bridge)
    flood = []
    for _ in range(600):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex((host, int(port)))
        flood.append(one)
    begun = time.monotonic()
    assert pair.bridge.get("/healthz")[0] == 200
    assert time.monotonic() - begun < 60
    assert resident_bytes(pair.bridge) - before < 60_000_000
    for one in flood:
        one.close()
    assert pair.bridge.get("/healthz")[0] == 200


def test_what_is_too_large_is_refused(pair):
    pair.configure({"n": 0})
    pair.start()
    poll = "/v1/sources/thing/poll"
    status, _, refusal = ask(pair.bridge, poll, "POST", b"x" * 100_000)
    assert (status, refusal["code"]) == (413, "body_too_large")
    for head in (
        f"GET {'/x' * 20_000} HTTP/1.1\r\n",
        f"GET /healthz HTTP/1.1\r\nX-Large: {'x' * 400_000}\r\n\r\n",
        "GET /healthz HTTP/1.1\r\n" + "X: y\r\n" * 20_000 + "\r\n",
        f"POST {poll} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999\r\n\r\n",
        f"POST {poll} HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        f"POST {poll} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "100000\r\n" + "x" * 0x100000 + "\r\n" * 3,
    ):
        one = socket.create_connection(
            urllib.parse.urlparse(pair.bridge.url).netloc.rsplit(":", 1), timeout=PATIENCE
        )
        try:
            one.sendall(head.encode())
            answer = one.recv(100)
            assert not answer.startswith(b"HTTP/1.1 2"), (head[:60], answer)
        except ConnectionError:
            pass
        one.close()
    assert pair.bridge.get("/healthz")[0] == 200


def test_a_large_answer_may_be_taken_slowly(pair):
    pair.configure({"items": []}, interval="1h", items=".items[]", key=".id")
    pair.start()
    change(pair, {"items": [{"id": i, "text": "x" * 20_000} for i in range(200)]})
    pair.receiver.wait(200)
    slow = connect(pair.bridge, "/v1/events?limit=200")
    slow.settimeout(PATIENCE)
    total = 0
    for step in range(18):
        total += len(slow.recv(65536))
        time.sleep(1)
    while True:
        piece = slow.recv(1 << 20)
        total += len(piece)
        if not piece or total > 4_000_000:
            break
    assert total > 4_000_000
    slow.close()
