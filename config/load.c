#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/base/time-zone.h"
#include "bridge/spi/settings.h"
#include "config/config.h"
#include "config/read-all.h"
#include "config/secrets.h"
#include "config/sections.h"

static bool is_stdin(const struct config_input *input)
{
    return str_eq(input->file, "-");
}

static int read_file(const struct config_input *input, struct buf *ret)
{
    if (is_stdin(input)) {
        return read_all(STDIN_FILENO, ret);
    }
    AUTO_CLOSE int fd = open(input->file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return fd < 0 ? -errno : read_all(fd, ret);
}

// The text to read: the caller's, or the file's (then owned by *ret_file).
static int get_text(const struct config_input *input, struct problem_list *problems,
                    struct bytes *ret_file, const char **ret_text, size_t *ret_len)
{
    if (input->text) {
        *ret_text = input->text;
        *ret_len = input->text_len;
        return 0;
    }
    struct buf content = { .max = TREE_TEXT_MAX + 1 }; // the reader refuses the one byte more
    int r = read_file(input, &content);
    *ret_file = buf_take(&content);
    *ret_text = ret_file->data ? ret_file->data : "";
    *ret_len = ret_file->len;
    if (r == 0 || r == -ENOMEM) {
        return r;
    }
    problem_list_add(problems, (struct place){ 0 }, "unreadable_file",
                     "the configuration cannot be read: %s; give its path with -c",
                     r == -EMSGSIZE ? "it is larger than 64 MiB" : strerror(-r));
    return -EINVAL;
}

// What relative paths start with: the folder of the file, "" when there is none.
static char *directory_of(const struct config_input *input)
{
    const char *slash = input->file && !is_stdin(input) ? strrchr(input->file, '/') : NULL;
    return slash ? strndup(input->file, (size_t)(slash - input->file) + 1) : strdup("");
}

static const char *process_getenv(const char *name)
{
    return getenv(name);
}

static struct settings *settings_new(const struct config_input *input)
{
    struct settings *settings = calloc(1, sizeof(*settings));
    if (!settings) {
        return NULL;
    }
    settings->refs = 1;
    settings->file = input->file ? strdup(input->file) : NULL;
    if (input->file && !settings->file) {
        return settings_unref(settings);
    }
    return settings;
}

static int bind(struct settings *settings, const struct config_input *input, struct tree *tree,
                struct problem_list *problems)
{
    AUTO_FREE char *directory = directory_of(input);
    if (!directory) {
        return -ENOMEM;
    }
    struct binder binder = {
        .arena = &tree->arena,
        .problems = problems,
        .settings = settings,
        .directory = directory,
        .getenv = input->getenv ? input->getenv : process_getenv,
    };
    sections_bind(&binder, input->drivers, &tree->root);
    finish_secret_files(settings);
    (void)time_zone_unref(binder.zone);
    return 0;
}

static int load(struct settings *settings, const struct config_input *input,
                struct problem_list *problems)
{
    struct bytes file = { 0 };
    const char *text = NULL;
    size_t len = 0;
    struct tree tree = { 0 };
    int r = get_text(input, problems, &file, &text, &len);
    if (r == 0) {
        r = tree_read(&tree, text, len, problems);
    }
    wipe_bytes(&file); // the tree has its own copies
    if (r == 0) {
        r = bind(settings, input, &tree, problems);
    }
    tree_deinit(&tree);
    if (r == -ENOMEM || problems->no_memory) {
        return -ENOMEM;
    }
    return r != 0 || problems->errors > 0 ? -EINVAL : 0;
}

int config_load(struct settings **ret, const struct config_input *input, struct problems *problems)
{
    AUTO_SETTINGS struct settings *settings = settings_new(input);
    if (!settings) {
        return -ENOMEM;
    }
    struct problem_list list = { .file = is_stdin(input) ? "<stdin>" : input->file };
    int r = load(settings, input, &list);
    problem_list_finish(&list, problems);
    if (r == 0) {
        *ret = STEAL(settings);
    }
    return r;
}
