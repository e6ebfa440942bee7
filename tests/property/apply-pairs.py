"""Applies our patches with appliers that others wrote, and compares.

    apply-pairs.py jsonpatch WRITE_PAIRS                 Debian's python3-jsonpatch
    apply-pairs.py fast-json-patch WRITE_PAIRS FOLDER    npm's, installed into FOLDER

For jsonpatch numbers are read as Decimal, so that nothing is rounded on the way; 1 and 1.0 are
equal, true and 1 are not. POLLBRIDGE_PROPERTY_PAIRS sets the number of pairs,
POLLBRIDGE_PROPERTY_SEED the seed.
"""

import decimal
import json
import os
import pathlib
import re
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import npm  # noqa: E402
import pytest  # noqa: E402

SKIPPED = 77


def same(a, b):
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def apply_with_jsonpatch(pairs):
    """How many pairs were applied and skipped; ends the process at the first that differs."""
    import jsonpatch

    applied = skipped = operations = 0
    for line in pairs:
        pair = json.loads(line, parse_int=decimal.Decimal, parse_float=decimal.Decimal)
        # python3-jsonpatch takes a member named "-" for the end of a list when it is replaced.
        if any(op["op"] == "replace" and op["path"].endswith("/-") for op in pair["patch"]):
            skipped += 1
            continue
        operations += len(pair["patch"])
        result = jsonpatch.apply_patch(pair["before"], pair["patch"], in_place=True)
        if not same(result, pair["after"]):
            sys.exit(f"pair {applied} differs: {line.decode()}")
        applied += 1
    return f"{applied} pairs, {operations} operations, {skipped} pairs skipped"


def apply_with_node(pairs, folder):
    run = subprocess.run(
        ("node", "apply-pairs.mjs"), cwd=folder, stdin=pairs, stdout=subprocess.PIPE, text=True
    )
    if run.returncode != 0:
        sys.exit(run.stdout or "node failed")
    return run.stdout.strip()


def why_missing(applier, folder):
    """Nothing when the applier is there."""
    if applier == "jsonpatch":
        try:
            import jsonpatch  # noqa: F401
        except ImportError:
            return "the Python module jsonpatch is missing (Debian: python3-jsonpatch)"
        return None
    try:
        npm.installed(HERE / "appliers", "apply-pairs.mjs", folder)
    except pytest.skip.Exception as why:
        return str(why)
    return None


def main():
    applier, write_pairs, *folder = sys.argv[1:]
    missing = why_missing(applier, *folder or [None])
    if missing:
        print(f"SKIP: {missing}")
        return SKIPPED
    count = int(os.environ.get("POLLBRIDGE_PROPERTY_PAIRS", "5000"))
    seed = os.environ.get("POLLBRIDGE_PROPERTY_SEED", str(int(time.time())))
    print(f"# POLLBRIDGE_PROPERTY_SEED={seed}")
    writer = subprocess.Popen((write_pairs, str(count), seed), stdout=subprocess.PIPE)
    if applier == "jsonpatch":
        told = apply_with_jsonpatch(writer.stdout)
    else:
        told = apply_with_node(writer.stdout, *folder)
    print(f"{applier}: {told}")
    applied, skipped = (int(re.search(rf"(\d+) pairs{what}", told).group(1)) for what in (",", " s"))
    ended = writer.wait()
    return 0 if ended == 0 and applied + skipped == count and skipped * 20 <= count else 1


if __name__ == "__main__":
    sys.exit(main())
