"""APIs that mean harm, or are merely broken: each has its failure code, leaves the base as it was,
costs neither memory nor time, and is followed by no false event when it is well again."""

import json
import os
import ssl
import time

from authority import Authority
from bridge import parse_log_line
from hostile import (
    OK,
    close_without_a_word,
    drip,
    drip_headers,
    endless_body,
    flood_of_1xx,
    gzip_bomb,
    hang_before_headers,
    hang_mid_body,
    hostile,  # noqa: F401 (a fixture)
    long_header,
    many_headers,
    not_http,
    reset,
    resident_bytes,
)


def answer(body, *fields, status="200 OK"):
    """A behaviour: this whole answer."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields, "", ""]
    data = "\r\n".join(head).encode() + body

    def behave(connection, stop):
        connection.sendall(data)

    return behave


def in_json(body):
    return answer(body, "Content-Type: application/json")


def reset_mid_body(connection, stop):
    connection.sendall(OK + b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    reset(connection, stop)


def short_body(connection, stop):
    connection.sendall(OK + b'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"n":2}')


def short_chunks(connection, stop):
    connection.sendall(OK + b'Transfer-Encoding: chunked\r\n\r\n7\r\n{"n":2}\r\n')


def broken_gzip(connection, stop):
    connection.sendall(OK + b"Content-Encoding: gzip\r\nContent-Length: 7\r\n\r\nnotgzip")


def redirect_to_itself(connection, stop):
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /thing\r\nContent-Length: 0\r\n\r\n")


SKEWED = "Date: Thu, 01 Jan 2015 00:00:00 GMT"
SKEWED_END = "Retry-After: Thu, 01 Jan 2015 00:00:02 GMT"

# What it does, by name: the behaviour, and the code that is told.
TABLE = {
    "hang_before_headers": (hang_before_headers, "timeout_total"),
    "hang_mid_body": (hang_mid_body, "timeout_total"),
    "slow_drip": (drip, "timeout_total"),
    "slow_headers": (drip_headers, "timeout_total"),
    "endless_body": (endless_body, "response_too_large"),
    "gzip_bomb": (gzip_bomb, "response_too_large"),
    "endless_headers": (many_headers, "response_too_large"),
    "long_header": (long_header, "response_too_large"),
    "flood_of_1xx": (flood_of_1xx, "response_too_large"),
    "reset": (reset, "connection_reset"),
    "reset_mid_body": (reset_mid_body, "connection_reset"),
    "close_without_a_word": (close_without_a_word, "connection_reset"),
    "short_content_length": (short_body, "protocol_error"),
    "short_chunks": (short_chunks, "protocol_error"),
    "broken_gzip": (broken_gzip, "protocol_error"),
    "not_http": (not_http, "protocol_error"),
    "redirect_loop": (redirect_to_itself, "too_many_redirects"),
    "login_page": (answer(b"<html>please log in</html>", "Content-Type: text/html"),
                   "content_type"),
    "login_page_as_json": (in_json(b"<html>please log in</html>"), "content_type"),
    "error_at_200": (in_json({"error": "try again"}), "selector_found_nothing"),
    "empty": (in_json(b""), "empty_answer"),
    "cut_off": (in_json(b'{"data":{"n":2'), "json_syntax"),
    "invalid_utf8": (in_json(b'{"data":{"n":"\xff\xfe"}}'), "json_syntax"),
    "depth_bomb": (in_json(b"[" * 100_000 + b"]" * 100_000), "json_limit"),
    "duplicate_keys": (in_json(b'{"data":{"n":1,"n":2}}'), "json_duplicate"),
    "not_a_number": (in_json(b'{"data":{"n":NaN}}'), "json_syntax"),
    "unasked_304": (answer(b"", status="304 Not Modified"), "http_status"),
    "status_of_nonsense": (answer({}, status="999 Whatever"), "http_status"),
    "throttled_by_a_skewed_clock": (
        answer({}, SKEWED, SKEWED_END, status="429 Slow Down"), "throttled"),
    "quota_of_a_skewed_clock": (
        answer({}, SKEWED, "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1420070402",
               status="403 Forbidden"), "throttled"),
}  # fmt: skip
PATIENT = 4 * float(os.environ.get("POLLBRIDGE_TEST_PATIENCE", "30"))


def well(n):
    return answer({"data": {"n": n}}, "Content-Type: application/json")


def configure(bridge, sink, servers, **more):
    sources = {
        name: {
            "url": f"{'https' if server.tls else 'http'}://127.0.0.1:{server.port}/thing",
            "interval": "1s",
            "timeout": "2s",
            "max_body_size": "1MiB",
            "format": "json",
            "select": ".data",
            "honor_cache": False,
            **more,
        }
        for name, server in servers.items()
    }
    bridge.configure({"sources": sources, "sinks": {"ops": sink}})


def first_lines(process, *messages):
    """The first such line of the log for each source."""
    found = {}
    for line in process.lines.all():
        line = parse_log_line(line) or {}
        if line.get("msg") in messages and "source" in line:
            found.setdefault(line["source"], line)
    return found


def wait_for_each(process, names, message):
    deadline = time.monotonic() + PATIENT
    while missing := set(names) - set(found := first_lines(process, message)):
        assert time.monotonic() < deadline, f"{message}: nothing of {sorted(missing)}"
        time.sleep(0.1)
    return found


def test_each_has_its_code_and_leaves_the_base(bridge, receiver, sink, hostile):
    servers = {name: hostile(well(1)) for name in TABLE}
    configure(bridge, sink, servers)
    bridge.start()
    wait_for_each(bridge.process, servers, "polled")
    pid = bridge.process.pid
    before = most = resident_bytes(pid)
    for name, (behave, _) in TABLE.items():
        servers[name].behave = behave
    began = time.monotonic()
    codes = {name: code for name, (_, code) in TABLE.items()}
    found = {}
    while len(found) < len(TABLE):
        most = max(most, resident_bytes(pid))
        for name, line in first_lines(bridge.process, "poll failed", "throttled").items():
            if name not in found:
                found[name] = line["code"]
                servers[name].behave = well(1)  # at once: few fail three times
        missing = sorted(set(TABLE) - set(found))
        assert time.monotonic() - began < PATIENT, f"no failure of {missing}"
        time.sleep(0.05)
    assert found == codes
    assert most - before < 64 << 20, f"{(most - before) >> 20} MiB more"
    # Well again: the first thing to be told is the next real change, from the base of before.
    for server in servers.values():
        server.behave = well(2)
    changes = receiver.deliveries.wait_until(
        lambda all_: (c := [d for d in all_ if d.type == "document.changed"])
        and len(c) == len(TABLE)
        and c,
        "a change of each",
        PATIENT,
    )
    assert {d.json["source"] for d in changes} == set(TABLE)
    for delivery in changes:
        assert delivery.data["before"] == {"n": 1} and delivery.data["after"] == {"n": 2}
    others = {d.type for d in receiver.deliveries.all()} - {"document.changed"}
    assert others <= {"source.failing", "source.recovered"}


def test_certificates_that_cannot_be_trusted(bridge, sink, hostile, tmp_path):
    ours, theirs = Authority(tmp_path, "ours"), Authority(tmp_path, "theirs")
    pairs = {
        "expired": ours.issue("expired", days=-1),
        "of_another_host": ours.issue("other", "DNS:other.example.com"),
        "of_another_authority": theirs.issue("foreign"),
    }
    servers = {}
    for name, pair in pairs.items():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
        servers[name] = hostile(well(1), tls=context)
    servers["no_tls_at_all"] = hostile(not_http, raw=True, tls=None)
    configure(bridge, sink, servers, tls={"ca_file": str(ours.pem)}, timeout="20s")
    text = bridge.file.read_text()
    port = servers["no_tls_at_all"].port
    bridge.file.write_text(text.replace(f"http://127.0.0.1:{port}", f"https://127.0.0.1:{port}"))
    bridge.start()
    found = wait_for_each(bridge.process, servers, "poll failed")
    assert {name: line["code"] for name, line in found.items()} == {
        name: "tls_error" for name in servers
    }
    assert all(server.requests == 0 for name, server in servers.items() if name != "no_tls_at_all")
    # No orderly end: libcurl holds the last connection whose handshake failed until the process
    # ends, which the leak checker takes for a leak.
    bridge.kill()
