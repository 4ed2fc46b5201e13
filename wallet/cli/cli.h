/* SPDX-License-Identifier: MIT */
/* The frame around every verb of `mien`: tables of verbs and options, parsing, help, results.
 *
 * A verb is one row of a table: words, options, help, and a function. The function reads its
 * options through mien_cli_*, puts its result into cli->result (JSON) and cli->text (words for a
 * person) and returns a status. Nothing reaches stdout before the verb has succeeded; prompts and
 * progress go to stderr. Secrets are never options: they come from a prompt or a file descriptor.
 */
#ifndef MIEN_WALLET_CLI_CLI_H
#define MIEN_WALLET_CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "platform/base/error.h"
#include "platform/console/console.h"
#include "platform/json/json.h"

#define MIEN_CLI_MAX_OPTIONS 64  /* options given in one call */
#define MIEN_CLI_MAX_OPERANDS 64 /* operands given in one call */

typedef struct mien_cli mien_cli;

typedef struct mien_cli_option {
    const char *name;  /* without the dashes: "source" */
    char letter;       /* short form, 0 for none */
    const char *value; /* what stands behind it in help ("FILE"), NULL for a flag */
    bool repeat;       /* may be given more than once */
    const char *help;  /* one sentence, no full stop */
} mien_cli_option;

/* Option tables end with a row whose name is NULL. */
#define MIEN_CLI_OPTIONS_END                                                                       \
    { NULL, 0, NULL, false, NULL }

typedef struct mien_cli_verb {
    const char *words;    /* "psbt sign" */
    const char *summary;  /* one line */
    const char *operands; /* "PSBT", NULL for none; help only */
    int operands_min, operands_max;
    const mien_cli_option *const *options; /* NULL-terminated list of option tables */
    const char *details;  /* paragraphs of the help, wrapped at 96 columns; may be NULL */
    const char *examples; /* lines of "command   # why"; never NULL */
    mien_status (*run)(mien_cli *cli, mien_error *error);
} mien_cli_verb;

/* All verbs in the order of the help; ends with words == NULL. One table a file. */
extern const mien_cli_verb *const mien_cli_verb_tables[];

struct mien_cli {
    const mien_cli_verb *verb;
    struct {
        const mien_cli_option *option;
        const char *value; /* NULL for flags */
    } given[MIEN_CLI_MAX_OPTIONS];
    size_t given_count;
    const char *operands[MIEN_CLI_MAX_OPERANDS];
    size_t operand_count;
    bool json, quiet;
    FILE *text;     /* memory; shown on stdout when the verb succeeded and json is off */
    json_t *result; /* object; shown when json is on */
    mien_console_progress progress;
    uint8_t policy_digest[32]; /* of the policy that was verified behind the face (cli/policy.h) */
    unsigned proof_means;      /* MIEN_MEANS_* of the proof that will be made; 0 for none */
    /* Set by a verb whose result must not be lost; undoes what the verb did when the result could
     * not be written. NULL otherwise. */
    void (*unseen)(const mien_cli *cli);
};

/* Options that every verb takes: --json, --quiet, --home, --help. A verb's own option of the same
 * name takes precedence (eval has a --json FILE of its own). */
extern const mien_cli_option mien_cli_common_options[];

/* Parse, run, print, and return the exit code. The whole program but main() itself. */
int mien_cli_main(int argc, char **argv);

/* The value of an option, NULL when it was not given; the last one of a repeated option. */
const char *mien_cli_value(const mien_cli *cli, const char *name);
bool mien_cli_flag(const mien_cli *cli, const char *name);
/* Values of a repeated option in the order given; returns how many there are, fills up to
 * `capacity`. */
size_t mien_cli_values(const mien_cli *cli, const char *name, const char **values, size_t capacity);
/* Strict decimal in low..high, or `otherwise` when the option is absent. MIEN_USAGE with words. */
MIEN_MUST_CHECK mien_status mien_cli_number(const mien_cli *cli, const char *name, uint64_t *out,
                                            uint64_t otherwise, uint64_t low, uint64_t high,
                                            mien_error *error);
/* Exactly `length` bytes of hex, with or without 0x. MIEN_USAGE with words that name `what`. */
MIEN_MUST_CHECK mien_status mien_cli_hex(uint8_t *out, size_t length, const char *text,
                                         const char *what, mien_error *error);

/* Fill cli->verb, given and operands from the arguments. MIEN_USAGE with words and a suggestion.
 * *help is set when help was asked for; cli->verb is NULL then if no verb was named, and `group`
 * holds the first words of a group ("psbt") or NULL. */
MIEN_MUST_CHECK mien_status mien_cli_parse(mien_cli *cli, bool *help, const char **group, int argc,
                                           char **argv, mien_error *error);
/* The known word nearest to `given`, or NULL when none is near: at most a third of its letters
 * are wrong. `words` ends with NULL. */
const char *mien_cli_nearest(const char *given, const char *const *words);

/* Help of a verb, of a group, or (both NULL) of the program. */
void mien_cli_help(FILE *out, const mien_cli_verb *verb, const char *group);
/* Completion script for bash and manual page in roff, from the same tables. */
void mien_cli_completion(FILE *out);
void mien_cli_manual(FILE *out);

/* Progress on stderr (platform/console), silent with --json or --quiet; stops the work on a signal.
 * Points into *cli. */
mien_progress mien_cli_progress(mien_cli *cli);
/* Lines to stderr unless --quiet; whatever could repaint the terminal is replaced by '?'. */
void mien_cli_say(const mien_cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
