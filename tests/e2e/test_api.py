"""The HTTP API: what is stored, in pages; wrong questions; and clients that mean no good."""

import json
import resource
import socket
import time
import urllib.parse

import pytest
from api_client import ask, change, connect, get, pages, resident_bytes
from waiting import PATIENCE


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


def test_slow_readers_hold_so_much_and_no_more(pair):
    """A page of 4 MB for each of 100 clients that take nothing: some get it, the rest hears that
    too much is under way."""
    pair.configure(
        {"items": []}, interval="1h", items=".items[]", key=".id", max_events_per_poll=1000
    )
    pair.start()
    change(pair, {"items": [{"id": i, "text": "x" * 20_000} for i in range(200)]})
    pair.receiver.wait(200)
    slow = [connect(pair.bridge, "/v1/events?limit=200") for _ in range(100)]
    heads = []
    for one in slow:
        one.settimeout(PATIENCE)
        heads.append(one.recv(12).decode())
    assert set(heads) == {"HTTP/1.1 200", "HTTP/1.1 503"}
    assert heads.count("HTTP/1.1 200") < 60, heads
    for one in slow:
        one.close()
    deadline = time.monotonic() + PATIENCE
    while ask(pair.bridge, "/v1/events")[0] == 503:  # until it hears that they are gone
        assert time.monotonic() < deadline
        time.sleep(0.1)


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


def as_many_as_files_may_be(wanted):
    """Lets this process open so many sockets, or as many as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted + 500 if hard == resource.RLIM_INFINITY else min(wanted + 500, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    return min(wanted, most - 500)


def test_a_flood_of_connections_does_not_shut_others_out(pair):
    pair.configure({"n": 0})
    pair.start()
    host, port = urllib.parse.urlparse(pair.bridge.url).netloc.rsplit(":", 1)
    before = resident_bytes(pair.bridge)
    flood = []
    for _ in range(as_many_as_files_may_be(10_000)):
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
    pair.configure(
        {"items": []}, interval="1h", items=".items[]", key=".id", max_events_per_poll=1000
    )
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
