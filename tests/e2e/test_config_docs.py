"""The printed forms of the option tables, and the examples, are what the binary understands."""

import json
import os
import re

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


# One fault each; the schema must see what the binary sees.
BROKEN = {
    "unknown key": "sources: { a: { url: http://a/, intervall: 5m } }",
    "wrong type": "sources: { a: { url: [http://a/] } }",
    "bad duration": "sources: { a: { url: http://a/, interval: soon } }",
    "bad enum": "sources: { a: { url: http://a/, method: FETCH } }",
    "missing url": "sources: { a: { interval: 5m } }",
    "bad name": "sources: { 'a b': { url: http://a/ } }",
    "sources as a list": "sources: [ { url: http://a/ } ]",
}


@pytest.mark.parametrize("words", BROKEN)
def test_the_schema_refuses_what_the_binary_refuses(bridge, root, words):
    schema = json.loads((root / "config/schema.json").read_text(encoding="utf-8"))
    text = BROKEN[words] + "\nsinks: { out: { type: stdout } }\n"
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(yaml.safe_load(text))), words
    bridge.configure(text)
    bridge.run("validate", "-c", bridge.file, code=3)
    assert os.path.basename(bridge.file) in bridge.runs[-1].stderr
