#pragma once
// What follows from failures for the sink as a whole: its breaker, and its being disabled. A part
// of struct sink_sender.

#include "bridge/deliver/sink-keeper.h"

struct attempt_run;
struct sink_sender;

// A decided attempt, before it is stored: the outcome of one that disables its sink becomes held.
void trouble_judge(struct sink_sender *sender, struct attempt_run *run);
// As sink_keeper.on_done, for a sender.
void trouble_kept(enum keeper_wish done, void *userdata);
