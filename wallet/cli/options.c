/* SPDX-License-Identifier: MIT */
/* Arguments to options and operands, strictly: nothing is guessed, but the nearest word is named.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wallet/cli/cli.h"
#include "wallet/encoding/hex.h"

#define NEAREST_MAX 64 /* letters of a word that is worth a suggestion */

const mien_cli_option mien_cli_common_options[] = {
    {"json", 0, NULL, false, "print one JSON object on stdout, also for an error"},
    {"quiet", 'q', NULL, false, "no progress and no advice on stderr"},
    {"home", 0, "FOLDER", false, "wallet folder instead of $MIEN_HOME or the default"},
    {"help", 'h', NULL, false, "explain this command"},
    MIEN_CLI_OPTIONS_END};

/* Levenshtein distance with transpositions, both words at most NEAREST_MAX letters. */
static size_t distance(const char *a, const char *b) {
    size_t length_a = strlen(a), length_b = strlen(b);
    size_t rows[3][NEAREST_MAX + 1];
    for (size_t j = 0; j <= length_b; j++) rows[0][j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < best) best = above[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && two_above[j - 2] + 1 < best) best = two_above[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[length_a % 3][length_b];
}

const char *mien_cli_nearest(const char *given, const char *const *words) {
    const char *nearest = NULL;
    size_t length = strlen(given);
    if (length > NEAREST_MAX) return NULL;
    size_t best = (length + 2) / 3 + 1;
    for (; *words != NULL; words++) {
        if (strlen(*words) > NEAREST_MAX) continue;
        size_t d = distance(given, *words);
        if (d < best) best = d, nearest = *words;
    }
    return nearest;
}

/* group: the word before, whose help tells what there is, or NULL. */
static mien_status unknown(const char *what, const char *given, const char *group,
                           const char *const *words, mien_error *error) {
    const char *near = mien_cli_nearest(given, words);
    if (near == NULL)
        return mien_fail(error, MIEN_USAGE, "unknown %s '%.60s'; see mien%s%s --help", what, given,
                         group != NULL ? " " : "", group != NULL ? group : "");
    return mien_fail(error, MIEN_USAGE, "unknown %s '%.60s'; did you mean '%s'?", what, given,
                     near);
}

/* Length of the first `count` words of a verb, 0 when it has fewer. */
static size_t words_length(const char *words, int count) {
    const char *end = words;
    for (int i = 0; i < count; i++) {
        if (*end == '\0') return 0;
        end += strcspn(end, " ");
        if (i + 1 < count && *end == ' ') end++;
    }
    return (size_t)(end - words);
}

/* The verb of this word, or of these two words. */
static const mien_cli_verb *find_verb(const char *first, const char *second) {
    for (const mien_cli_verb *const *table = mien_cli_verb_tables; *table != NULL; table++)
        for (const mien_cli_verb *verb = *table; verb->words != NULL; verb++) {
            size_t length = words_length(verb->words, 1);
            if (strlen(first) != length || strncmp(verb->words, first, length) != 0) continue;
            if (verb->words[length] == '\0') return verb;
            if (second != NULL && strcmp(verb->words + length + 1, second) == 0) return verb;
        }
    return NULL;
}

/* First words of verbs (group == NULL) or second words within a group. At most 63 of them. */
static void collect_words(const char *out[64], char storage[64][24], const char *group) {
    size_t count = 0;
    for (const mien_cli_verb *const *table = mien_cli_verb_tables; *table != NULL; table++)
        for (const mien_cli_verb *verb = *table; verb->words != NULL && count < 63; verb++) {
            const char *word = verb->words;
            size_t length = words_length(word, 1);
            if (group != NULL) {
                if (strlen(group) != length || strncmp(word, group, length) != 0) continue;
                if (word[length] == '\0') continue;
                word += length + 1;
                length = strlen(word);
            }
            if (length >= sizeof storage[0]) continue;
            memcpy(storage[count], word, length);
            storage[count][length] = '\0';
            out[count] = storage[count];
            count++;
        }
    out[count] = NULL;
}

static bool is_group(const char *word) {
    const char *words[64];
    char storage[64][24];
    collect_words(words, storage, word);
    return words[0] != NULL;
}

static mien_status unknown_verb(const char *group, const char *given, mien_error *error) {
    const char *words[64];
    char storage[64][24];
    collect_words(words, storage, group);
    return unknown("command", given, group, words, error);
}

static const mien_cli_option *find_in(const mien_cli_option *table, const char *name, size_t length,
                                      char letter) {
    for (; table->name != NULL; table++) {
        if (letter != 0 ? table->letter == letter
                        : strlen(table->name) == length && memcmp(table->name, name, length) == 0)
            return table;
    }
    return NULL;
}

static const mien_cli_option *find_option(const mien_cli_verb *verb, const char *name,
                                          size_t length, char letter) {
    const mien_cli_option *found = NULL;
    for (const mien_cli_option *const *table = verb != NULL ? verb->options : NULL;
         table != NULL && *table != NULL && found == NULL; table++)
        found = find_in(*table, name, length, letter);
    return found != NULL ? found : find_in(mien_cli_common_options, name, length, letter);
}

static mien_status unknown_option(const mien_cli_verb *verb, const char *name, size_t length,
                                  mien_error *error) {
    const char *names[64];
    size_t count = 0;
    char given[64];
    snprintf(given, sizeof given, "%.*s", (int)(length < 60 ? length : 60), name);
    for (const mien_cli_option *o = mien_cli_common_options; o->name != NULL; o++)
        names[count++] = o->name;
    for (const mien_cli_option *const *table = verb != NULL ? verb->options : NULL;
         table != NULL && *table != NULL; table++)
        for (const mien_cli_option *o = *table; o->name != NULL && count < 63; o++)
            names[count++] = o->name;
    names[count] = NULL;
    const char *near = mien_cli_nearest(given, names);
    if (near != NULL)
        return mien_fail(error, MIEN_USAGE, "unknown option --%s; did you mean --%s?", given, near);
    return mien_fail(error, MIEN_USAGE, "unknown option --%s; see mien%s%s --help", given,
                     verb != NULL ? " " : "", verb != NULL ? verb->words : "");
}

static mien_status keep_option(mien_cli *cli, const mien_cli_option *option, const char *value,
                               mien_error *error) {
    for (size_t i = 0; i < cli->given_count; i++)
        if (cli->given[i].option == option && !option->repeat)
            return mien_fail(error, MIEN_USAGE, "--%s was given twice", option->name);
    if (cli->given_count == MIEN_CLI_MAX_OPTIONS)
        return mien_fail(error, MIEN_USAGE, "more than %d options", MIEN_CLI_MAX_OPTIONS);
    cli->given[cli->given_count].option = option;
    cli->given[cli->given_count++].value = value;
    return MIEN_OK;
}

/* argv[*next] is an option: "--name", "--name=value", "-x". Steps over it and its value. */
static mien_status take_option(mien_cli *cli, int *next, int argc, char **argv, mien_error *error) {
    const char *argument = argv[(*next)++];
    bool is_long = argument[1] == '-';
    const char *name = argument + (is_long ? 2 : 1);
    size_t length = strcspn(name, "=");
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    const mien_cli_option *option = is_long             ? find_option(cli->verb, name, length, 0)
                                    : strlen(name) == 1 ? find_option(cli->verb, name, 1, name[0])
                                                        : NULL;
    if (option == NULL && !is_long)
        return mien_fail(error, MIEN_USAGE, "unknown option %.60s; see mien%s%s --help", argument,
                         cli->verb != NULL ? " " : "", cli->verb != NULL ? cli->verb->words : "");
    if (option == NULL) return unknown_option(cli->verb, name, length, error);
    if (option->value == NULL && value != NULL)
        return mien_fail(error, MIEN_USAGE, "--%s takes no value", option->name);
    if (option->value != NULL && value == NULL) {
        if (*next >= argc)
            return mien_fail(error, MIEN_USAGE, "--%s needs a value: %s", option->name,
                             option->value);
        value = argv[(*next)++];
    }
    if (option->value != NULL && value[0] == '\0')
        return mien_fail(error, MIEN_USAGE, "--%s needs a value: %s", option->name, option->value);
    return keep_option(cli, option, value, error);
}

/* Options may stand before the verb (only common ones) and anywhere behind it. */
static mien_status take_verb(mien_cli *cli, int *next, const char **group, int argc, char **argv,
                             mien_error *error) {
    while (*next < argc && argv[*next][0] == '-' && argv[*next][1] != '\0')
        MIEN_TRY(take_option(cli, next, argc, argv, error));
    if (*next >= argc) return MIEN_OK;
    const char *first = argv[(*next)++];
    const char *second = *next < argc && argv[*next][0] != '-' ? argv[*next] : NULL;
    cli->verb = find_verb(first, second);
    if (cli->verb != NULL) {
        if (strchr(cli->verb->words, ' ') != NULL) (*next)++;
        return MIEN_OK;
    }
    if (!is_group(first)) return unknown_verb(NULL, first, error);
    *group = first;
    if (second != NULL) return unknown_verb(first, second, error);
    return MIEN_OK;
}

static mien_status check_operands(const mien_cli *cli, mien_error *error) {
    const mien_cli_verb *verb = cli->verb;
    if (cli->operand_count < (size_t)verb->operands_min)
        return mien_fail(error, MIEN_USAGE, "missing %s: mien %s %s", verb->operands, verb->words,
                         verb->operands);
    if (cli->operand_count > (size_t)verb->operands_max)
        return mien_fail(error, MIEN_USAGE, "'%.60s' is too much; see mien %s --help",
                         cli->operands[verb->operands_max], verb->words);
    return MIEN_OK;
}

mien_status mien_cli_parse(mien_cli *cli, bool *help, const char **group, int argc, char **argv,
                           mien_error *error) {
    int next = 1;
    bool only_operands = false;
    *help = false;
    *group = NULL;
    /* for the shape of an error in the arguments themselves */
    for (int i = 1; i < argc; i++) cli->json |= strcmp(argv[i], "--json") == 0;
    MIEN_TRY(take_verb(cli, &next, group, argc, argv, error));
    while (next < argc) {
        const char *argument = argv[next];
        if (!only_operands && strcmp(argument, "--") == 0) {
            only_operands = true;
            next++;
        } else if (!only_operands && argument[0] == '-' && argument[1] != '\0') {
            MIEN_TRY(take_option(cli, &next, argc, argv, error));
        } else if (cli->operand_count == MIEN_CLI_MAX_OPERANDS) {
            return mien_fail(error, MIEN_USAGE, "more than %d operands", MIEN_CLI_MAX_OPERANDS);
        } else {
            cli->operands[cli->operand_count++] = argument;
            next++;
        }
    }
    cli->json = mien_cli_flag(cli, "json") && mien_cli_value(cli, "json") == NULL;
    cli->quiet = mien_cli_flag(cli, "quiet");
    *help = mien_cli_flag(cli, "help");
    if (*help) return MIEN_OK;
    if (cli->verb == NULL)
        return mien_fail(error, MIEN_USAGE, "no command given; see mien%s%s --help",
                         *group != NULL ? " " : "", *group != NULL ? *group : "");
    return check_operands(cli, error);
}

const char *mien_cli_value(const mien_cli *cli, const char *name) {
    const char *value = NULL;
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].option->name, name) == 0) value = cli->given[i].value;
    return value;
}

bool mien_cli_flag(const mien_cli *cli, const char *name) {
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].option->name, name) == 0) return true;
    return false;
}

size_t mien_cli_values(const mien_cli *cli, const char *name, const char **values,
                       size_t capacity) {
    size_t count = 0;
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].option->name, name) == 0) {
            if (count < capacity) values[count] = cli->given[i].value;
            count++;
        }
    return count;
}

mien_status mien_cli_number(const mien_cli *cli, const char *name, uint64_t *out,
                            uint64_t otherwise, uint64_t low, uint64_t high, mien_error *error) {
    const char *text = mien_cli_value(cli, name);
    if (text == NULL) {
        *out = otherwise;
        return MIEN_OK;
    }
    errno = 0;
    size_t digits = strspn(text, "0123456789");
    uint64_t value = digits != 0 ? strtoull(text, NULL, 10) : 0;
    if (digits == 0 || text[digits] != '\0' || errno != 0 || value < low || value > high)
        return mien_fail(error, MIEN_USAGE, "--%s must be a whole number from %llu to %llu", name,
                         (unsigned long long)low, (unsigned long long)high);
    *out = value;
    return MIEN_OK;
}

mien_status mien_cli_hex(uint8_t *out, size_t length, const char *text, const char *what,
                         mien_error *error) {
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) text += 2;
    if (mien_hex_decode(out, length, text, strlen(text)) != MIEN_OK)
        return mien_fail(error, MIEN_USAGE, "%s must be %zu bytes in hex (%zu digits)", what,
                         length, 2 * length);
    return MIEN_OK;
}
