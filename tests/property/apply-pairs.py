"""Applies our patches with python3-jsonpatch and compares.

    apply-pairs.py WRITE_PAIRS

Numbers are read as Decimal, so that nothing is rounded on the way; 1 and 1.0 are equal, true and 1
are not. POLLBRIDGE_PROPERTY_PAIRS sets the number of pairs, POLLBRIDGE_PROPERTY_SEED the seed.
"""

import decimal
import json
import os
import subprocess
import sys
import time

try:
    import jsonpatch
except ImportError:
    print("SKIP: the Python module jsonpatch is missing (Debian: python3-jsonpatch)")
    sys.exit(77)


def same(a, b):
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def main():
    count = os.environ.get("POLLBRIDGE_PROPERTY_PAIRS", "5000")
    seed = os.environ.get("POLLBRIDGE_PROPERTY_SEED", str(int(time.time())))
    print(f"# POLLBRIDGE_PROPERTY_SEED={seed}")
    command = [sys.argv[1], count, seed]
    pairs = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    applied = skipped = operations = 0
    for line in pairs.decode().split("\n")[:-1]:
        pair = json.loads(line, parse_int=decimal.Decimal, parse_float=decimal.Decimal)
        # python3-jsonpatch takes a member named "-" for the end of a list when it is replaced.
        if any(op["op"] == "replace" and op["path"].endswith("/-") for op in pair["patch"]):
            skipped += 1
            continue
        operations += len(pair["patch"])
        result = jsonpatch.apply_patch(pair["before"], pair["patch"])
        if not same(result, pair["after"]):
            print(f"pair {applied} differs: {line}")
            return 1
        applied += 1
    print(f"{applied} pairs, {operations} operations, {skipped} pairs skipped")
    return 0 if applied + skipped == int(count) and skipped * 20 <= int(count) else 1


if __name__ == "__main__":
    sys.exit(main())
