#pragma once
// A sink whose waiting updates of one item become one.

#include <stdbool.h>

struct entry;
struct sink_sender;

// The entry was taken to be started. True: it is looked at first what can go with it, and its lane
// has its turn again later.
bool sender_coalesce(struct sink_sender *sender, struct entry *entry);
void sender_forget_coalescings(struct sink_sender *sender);
