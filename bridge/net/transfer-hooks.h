#pragma once
// What libcurl calls while a transfer runs: taking in the answer, opening sockets under the address
// policy, trusting certificates. None of it calls libcurl's state machine or the client's users.

#include "bridge/base/cleanup.h"

struct http_transfer;

// Sets them on the transfer's new handle, for good. 0 or -ENOMEM.
int transfer_hooks_set(struct http_transfer *transfer) MUST_CHECK;
