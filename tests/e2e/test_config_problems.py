"""What a broken file is told by the real drivers: every problem, with its place and what to do."""

import pytest

# (section, line of YAML, [(column, words)]). Each is told alone, and all of them in one run.
CASES = [
    (
        "",
        "server: { listen: 8080 }",
        [
            (
                19,
                '"listen" must be an address and a port such as 127.0.0.1:8080 or '
                '"[::1]:8080", or off',
            ),
        ],
    ),
    (
        "",
        'store: { path: "", retention: { age: 10m, sise: 1GiB } }',
        [
            (16, '"path" must be the path of a file, but it is empty'),
            (38, '"age" must be from 1h to 3650d, but it is "10m"'),
            (43, 'unknown key "sise" in "retention" of "store"; did you mean "size"?'),
        ],
    ),
    (
        "auth",
        "a: { type: bearr, token: x }",
        [
            (
                14,
                'there is no type "bearr" of auth; there is: basic, bearer, api_key, login, oauth2; '
                'did you mean "bearer"?',
            ),
        ],
    ),
    (
        "auth",
        "b: { type: bearer }",
        [
            (3, 'auth "b" has no "token"; add it, such as: ${API_TOKEN}'),
        ],
    ),
    (
        "auth",
        "c: { type: bearer, token: abc, token_file: abc.txt }",
        [
            (34, '"token" and "token_file" exclude each other; keep one of them'),
        ],
    ),
    (
        "auth",
        'd: { type: bearer, token: "two words" }',
        [
            (
                22,
                '"token" holds white space or a character that is not ASCII; a header field '
                "cannot carry it",
            ),
        ],
    ),
    (
        "auth",
        "e: { type: login, request: { url: http://x/, json: {}, form: { a: b } } }",
        [
            (21, '"json", "form" and "body" of "request" exclude each other; keep one of them'),
        ],
    ),
    (
        "auth",
        "f: { type: login, request: { url: http://x/, method: GET, body: x }, token: .t }",
        [
            (21, 'a GET has no body; take "method: GET" or the body out of "request"'),
        ],
    ),
    (
        "auth",
        'g: { type: basic, username: "a:b", password_file: /nonexistent/p }',
        [
            (
                53,
                'the secret file "/nonexistent/p" cannot be read: No such file or directory; '
                "create it or correct the path",
            ),
        ],
    ),
    (
        "sources",
        "a: { type: htp, url: http://x/ }",
        [
            (14, 'there is no type "htp" of source; there is: http; did you mean "http"?'),
        ],
    ),
    (
        "sources",
        "b: { url: http://x/, auth: nowhere, method: post }",
        [
            (30, 'there is no auth "nowhere"; add it under `auth`'),
            (
                47,
                '"method" must be GET, POST, PUT or PATCH, but it is "post"; did you mean '
                '"POST"?',
            ),
        ],
    ),
    (
        "sources",
        'c: { url: "http://me:secret@x/" }',
        [
            (13, '"url" is no usable URL: it holds a user name; move user and password to `auth`'),
        ],
    ),
    (
        "sources",
        'd: { url: "http://x/ y", headers: { If-None-Match: \'"x"\' } }',
        [
            (
                13,
                '"url" is no usable URL: it holds white space or a control character; write a '
                'space as %20, but it is "http://x/ y"',
            ),
        ],
    ),
    (
        "sources",
        "e: { url: http://x/, body: x, json: {} }",
        [
            (24, '"body" and "json" exclude each other; keep one of them'),
        ],
    ),
    (
        "sources",
        "f: { url: http://x/, body: x }",
        [
            (24, 'a GET has no body, so "body" is of no use; add method: POST'),
        ],
    ),
    (
        "sources",
        "g: { url: http://x/, tls: { key_file: k.pem } }",
        [
            (
                24,
                '"key_file" of "tls" has no "cert_file" beside it; add the certificate it '
                "belongs to",
            ),
        ],
    ),
    (
        "sources",
        'h: { url: http://x/, items: ".data[", key: .id }',
        [
            (
                31,
                '"items" cannot be used: ".data[" is not an expression: syntax error, '
                "unexpected the end",
            ),
        ],
    ),
    (
        "sources",
        "i: { url: http://x/, ignore: [a.b, .c] }",
        [
            (33, '"ignore" cannot be used: a path begins with a dot'),
        ],
    ),
    (
        "sources",
        "j: { url: http://x/, ok_status: [200, 999, ok] }",
        [
            (
                41,
                '"ok_status" must be made of HTTP statuses from 100 to 599 such as 200, 2xx or '
                '200-299, but it is "999"',
            ),
            (
                46,
                '"ok_status" must be made of HTTP statuses from 100 to 599 such as 200, 2xx or '
                '200-299, but it is "ok"',
            ),
        ],
    ),
    (
        "sources",
        "k: { url: http://x/, user_agent: a, headers: { User-Agent: b } }",
        [
            (
                24,
                '"user_agent" and the header field User-Agent exclude each other; keep one of '
                "them",
            ),
        ],
    ),
    (
        "sources",
        "l: { url: http://x/, interval: 500ms, guard: { max_removed: 150% } }",
        [
            (34, '"interval" must be from 1s to 366d, but it is "500ms"'),
            (63, '"max_removed" must be from 0% to 100%, but it is "150%"'),
        ],
    ),
    (
        "sources",
        "m: { url: http://x/, proxy: x:3128 }",
        [
            (
                24,
                '"proxy" must be a URL that begins with http://, https://, socks5:// or '
                "socks5h://",
            ),
        ],
    ),
    (
        "sources",
        'n: { url: http://x/, select: ". as $x | foo" }',
        [
            (
                32,
                '"select" cannot be used: ". as $x | foo" is not an expression: foo/0 is not '
                "defined",
            ),
        ],
    ),
    (
        "sinks",
        "a: { url: https://x/ }",
        [
            (
                3,
                'there is no "secret" to sign with; add it, such as: secret: ${OPS_SECRET} '
                "(signature: none sends without one)",
            ),
        ],
    ),
    (
        "sinks",
        "b: { url: https://x/, signature: githb, secret: abcdefghijklmnop }",
        [
            (
                36,
                '"signature" must be standard, github, stripe, slack or none, but it is '
                '"githb"; did you mean "github"?',
            ),
        ],
    ),
    (
        "sinks",
        "c: { url: https://x/, secret: whsec_%%% }",
        [
            (
                25,
                'the secret must be "whsec_" and a key in base64; make one with: echo '
                "whsec_$(openssl rand -base64 24)",
            ),
        ],
    ),
    (
        "sinks",
        "d: { url: https://x/, signature: none, secret: abcdefghijklmnopqrstuvwx }",
        [
            (42, "a secret is of no use with signature: none; remove one of them"),
        ],
    ),
    (
        "sinks",
        'e: { url: https://x/, signature: github, secret: abcdefghijklmnopqrstuvwx, headers: { webhook-id: 1, X-A: "{{ .a" } }',
        [
            (109, "the closing }} is missing"),
        ],
    ),
    (
        "sinks",
        "f: { type: file }",
        [
            (3, 'sink "f" has no "path"; add it, such as: /var/log/pollbridge/events.ndjson'),
        ],
    ),
    (
        "sinks",
        "g: { type: stdot }",
        [
            (
                14,
                'there is no type "stdot" of sink; there is: webhook, file, stdout, nats, mqtt; '
                'did you mean "stdout"?',
            ),
        ],
    ),
    (
        "sinks",
        "h: { type: stdout, url: https://x/ }",
        [
            (22, 'unknown key "url" in sink "h"; remove it'),
        ],
    ),
    (
        "sinks",
        "i: { url: https://x/, signature: none, format: template, retry: { schedule: [1s, soon, 31d] } }",
        [
            (
                84,
                '"schedule" must be a duration such as 250ms, 30s, 5m or 1h30m, but it is '
                '"soon"',
            ),
            (90, '"schedule" must be from 1ms to 30d, but it is "31d"'),
        ],
    ),
    (
        "sinks",
        'j: { type: stdout, sources: [nowhere, "b*", "q*"], types: [item.create, "item.*"] }',
        [
            (32, 'there is no source "nowhere"; correct the name or add the source'),
            (62, 'no event is of the type "item.create"; did you mean "item.created"?'),
        ],
    ),
    (
        "sources",
        'when-a: { url: "https://a.example", schedule: "0 25 * * *" }',
        [(49, '"schedule": the hour cannot be "25"; write five fields, such as '
              '"*/15 8-18 * * mon-fri", or @hourly, @daily, @weekly, @monthly or @yearly')],
    ),
    (
        "sources",
        'when-b: { url: "https://a.example", schedule: "@hourly", interval: 1m, windows: [] }',
        [(39, '"schedule" and "interval" exclude each other in source "when-b": a source has one '
              "or the other; remove one of them"),
         (74, '"windows" and "schedule" exclude each other in source "when-b": a schedule says the '
              "hours itself; move them there")],
    ),
    (
        "sources",
        'when-c: { url: "https://a.example", timezone: Europe/Madrit }',
        [(39, '"timezone" of source "when-c" changes nothing without "schedule" or "windows"; '
              "remove it, or add one of them"),
         (49, 'there is no time zone "Europe/Madrit"; write an IANA name such as Europe/Madrid, '
              "and see that the system has its tz database (package tzdata)")],
    ),
    (
        "sources",
        'when-d: { url: "https://a.example", min_interval: 2h, max_interval: 1h, interval: 1m }',
        [(39, '"min_interval" and "interval" exclude each other in source "when-d": between '
              "min_interval and max_interval the distance follows the changes; remove interval"),
         (71, '"max_interval" of source "when-d" is shorter than its "min_interval"; make it '
              "longer")],
    ),
    (
        "sources",
        'when-e: { url: "https://a.example", windows: [{ days: mon-fri, from: 8am, untl: 9 }] }',
        [(72, '"from" of a window must be a time of the day such as 08:00, up to 24:00'),
         (77, 'unknown key "untl" in "windows"; remove it')],
    ),
]

GOOD_SOURCE = "  ok: { url: 'http://x.example' }"
GOOD_SINK = "  ok: { type: stdout }"


def assemble(cases):
    """The file made of these lines, and the words it must be told."""
    lines, told = [], []

    def add(line, words=()):
        lines.append(line)
        told.extend(f":{len(lines)}:{column}: {text}" for column, text in words)

    for section, line, words in cases:
        if not section:
            add(line, words)
    for section in ("auth", "sources", "sinks"):
        add(f"{section}:")
        for line_section, line, words in cases:
            if line_section == section:
                add("  " + line, words)
        if section != "auth":
            add(GOOD_SOURCE if section == "sources" else GOOD_SINK)
    return "\n".join(lines) + "\n", told


def expect(bridge, text, told):
    bridge.file.write_text(text, encoding="utf-8")
    run = bridge.run("validate", "-c", bridge.file, code=3)
    assert run.stderr.splitlines() == [str(bridge.file) + words for words in told]
    assert run.stdout == ""


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]}"[:60])
def test_one_fault_is_told_alone(bridge, case):
    expect(bridge, *assemble([case]))


def test_all_faults_are_told_in_one_run(bridge):
    text, told = assemble(CASES)
    assert len(told) > len(CASES)
    expect(bridge, text, told)


def test_aliases_cannot_blow_up(bridge):
    lines = ["x-a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi"):
        lines.append(f"x-{name}: &{name} [{', '.join(['*' + before] * 10)}]")
    lines.append("sources: { a: { url: http://x.example, method: POST, json: *i } }")
    words = (
        "with this alias the aliases of the file stand for more than 4 million values; "
        "write out less, or alias less"
    )
    expect(bridge, "\n".join(lines), [f":7:18: {words}"])


def test_depth_has_a_limit(bridge):
    nested = "[" * 70 + "]" * 70
    text = f"sources: {{ a: {{ url: http://x.example, method: POST, json: {nested} }} }}"
    words = "the file is nested deeper than 64 levels here; flatten it"
    expect(bridge, text, [f":1:{text.index('[') + 62}: {words}"])


def test_a_huge_value_is_refused_in_few_words(bridge):
    bridge.file.write_text(
        "sources: { a: { url: http://x.example, interval: 5m" + "x" * 20_000_000 + " } }\n"
    )
    run = bridge.run("validate", "-c", bridge.file, code=3)
    assert "must be a duration" in run.stderr and len(run.stderr) < 1000


def test_a_huge_file_is_refused_unread(bridge):
    bridge.file.write_text("#" * (65 << 20))
    run = bridge.run("validate", "-c", bridge.file, code=3)
    assert "larger than 64 MiB" in run.stderr
