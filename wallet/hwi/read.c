/* SPDX-License-Identifier: MIT */
/* Arguments as HWI takes them: options anywhere, "--name value" or "--name=value", and with --stdin
 * more of them on standard input. */
#include <stdlib.h>
#include <string.h>

#include "wallet/hwi/hwi.h"

typedef enum option_kind { TAKES_VALUE, FLAG, IGNORED_FLAG, REFUSED } option_kind;

typedef struct option {
    const char *name, *letter;
    option_kind kind;
    size_t offset; /* of the field in mien_hwi_call */
} option;

#define FIELD(name) offsetof(mien_hwi_call, name)
static const option options[] = {
    {"--fingerprint", "-f", TAKES_VALUE, FIELD(fingerprint)},
    {"--chain", NULL, TAKES_VALUE, FIELD(chain)},
    {"--device-type", "-t", TAKES_VALUE, FIELD(type)},
    {"--device-path", "-d", TAKES_VALUE, FIELD(path)},
    {"--addr-type", NULL, TAKES_VALUE, FIELD(address_type)},
    {"--account", NULL, TAKES_VALUE, FIELD(account)},
    {"--desc", NULL, TAKES_VALUE, FIELD(descriptor)},
    {"--path", NULL, TAKES_VALUE, FIELD(key_path)},
    {"--source", "-s", TAKES_VALUE, FIELD(source)},
    {"--models", NULL, TAKES_VALUE, FIELD(models)},
    {"--version", NULL, FLAG, FIELD(version)},
    {"--help", "-h", FLAG, FIELD(help)},
    {"--stdin", NULL, IGNORED_FLAG, 0}, /* was looked for before */
    {"--debug", NULL, IGNORED_FLAG, 0},
    {"--expert", NULL, IGNORED_FLAG, 0},
    {"--emulators", NULL, IGNORED_FLAG, 0},
    {"--password", "-p", REFUSED, 0},
    {"--stdinpass", NULL, REFUSED, 0},
    {"--interactive", "-i", REFUSED, 0},
};

static mien_status bad(mien_hwi_code *code, mien_error *error, const char *what, const char *word) {
    *code = MIEN_HWI_BAD_ARGUMENT;
    return mien_fail(error, MIEN_USAGE, "%s: %.60s", what, word);
}

static const option *find_option(const char *word, size_t length) {
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        const option *o = &options[i];
        if (strlen(o->name) == length && memcmp(o->name, word, length) == 0) return o;
        if (o->letter != NULL && length == 2 && memcmp(o->letter, word, 2) == 0) return o;
    }
    return NULL;
}

/* words[*next] is an option; steps over it and its value. */
static mien_status take_option(mien_hwi_call *call, mien_hwi_code *code, const char *const *words,
                               size_t count, size_t *next, mien_error *error) {
    const char *word = words[(*next)++];
    const size_t length = strcspn(word, "=");
    const option *o = find_option(word, length);
    const char *value = word[length] == '=' ? word + length + 1 : NULL;
    if (o == NULL) return bad(code, error, "unknown option", word);
    if (o->kind == REFUSED)
        return bad(code, error, "PINs are asked at the terminal, never taken from programs",
                   o->name);
    if (o->kind != TAKES_VALUE && value != NULL)
        return bad(code, error, "this option takes no value", o->name);
    if (o->kind == IGNORED_FLAG) return MIEN_OK;
    uint8_t *field = (uint8_t *)call + o->offset;
    if (o->kind == FLAG) {
        memcpy(field, &(bool){true}, sizeof(bool));
        return MIEN_OK;
    }
    if (value == NULL && *next < count) value = words[(*next)++];
    if (value == NULL) {
        *code = MIEN_HWI_MISSING_ARGUMENTS;
        return mien_fail(error, MIEN_USAGE, "%s needs a value", o->name);
    }
    const char *before;
    memcpy(&before, field, sizeof before);
    if (before != NULL) return bad(code, error, "given twice", o->name);
    memcpy(field, &value, sizeof value);
    return MIEN_OK;
}

static mien_status take_words(mien_hwi_call *call, mien_hwi_code *code, const char *const *words,
                              size_t count, mien_error *error) {
    bool only_operands = false;
    for (size_t i = 0; i < count;) {
        const bool dash = words[i][0] == '-' && words[i][1] != '\0';
        if (!only_operands && strcmp(words[i], "--") == 0) {
            only_operands = true;
            i++;
        } else if (!only_operands && dash) {
            MIEN_TRY(take_option(call, code, words, count, &i, error));
        } else {
            if (call->word_count == MIEN_HWI_WORDS_MAX)
                return bad(code, error, "too many words", words[i]);
            call->words[call->word_count++] = words[i++];
        }
    }
    return MIEN_OK;
}

/* ---- standard input ---- */

static mien_status read_input(char **text, size_t *length, FILE *input, mien_error *error) {
    size_t capacity = 65536, used = 0;
    char *buffer = malloc(capacity);
    while (buffer != NULL) {
        used += fread(buffer + used, 1, capacity - 1 - used, input);
        if (used < capacity - 1 || capacity > MIEN_HWI_INPUT_MAX) break;
        char *larger = realloc(buffer, capacity *= 2);
        if (larger == NULL) free(buffer);
        buffer = larger;
    }
    if (buffer == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for standard input");
    if (used >= MIEN_HWI_INPUT_MAX || memchr(buffer, '\0', used) != NULL) {
        free(buffer);
        return mien_fail(error, MIEN_TOO_LARGE, "standard input is too long, or no text");
    }
    buffer[used] = '\0';
    *text = buffer;
    *length = used;
    return MIEN_OK;
}

/* One word as a shell reads it: quotes and backslashes taken out in place. Returns what follows;
 * NULL for a quote without end. */
static char *cut_word(char *next, const char **word) {
    char *out = next;
    char quote = '\0';
    *word = next;
    for (; *next != '\0'; next++) {
        if (quote == '\0' && strchr(" \t\r\n", *next) != NULL) break;
        if (quote == '\0' && (*next == '"' || *next == '\'')) {
            quote = *next;
        } else if (*next == quote) {
            quote = '\0';
        } else if (*next == '\\' && quote != '\'' && next[1] != '\0') {
            *out++ = *++next;
        } else {
            *out++ = *next;
        }
    }
    char *rest = *next != '\0' ? next + 1 : next;
    *out = '\0';
    return quote == '\0' ? rest : NULL;
}

/* Words up to the first empty line or the end. */
static mien_status cut_words(mien_hwi_code *code, const char **words, size_t *count, char *text,
                             mien_error *error) {
    char *end = strstr(text, "\n\n");
    if (end != NULL) *end = '\0';
    *count = 0;
    for (;;) {
        text += strspn(text, " \t\r\n");
        if (*text == '\0') return MIEN_OK;
        if (*count == MIEN_HWI_WORDS_MAX) return bad(code, error, "too many words", "on stdin");
        text = cut_word(text, &words[(*count)++]);
        if (text == NULL) return bad(code, error, "a quote without end", "on stdin");
    }
}

static bool wants_input(int argc, char *const *argv) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--stdin") == 0) return true;
    return false;
}

mien_status mien_hwi_read(mien_hwi_call *call, mien_hwi_code *code, int argc, char *const *argv,
                          FILE *input, mien_error *error) {
    const char *words[MIEN_HWI_WORDS_MAX];
    size_t count, length;
    memset(call, 0, sizeof *call);
    *code = MIEN_HWI_BAD_ARGUMENT;
    if (argc < 1) return mien_fail(error, MIEN_USAGE, "no arguments");
    MIEN_TRY(take_words(call, code, (const char *const *)argv + 1, (size_t)argc - 1, error));
    if (!wants_input(argc, argv)) return MIEN_OK;
    MIEN_TRY(read_input(&call->input, &length, input, error));
    MIEN_TRY(cut_words(code, words, &count, call->input, error));
    return take_words(call, code, words, count, error);
}

void mien_hwi_release(mien_hwi_call *call) {
    free(call->input);
    memset(call, 0, sizeof *call);
}
