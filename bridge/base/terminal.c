#include "bridge/base/terminal.h"

#include <stdlib.h>
#include <unistd.h>

#include "bridge/base/str.h"

bool terminal_wants_colour(FILE *out)
{
    return isatty(fileno(out)) && str_is_empty(getenv("NO_COLOR")) &&
           !str_eq(getenv("TERM"), "dumb");
}

const char *terminal_paint(bool coloured, enum colour colour)
{
    static const char *const codes[] = {
        [PLAIN] = "\033[0m",  [DIM] = "\033[2m",     [BOLD] = "\033[1m",  [RED] = "\033[31m",
        [GREEN] = "\033[32m", [YELLOW] = "\033[33m", [CYAN] = "\033[36m",
    };

    return coloured ? codes[colour] : "";
}
