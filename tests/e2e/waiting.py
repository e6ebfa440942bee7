"""Lists that threads fill and tests wait on: readiness is asked for, never slept for."""

import os
import threading
import time

# Sanitizers and a busy machine stretch everything alike.
PATIENCE = float(os.environ.get("POLLBRIDGE_TEST_PATIENCE", "30"))


class Gone(AssertionError):
    """What a test waited for did not come."""


def wait_until(found, pause=0.05):
    """Asks until found() is something, and returns that."""
    deadline = time.monotonic() + PATIENCE
    while True:
        value = found()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Gone(f"asked for {PATIENCE} s, and it is still {value!r}")
        time.sleep(pause)


class Journal:
    """An append-only list with a condition; readers wait until a predicate holds."""

    def __init__(self):
        self._condition = threading.Condition()
        self._entries = []
        self._closed = None

    def append(self, entry):
        with self._condition:
            self._entries.append(entry)
            self._condition.notify_all()

    def close(self, why):
        """Nothing comes any more; whoever waits is told why."""
        with self._condition:
            self._closed = why
            self._condition.notify_all()

    def all(self):
        with self._condition:
            return list(self._entries)

    def __len__(self):
        return len(self.all())

    def wait_until(self, predicate, what, patience=None):
        """Waits until predicate(entries) is true and returns what it returned."""
        deadline = time.monotonic() + (patience or PATIENCE)
        with self._condition:
            while True:
                found = predicate(list(self._entries))
                if found:
                    return found
                left = deadline - time.monotonic()
                if self._closed or left <= 0:
                    why = self._closed or "time is up"
                    raise Gone(f"waited for {what}: {why}; there are {self._entries!r}")
                self._condition.wait(left)

    def wait_for(self, match, count=1, what="entries", patience=None):
        """Waits for `count` entries for which match(entry) is true and returns all of them."""

        def enough(entries):
            found = [entry for entry in entries if match(entry)]
            return found if len(found) >= count else None

        return self.wait_until(enough, f"{count} {what}", patience)
