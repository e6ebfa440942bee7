#pragma once
// What of a poll's end is worth a line in the log: changes of state once, not every poll.

struct poll_end;
struct poll_rest;
struct poll_source;

// After the state of the source is the new one; next->wait_ms until its next poll, 0: none.
void poll_log_end(const struct poll_source *source, const struct poll_end *end,
                  const struct poll_rest *next);
