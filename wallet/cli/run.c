/* SPDX-License-Identifier: MIT */
/* One run of the program: the verb, and what of it reaches stdout and stderr. */
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/base/bytes.h"
#include "platform/console/console.h"
#include "platform/files/file.h"
#include "platform/memory/process.h"
#include "wallet/cli/cli.h"

#define SAID_MAX 2048 /* bytes of one piece of advice */

/* Results may hold a mnemonic once, so what jansson releases is wiped. The blocks stay malloc's, so
 * texts that jansson hands out may be released with free() as well. */
static void wiping_release(void *memory) {
    if (memory == NULL) return;
    mien_wipe(memory, malloc_usable_size(memory));
    free(memory);
}

void mien_cli_say(const mien_cli *cli, const char *format, ...) {
    char text[SAID_MAX];
    if (cli->quiet) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *line = text; line != NULL;) {
        char clean[SAID_MAX];
        char *next = strchr(line, '\n');
        if (next != NULL) *next++ = '\0';
        mien_console_clean(clean, sizeof clean, line);
        fprintf(stderr, "%s\n", clean);
        line = next;
    }
}

static bool only_signals(void *context, const char *step, size_t done, size_t total) {
    (void)context;
    (void)step;
    (void)done;
    (void)total;
    return !mien_console_interrupted();
}

mien_progress mien_cli_progress(mien_cli *cli) {
    mien_progress silent = {only_signals, NULL};
    if (cli->quiet || cli->json) return silent;
    mien_console_progress_start(&cli->progress, STDERR_FILENO, cli->verb->words);
    return mien_console_progress_of(&cli->progress);
}

/* stdout must have taken everything: a full disk must not look like success. */
static mien_status flush_stdout(mien_error *error) {
    if (fflush(stdout) == 0 && ferror(stdout) == 0) return MIEN_OK;
    return mien_fail(error, MIEN_IO, "the result could not be written to stdout");
}

static mien_status print_json(const json_t *object, mien_error *error) {
    if (mien_json_print_to(stdout, object, true) != MIEN_OK)
        return mien_fail(error, MIEN_IO, "the result could not be written to stdout");
    return flush_stdout(error);
}

/* Names of files and keys of JSON stand in it, and those come from anybody. */
static void print_error(const mien_cli *cli, const mien_error *error) {
    json_t *object = NULL;
    mien_error ignored;
    char words[sizeof error->message];
    mien_console_clean(words, sizeof words, mien_error_words(error));
    if (cli->json)
        object =
            json_pack("{s:{s:s, s:s, s:i}}", "error", "status", mien_status_name(error->status),
                      "message", words, "exit_code", mien_status_exit_code(error->status));
    if (object == NULL || print_json(object, &ignored) != MIEN_OK)
        fprintf(stderr, "mien: %s\n", words);
    json_decref(object);
}

/* Files that the verb will write: a face, a PIN and a proof should not be spent on a typing error.
 */
static mien_status check_places(const mien_cli *cli, mien_error *error) {
    static const char *const names[] = {"out",        "record-out", "frame-out",
                                        "ranges-out", "ids-out",    "proof"};
    for (size_t i = 0; i < cli->given_count; i++) {
        const mien_cli_option *option = cli->given[i].option;
        if (option->value == NULL || strncmp(option->value, "FILE", 4) != 0) continue;
        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            if (strcmp(option->name, names[j]) == 0)
                MIEN_TRY(mien_file_check_place(cli->given[i].value, error));
    }
    return MIEN_OK;
}

/* Run the verb with its results going to memory, then show them. */
static mien_status run_verb(mien_cli *cli, mien_error *error) {
    char *text = NULL;
    size_t length = 0;
    cli->text = open_memstream(&text, &length);
    cli->result = json_object();
    mien_status status = MIEN_MEMORY;
    if (cli->text != NULL && cli->result != NULL) status = cli->verb->run(cli, error);
    if (cli->progress.label != NULL) mien_console_progress_end(&cli->progress);
    if (cli->text != NULL && fclose(cli->text) != 0 && status == MIEN_OK) status = MIEN_MEMORY;
    bool ran = status == MIEN_OK;
    if (status == MIEN_OK && cli->json) status = print_json(cli->result, error);
    if (status == MIEN_OK && !cli->json) {
        fwrite(text, 1, length, stdout);
        status = flush_stdout(error);
    }
    if (status != MIEN_OK && ran && cli->unseen != NULL) cli->unseen(cli);
    if (text != NULL) mien_wipe(text, length);
    free(text);
    json_decref(cli->result);
    return status;
}

/* --home stands for $MIEN_HOME, which every room reads for itself. */
static mien_status set_home(const mien_cli *cli, mien_error *error) {
    const char *home = mien_cli_value(cli, "home");
    if (home == NULL || setenv("MIEN_HOME", home, 1) == 0) return MIEN_OK;
    return mien_fail(error, MIEN_MEMORY, "--home could not be kept");
}

static mien_status parse_and_run(mien_cli *cli, int argc, char **argv, mien_error *error) {
    bool help;
    const char *group;
    if (argc < 2) {
        mien_cli_help(stderr, NULL, NULL);
        return MIEN_USAGE;
    }
    MIEN_TRY(mien_cli_parse(cli, &help, &group, argc, argv, error));
    if (help) {
        mien_cli_help(stdout, cli->verb, group);
        return flush_stdout(error);
    }
    MIEN_TRY(mien_process_harden(error));
    MIEN_TRY(set_home(cli, error));
    MIEN_TRY(check_places(cli, error));
    return run_verb(cli, error);
}

/* What people try first: "mien --version" for "mien version", "mien help psbt sign" for "mien psbt
 * sign --help". */
static void accept_habits(int argc, char **argv) {
    static char version[] = "version", help[] = "--help";
    if (argc < 2) return;
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) argv[1] = version;
    if (strcmp(argv[1], "help") != 0) return;
    memmove(argv + 1, argv + 2, (size_t)(argc - 2) * sizeof *argv);
    argv[argc - 1] = help;
}

int mien_cli_main(int argc, char **argv) {
    json_set_alloc_funcs(malloc, wiping_release);
    accept_habits(argc, argv);
    mien_console_watch_signals();
    signal(SIGPIPE, SIG_IGN);
    mien_cli cli = {0};
    mien_error error = {0};
    mien_status status = parse_and_run(&cli, argc, argv, &error);
    if (status == MIEN_OK) return 0;
    if (mien_console_interrupted()) status = MIEN_INTERRUPTED;
    if (error.status != status) {
        error.status = status;
        error.message[0] = '\0';
    }
    if (argc >= 2) print_error(&cli, &error);
    return mien_status_exit_code(status);
}
