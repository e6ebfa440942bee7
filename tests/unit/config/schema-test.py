"""The printed JSON Schema accepts what the loader accepts and refuses what it refuses.

Usage: schema-test.py PRINTER (run by meson): PRINTER prints the schema of the test drivers.
"""

import json
import subprocess
import sys

import jsonschema
import yaml

SOURCE = "sources: { a: { url: 'http://x.example' } }\n"

GOOD = {
    "the least": SOURCE,
    "every section": """
        x-common: &common { interval: 1m, anything: [goes] }
        server: { listen: off }
        store: { path: b.db, retention: { age: 30d, size: 1048576 } }
        defaults: { interval: 1h30m, timeout: "${T:-5s}", first_run: items }
        limits: { "api.example.com:8443": { requests: 5, per: 1m, concurrency: "${N}" }, "[::1]": {} }
        auth:
          shop: { type: login, url: https://x/, json: { any: [1, null] }, paths: [.a, .b] }
          api: { username: me, password_file: secret }
        sources:
          a.b-c_d: { url: https://x, auth: shop, items: .d, key: [.id], optional: true }
          b: { url: "${BASE}/x", auth: { username: 5, password: x }, guard: { max_removed: 12.5% } }
          c: { type: probe, level: -5, share: "${S}" }
          d: { type: web, url: "http://x:80/a?b", ok_status: [200, 2xx, 200-299], max_body_size: 10MiB,
               params: { a: 1.5, b: true, c: text }, method: POST, json: 5, tls: { min_version: "1.3" } }
          e: { url: http://x, ok_status: 200, timeout: 0, ignore: .a }
        sinks:
          s: { url: http://x, sources: "*", types: [item.*], retry: { schedule: 5s 5m, final_statuses: 4xx } }
          t: { type: log, path: "-", limits: { in_flight: 1 } }
    """,
    "a number as a choice": "sources: { a: { url: http://x, tls: { min_version: 1.3 } } }",
}

BAD = {
    "nothing": "{}",
    "no source": "sources: {}",
    "a list": "[1]",
    "an unknown section": SOURCE + "sourcess: {}",
    "an unknown key": "sources: { a: { url: http://x, urll: http://x } }",
    "an unknown key inside": "sources: { a: { url: http://x, guard: { max: 5% } } }",
    "a key of another type": "sources: { a: { type: probe, url: http://x } }",
    "an unknown type": "sources: { a: { type: wep, url: http://x } }",
    "a bad name": "sources: { 'a b': { url: http://x } }",
    "no URL": "sources: { a: { interval: 5m } }",
    "no URL with its type": "sources: { a: { type: web } }",
    "another scheme": "sources: { a: { url: ftp://x } }",
    "user info": "sources: { a: { url: 'http://u:p@x/' } }",
    "a number without unit": "sources: { a: { url: http://x, interval: 5 } }",
    "no duration": "sources: { a: { url: http://x, interval: soon } }",
    "no boolean": "sources: { a: { url: http://x, optional: 1 } }",
    "no percentage": "sources: { a: { url: http://x, guard: { max_removed: 0.5 } } }",
    "no size": "sources: { a: { url: http://x, max_body_size: 10 apples } }",
    "no status": "sources: { a: { url: http://x, ok_status: 20x } }",
    "not of the enum": "sources: { a: { url: http://x, method: PUST } }",
    "a number that is no choice": "sources: { a: { url: http://x, tls: { min_version: 1.1 } } }",
    "out of bounds": "sources: { a: { type: probe, level: 6 } }",
    "a list of pairs": "sources: { a: { url: http://x, params: [a] } }",
    "a nested pair": "sources: { a: { url: http://x, params: { a: [b] } } }",
    "items without key": "sources: { a: { url: http://x, items: .d } }",
    "key without items": "sources: { a: { url: http://x, key: .d } }",
    "select and items": "sources: { a: { url: http://x, items: .d, key: .i, select: .e } }",
    "a required secret missing": SOURCE + "auth: { a: { username: me } }",
    "both forms of a secret": SOURCE + "auth: { a: { username: me, password: x, password_file: y } }",
    "both forms of an optional secret": SOURCE + "sinks: { s: { url: http://x, secret: x, secret_file: y } }",
    "a broken auth in place": "sources: { a: { url: http://x, auth: { username: me } } }",
    "a host with a scheme": SOURCE + "limits: { 'http://x': {} }",
}


def says(schema, document, validator):
    """Faults of every default and example in the schema: each must fit the place it stands at."""
    if isinstance(schema, list):
        return [fault for part in schema for fault in says(part, document, validator)]
    if not isinstance(schema, dict):
        return []
    faults = [fault for part in schema.values() for fault in says(part, document, validator)]
    if "description" in schema:
        values = schema.get("examples", []) + [schema[key] for key in ("default",) if key in schema]
        for value in values:
            here = validator({"$defs": document["$defs"], **schema})
            faults += [f"{value}: {error.message}" for error in here.iter_errors(value)]
    return faults


def main():
    text = subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    faults = says(schema, schema, jsonschema.Draft202012Validator)
    assert '"examples"' in text and '"default"' in text
    for name, document in GOOD.items():
        for error in validator.iter_errors(yaml.safe_load(document)):
            faults.append(f"{name}: {error.json_path}: {error.message}")
    for name, document in BAD.items():
        if validator.is_valid(yaml.safe_load(document)):
            faults.append(f"{name}: is accepted")
    print("\n".join(faults) or f"{len(GOOD)} accepted, {len(BAD)} refused")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
