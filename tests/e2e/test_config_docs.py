"""The printed forms of the option tables, and the examples, are what the binary understands."""

import json
import os
import re
import textwrap

import jsonschema
import pytest
import yaml

PRINTED = {"config/schema.json": (), "config/reference.md": ("--reference",)}


def examples(root):
    return sorted((root / "config/examples").glob("*.yaml"))


@pytest.mark.parametrize("file", PRINTED)
def test_what_is_committed_is_what_the_tables_print(bridge, root, file):
    printed = bridge.run("schema", *PRINTED[file]).stdout
    arguments = " ".join(("schema", *PRINTED[file]))
    assert printed.strip() == (root / file).read_text(encoding="utf-8").strip(), (
        f"stale: run `pollbridge {arguments} > {file}`"
    )


def test_the_schema_is_one(root):
    schema = json.loads((root / "config/schema.json").read_text(encoding="utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


def test_every_example_fits_schema_and_binary(bridge, root):
    schema = json.loads((root / "config/schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    assert len(examples(root)) >= 4
    for file in examples(root):
        text = file.read_text(encoding="utf-8")
        problems = [error.message for error in validator.iter_errors(yaml.safe_load(text))]
        assert not problems, f"{file.name}: {problems}"
        for name in re.findall(r"\$\{([A-Z_0-9]+)\}", text):
            bridge.environment[name] = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        bridge.run("validate", "-c", file)


def test_the_file_in_the_reference_is_a_good_one(bridge, root):
    schema = json.loads((root / "config/schema.json").read_text(encoding="utf-8"))
    page = (root / "config/reference.md").read_text(encoding="utf-8")
    files = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert files
    for text in files:
        jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(text))
        bridge.environment["WEBHOOK_SECRET"] = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        bridge.configure(text)
        bridge.run("validate", "-c", bridge.file)


def test_links_in_the_reference_lead_to_its_headings(root):
    page = (root / "config/reference.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 _-]", "", title.lower()).replace(" ", "-") for title in headings}
    links = re.findall(r"\]\(#([^)]*)\)", page)
    assert links and set(links) <= anchors


# One fault each; the schema must see what the binary sees.
BROKEN = {
    "unknown key": "sources: { a: { url: http://a/, intervall: 5m } }",
    "wrong type": "sources: { a: { url: [http://a/] } }",
    "bad duration": "sources: { a: { url: http://a/, interval: soon } }",
    "bad enum": "sources: { a: { url: http://a/, method: FETCH } }",
    "missing url": "sources: { a: { interval: 5m } }",
    "bad name": "sources: { 'a b': { url: http://a/ } }",
    "unknown key of a table": "sources: { a: { url: http://a/, guard: { max_remove: 5% } } }",
    "unknown section": "source: {}\nsources: { a: { url: http://a/ } }",
    "unknown type": "sources: { a: { type: htp, url: http://a/ } }",
    "no sources": "sources: {}",
    "another scheme": "sources: { a: { url: ftp://a/ } }",
    "user in the url": "sources: { a: { url: 'http://me:secret@a/' } }",
    "number without unit": "sources: { a: { url: http://a/, timeout: 5 } }",
    "size with an odd unit": "sources: { a: { url: http://a/, max_body_size: 5 apples } }",
    "share without percent": "sources: { a: { url: http://a/, guard: { max_removed: 0.5 } } }",
    "no status": "sources: { a: { url: http://a/, ok_status: [20x] } }",
    "number out of bounds": "sources: { a: { url: http://a/, redirects: 21 } }",
    "text for a boolean": "sources: { a: { url: http://a/, optional: maybe } }",
    "items without key": "sources: { a: { url: http://a/, items: '.[]' } }",
    "select beside items": "sources: { a: { url: http://a/, items: '.[]', key: .id, select: .a } }",
    "a list of params": "sources: { a: { url: http://a/, params: [a, b] } }",
    "both forms of a secret": """
        auth: { b: { type: bearer, token: abc, token_file: token } }
        sources: { a: { url: http://a/ } }
    """,
    "required secret missing": "auth: { b: { type: bearer } }\nsources: { a: { url: http://a/ } }",
    "bad host": "limits: { 'http://a': { requests: 1 } }\nsources: { a: { url: http://a/ } }",
    "required key of a table": """
        auth: { b: { type: login, request: { method: POST }, token: .t } }
        sources: { a: { url: http://a/ } }
    """,
    "sources as a list": "sources: [ { url: http://a/ } ]",
}


@pytest.mark.parametrize("words", BROKEN)
def test_the_schema_refuses_what_the_binary_refuses(bridge, root, words):
    schema = json.loads((root / "config/schema.json").read_text(encoding="utf-8"))
    text = textwrap.dedent(BROKEN[words]) + "\nsinks: { out: { type: stdout } }\n"
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(yaml.safe_load(text))), words
    bridge.configure(text)
    bridge.run("validate", "-c", bridge.file, code=3)
    assert os.path.basename(bridge.file) in bridge.runs[-1].stderr
