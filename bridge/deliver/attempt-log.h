#pragma once
// How attempts are told in the log: delivered at debug, failed ones as warnings with what happens
// next, final ones as errors.

struct attempt_run;
struct delivery;

void attempt_log(const struct attempt_run *run); // a decided attempt
void attempt_log_born_failed(
    const struct delivery *delivery); // its template failed, nothing is sent
