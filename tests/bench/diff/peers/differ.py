"""differ.py BEFORE AFTER ROUNDS: as bench-diff, with Debian's python3-jsonpatch."""

import json
import pathlib
import sys
import time

import jsonpatch

before, after = (pathlib.Path(name).read_text() for name in sys.argv[1:3])
patch = ""
for _ in range(int(sys.argv[3])):
    start = time.perf_counter()
    patch = jsonpatch.make_patch(json.loads(before), json.loads(after)).to_string()
    print((time.perf_counter() - start) * 1e6)
# Not ru_maxrss, which a process inherits from the one that starts it.
status = pathlib.Path("/proc/self/status").read_text()
print(status.split("VmHWM:")[1].split()[0])
print(patch)
