#include "bridge/base/cron.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"

#define TEXT_MAX 256

struct field {
    const char *what;
    int least, most;
    const char *const *names; // of the values from `least`; NULL: none
};

static const char *const month_names[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul",
                                           "aug", "sep", "oct", "nov", "dec", NULL };
static const char *const weekday_names[] = {
    "sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL
};
static const struct field fields[] = {
    { "minute", 0, 59, NULL },
    { "hour", 0, 23, NULL },
    { "day of month", 1, 31, NULL },
    { "month", 1, 12, month_names },
    { "day of week", 0, 7, weekday_names },
};
#define FIELDS ARRAY_LEN(fields)

static const struct {
    const char *name;
    const char *text;
} nicknames[] = {
    { "@hourly", "0 * * * *" },   { "@daily", "0 0 * * *" },   { "@midnight", "0 0 * * *" },
    { "@weekly", "0 0 * * 0" },   { "@monthly", "0 0 1 * *" }, { "@yearly", "0 0 1 1 *" },
    { "@annually", "0 0 1 1 *" },
};

// ---- one field ----

static bool take_name(const struct field *field, const char **at, int *ret)
{
    for (int i = 0; field->names && field->names[i]; i++) {
        if (strncasecmp(*at, field->names[i], 3) == 0 && !isalpha((unsigned char)(*at)[3])) {
            *at += 3;
            *ret = field->least + i;
            return true;
        }
    }
    return false;
}

static bool take_number(const char **at, int *ret)
{
    size_t digits = strspn(*at, "0123456789");
    int value = 0;
    if (digits == 0 || digits > 4) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + ((*at)[i] - '0');
    }
    *at += digits;
    *ret = value;
    return true;
}

static bool take_value(const struct field *field, const char **at, int *ret)
{
    return take_name(field, at, ret) ||
           (take_number(at, ret) && *ret >= field->least && *ret <= field->most);
}

static bool take_char(const char **at, char c)
{
    if (**at != c) {
        return false;
    }
    (*at)++;
    return true;
}

// "*", "?", "5", "1-5", and each with "/2" behind it.
static bool take_range(const struct field *field, const char **at, uint64_t *ret)
{
    int first = field->least;
    int last = field->most;
    int step = 1;
    bool star = take_char(at, '*') || take_char(at, '?');
    if (!star) {
        if (!take_value(field, at, &first)) {
            return false;
        }
        last = first;
        if (take_char(at, '-')) {
            if (!take_value(field, at, &last) || last < first) {
                return false;
            }
        } else if (**at == '/') {
            last = field->most;
        }
    }
    if (take_char(at, '/') && (!take_number(at, &step) || step == 0)) {
        return false;
    }
    for (int value = first; value <= last; value += step) {
        *ret |= UINT64_C(1) << value;
    }
    return true;
}

static bool read_field(const struct field *field, const char *text, uint64_t *ret)
{
    *ret = 0;
    do {
        if (!take_range(field, &text, ret)) {
            return false;
        }
    } while (take_char(&text, ','));
    return *text == '\0';
}

// ---- the whole ----

static bool is_star(const char *text)
{
    return *text == '*' || *text == '?';
}

static int refuse(struct problem **reterr, const char *what, const char *shown)
{
    return problem_set(reterr, CRON_E_BAD, "bad_schedule",
                       "%s \"%.64s\"; write five fields, such "
                       "as \"*/15 8-18 * * mon-fri\", or @hourly, @daily, @weekly, @monthly or "
                       "@yearly",
                       what, shown);
}

static int read_fields(struct cron *ret, char *const texts[], struct problem **reterr)
{
    uint64_t bits[FIELDS];
    for (size_t i = 0; i < FIELDS; i++) {
        if (!read_field(&fields[i], texts[i], &bits[i])) {
            AUTO_FREE char *what = str_printf("the %s cannot be", fields[i].what);
            return refuse(reterr, what ? what : fields[i].what, texts[i]);
        }
    }
    *ret = (struct cron){
        .minutes = bits[0],
        .hours = (uint32_t)bits[1],
        .days = (uint32_t)bits[2],
        .months = (uint16_t)bits[3],
        .weekdays = (uint8_t)((bits[4] | bits[4] >> 7) & 0x7f), // 7 is Sunday too
        .any_day = is_star(texts[2]),
        .any_weekday = is_star(texts[4]),
        .follows_clock = is_star(texts[0]) || is_star(texts[1]),
    };
    return 0;
}

// How many there are; more than FIELDS are only counted.
static size_t split(char *text, char *ret[FIELDS])
{
    size_t n = 0;
    char *state = NULL;
    for (char *word = strtok_r(text, " \t", &state); word; word = strtok_r(NULL, " \t", &state)) {
        if (n < FIELDS) {
            ret[n] = word;
        }
        n++;
    }
    return n;
}

static const char *expand(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(nicknames); i++) {
        if (strcasecmp(text, nicknames[i].name) == 0) {
            return nicknames[i].text;
        }
    }
    return text;
}

// Some day of these months fits, in leap years at least.
static bool has_a_day(const struct cron *cron)
{
    static const int lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool needs_day = cron->any_weekday || cron->any_day; // else a weekday alone will do
    for (int month = 1; month <= 12; month++) {
        uint32_t days = (uint32_t)((UINT64_C(1) << (lengths[month - 1] + 1)) - 1);
        if (cron->months >> month & 1 && (!needs_day || cron->days & days)) {
            return true;
        }
    }
    return false;
}

int cron_parse(struct cron *ret, const char *text, struct problem **reterr)
{
    char copy[TEXT_MAX];
    char *words[FIELDS] = { 0 };
    text = expand(text);
    if (strlen(text) >= sizeof(copy)) {
        return refuse(reterr, "too long for a schedule is", text);
    }
    memcpy(copy, text, strlen(text) + 1);
    size_t n = split(copy, words);
    if (n == FIELDS + 1) {
        return refuse(reterr, "there are no seconds and no years in a schedule:", text);
    }
    if (n != FIELDS) {
        return refuse(reterr, "no schedule is", text);
    }
    int r = read_fields(ret, words, reterr);
    if (r == 0 && !has_a_day(ret)) {
        r = refuse(reterr, "no day ever fits", text);
    }
    return r;
}
