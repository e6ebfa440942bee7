#pragma once
// Colours for people: on a terminal, never in a pipe, never with NO_COLOR (no-color.org).

#include <stdbool.h>
#include <stdio.h>

enum colour { PLAIN, DIM, BOLD, RED, GREEN, YELLOW, CYAN };

bool terminal_wants_colour(FILE *out);
// The sequence that begins a colour; PLAIN ends all. "" when not coloured. Static text.
const char *terminal_paint(bool coloured, enum colour colour);
