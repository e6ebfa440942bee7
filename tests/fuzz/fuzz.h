#pragma once
// A fuzz target: one function that must come back from any input. libFuzzer's own interface, so
// that a target is linked with libFuzzer or with replay.c. A broken promise ends in assert().

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
