#pragma once
// The poller as bridge/spi/control.h wants it.

struct control;
struct poller;

struct control source_control_of(struct poller *poller); // lives as long as the poller
