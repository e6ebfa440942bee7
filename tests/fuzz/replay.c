// Runs a fuzz target over its corpus and over mutations of it, the same ones in every run.
//
// Usage: replay CORPUS ROUNDS
// An input that ends the process is left behind as crash-input in the working directory; put into
// the corpus, it is run first from then on.

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "tests/fuzz/fuzz.h"

#define SEEDS_MAX 1000
#define INPUT_MAX 65536

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

struct seeds {
    struct bytes v[SEEDS_MAX];
    size_t n;
};

static struct bytes input; // under test

static void save_input(void)
{
    int fd = open("crash-input", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, input.data, input.len) < 0) {
        return;
    }
    static const char words[] = "the input is in ./crash-input\n";
    (void)!write(STDERR_FILENO, words, sizeof(words) - 1);
}

static void on_signal(int number)
{
    (void)signal(number, SIG_DFL);
    save_input();
    (void)raise(number);
}

// splitmix64: the same numbers everywhere.
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t below(uint64_t *state, size_t n)
{
    return n == 0 ? 0 : next_random(state) % n;
}

static void must(int error)
{
    if (error) {
        (void)fprintf(stderr, "out of memory\n");
        exit(2);
    }
}

static void replace(struct buf *buf, size_t at, size_t drop, const void *put, size_t len)
{
    AUTO_BUF struct buf out = { 0 };
    must(buf_append(&out, buf->data, at));
    must(buf_append(&out, put, len));
    must(buf_append(&out, buf->data + at + drop, buf->len - at - drop));
    buf_clear(buf);
    must(buf_append(buf, out.data ? out.data : "", out.len));
}

static void put_token(struct buf *buf, uint64_t *state, size_t at)
{
    static const char *const tokens[] = {
        "{",      "}",
        "[",      "]",
        "\"",     ":",
        ",",      "\n",
        "\x1e",   "\\u0000",
        "\\ud8",  "null",
        "1e9",    "-0",
        "1.0",    "9223372036854775808",
        "${",     "}",
        "&a ",    "*a",
        "<<: ",   "- ",
        "? ",     "| ",
        "!!str ", "\xef\xbb\xbf",
        "\xc3",   "'",
        ": {",    "id",
        ".[]",    "../",
        "%",      "5m",
        "\t",     "#",
        "---\n",  "~",
    };
    const char *token = tokens[below(state, ARRAY_LEN(tokens))];
    replace(buf, at, 0, token, strlen(token));
}

static void mutate(struct buf *buf, uint64_t *state, const struct seeds *seeds)
{
    size_t at = below(state, buf->len + 1);
    size_t run = below(state, buf->len - at < 32 ? buf->len - at + 1 : 33);
    char byte = (char)next_random(state);
    const struct bytes *other = &seeds->v[below(state, seeds->n)];
    size_t from = below(state, other->len + 1);

    switch (below(state, 7)) {
    case 0: put_token(buf, state, at); break;
    case 1: replace(buf, at, 0, &byte, 1); break;
    case 2: replace(buf, at, run, "", 0); break;
    case 3: replace(buf, at, at < buf->len, &byte, 1); break;
    case 4: { // repeat what is there
        AUTO_BYTES struct bytes copy = { 0 };
        must(bytes_dup(&copy, buf->data + at, run));
        replace(buf, at, 0, copy.data ? copy.data : "", copy.len);
        break;
    }
    case 5: replace(buf, at, buf->len - at, other->data + from, other->len - from); break;
    default:
        if (at < buf->len) {
            buf->data[at] = (char)(buf->data[at] ^ 1 << below(state, 8));
        }
    }
}

// A copy of its own, so that a read past the end is one for the address sanitizer.
static void run(const void *data, size_t len)
{
    input.len = len > INPUT_MAX ? INPUT_MAX : len;
    input.data = malloc(input.len ? input.len : 1);
    must(!input.data);
    memcpy(input.data, data, input.len);
    (void)LLVMFuzzerTestOneInput((const uint8_t *)input.data, input.len);
    free(input.data);
    input.data = NULL;
}

static void load(struct seeds *seeds, const char *folder, const char *name)
{
    AUTO_FREE char *path = str_printf("%s/%s", folder, name);
    AUTO_BUF struct buf buf = { .max = 16 * INPUT_MAX };
    char chunk[4096];
    size_t n;
    must(!path);
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    must(buf_append(&buf, "", 0));
    while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0) {
        must(buf_append(&buf, chunk, n));
    }
    (void)fclose(file);
    must(buf_reserve(&buf, 1)); // an empty file has data too
    seeds->v[seeds->n++] = buf_take(&buf);
}

// In the order of their names: the order of a folder is no two machines' alike.
static void load_all(struct seeds *seeds, const char *folder)
{
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.' && seeds->n < SEEDS_MAX) {
            load(seeds, folder, entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
    if (seeds->n == 0) {
        (void)fprintf(stderr, "%s holds no inputs\n", folder);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    static struct seeds seeds;
    uint64_t rounds;
    if (argc != 3 || !str_to_u64(argv[2], &rounds)) {
        (void)fprintf(stderr, "usage: %s CORPUS ROUNDS\n", argv[0]);
        return 2;
    }
    if (__sanitizer_set_death_callback) {
        __sanitizer_set_death_callback(save_input);
    }
    (void)signal(SIGABRT, on_signal);
    (void)signal(SIGALRM, on_signal);
    load_all(&seeds, argv[1]);
    for (size_t i = 0; i < seeds.n; i++) {
        run(seeds.v[i].data, seeds.v[i].len);
    }
    for (uint64_t round = 0; round < rounds; round++) {
        uint64_t state = round;
        AUTO_BUF struct buf mutant = { 0 };
        const struct bytes *seed = &seeds.v[below(&state, seeds.n)];
        must(buf_append(&mutant, seed->data, seed->len));
        must(buf_reserve(&mutant, 1));
        for (size_t i = below(&state, 6); i < 6; i++) {
            mutate(&mutant, &state, &seeds);
        }
        (void)alarm(20); // an input that takes seconds is a find as well
        run(mutant.data, mutant.len);
    }
    (void)printf("%zu inputs, %llu mutations\n", seeds.n, (unsigned long long)rounds);
    for (size_t i = 0; i < seeds.n; i++) {
        bytes_deinit(&seeds.v[i]);
    }
    return 0;
}
