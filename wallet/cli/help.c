/* SPDX-License-Identifier: MIT */
/* Help, bash completion and manual page, all from the tables of verbs. */
#include <string.h>

#include "wallet/cli/cli.h"

static void print_option(FILE *out, const mien_cli_option *option) {
    char left[64], letter[4] = "    ";
    snprintf(left, sizeof left, "--%s%s%s", option->name, option->value != NULL ? " " : "",
             option->value != NULL ? option->value : "");
    if (option->letter != 0) {
        letter[0] = '-';
        letter[1] = option->letter;
        letter[2] = ',';
    }
    fprintf(out, "  %.3s %-28s %s%s\n", letter, left, option->help,
            option->repeat ? " (repeatable)" : "");
}

/* Indent each line of a text. */
static void print_lines(FILE *out, const char *text, const char *indent) {
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        if (length != 0) fprintf(out, "%s%.*s", indent, (int)length, text);
        fputc('\n', out);
        text += length + (text[length] == '\n');
    }
}

static void help_verb(FILE *out, const mien_cli_verb *verb) {
    fprintf(out, "mien %s: %s\n\nUsage: mien %s%s%s [OPTIONS]\n", verb->words, verb->summary,
            verb->words, verb->operands != NULL ? " " : "",
            verb->operands != NULL ? verb->operands : "");
    if (verb->details != NULL) {
        fputc('\n', out);
        print_lines(out, verb->details, "");
    }
    fputs("\nOptions:\n", out);
    for (const mien_cli_option *const *table = verb->options; table != NULL && *table != NULL;
         table++)
        for (const mien_cli_option *option = *table; option->name != NULL; option++)
            print_option(out, option);
    for (const mien_cli_option *option = mien_cli_common_options; option->name != NULL; option++)
        print_option(out, option);
    fputs("\nExamples:\n", out);
    print_lines(out, verb->examples, "  ");
}

static bool in_group(const mien_cli_verb *verb, const char *group) {
    size_t length = strlen(group);
    return strncmp(verb->words, group, length) == 0 && verb->words[length] == ' ';
}

static void help_list(FILE *out, const char *group) {
    for (const mien_cli_verb *const *table = mien_cli_verb_tables; *table != NULL; table++) {
        if (group == NULL) fputc('\n', out);
        for (const mien_cli_verb *verb = *table; verb->words != NULL; verb++)
            if (group == NULL || in_group(verb, group))
                fprintf(out, "  %-22s %s\n", verb->words, verb->summary);
    }
}

static const char program_exit_codes[] =
    "Exit codes: 0 ok, 1 error, 2 usage, 3 locked or not enrolled, 4 no match or face not usable,\n"
    "5 refused by you, 6 policy denied, 7 too many attempts, 8 no camera, 9 proof invalid,\n"
    "130 interrupted.\n";

void mien_cli_help(FILE *out, const mien_cli_verb *verb, const char *group) {
    if (verb != NULL) {
        help_verb(out, verb);
        return;
    }
    if (group != NULL) {
        fprintf(out, "Commands of mien %s:\n", group);
        help_list(out, group);
        fprintf(out, "\nmien %s COMMAND --help explains one, with examples.\n", group);
        return;
    }
    fputs("mien: your face opens your wallet, and a proof says so\n\n"
          "Usage: mien COMMAND [OPTIONS]\n",
          out);
    help_list(out, NULL);
    fputs("\nmien COMMAND --help explains one, with examples. A first round:\n\n"
          "  mien demo                                   # the whole story on sample pictures\n"
          "  mien init                                   # make a wallet, write the words down\n"
          "  mien enrol --source camera                  # show it your face\n"
          "  mien unlock --source camera                 # see that it knows you\n\n",
          out);
    fputs(program_exit_codes, out);
    fputs("The wallet lives in $MIEN_HOME (or --home), else where the XDG folders say.\n", out);
}

/* One case per verb: the words of its options. */
static void completion_case(FILE *out, const mien_cli_verb *verb) {
    fprintf(out, "    '%s') words='", verb->words);
    for (const mien_cli_option *const *table = verb->options; table != NULL && *table != NULL;
         table++)
        for (const mien_cli_option *option = *table; option->name != NULL; option++)
            fprintf(out, "--%s ", option->name);
    for (const mien_cli_option *option = mien_cli_common_options; option->name != NULL; option++)
        fprintf(out, "--%s ", option->name);
    fputs("' ;;\n", out);
}

/* The first words, or with a group the second words in it, each once. */
static void completion_words(FILE *out, const char *group) {
    const char *last = "";
    size_t last_length = 0;
    for (const mien_cli_verb *const *table = mien_cli_verb_tables; *table != NULL; table++)
        for (const mien_cli_verb *verb = *table; verb->words != NULL; verb++) {
            const char *word = verb->words;
            if (group != NULL && !in_group(verb, group)) continue;
            if (group != NULL) word += strlen(group) + 1;
            size_t length = strcspn(word, " ");
            if (length == last_length && strncmp(word, last, length) == 0) continue;
            fprintf(out, "%.*s ", (int)length, word);
            last = word;
            last_length = length;
        }
}

void mien_cli_completion(FILE *out) {
    fputs(
        "# bash completion for mien; put it where bash-completion looks, or: . <(mien completion)\n"
        "_mien() {\n"
        "  local current=${COMP_WORDS[COMP_CWORD]} words= verb=${COMP_WORDS[1]:-}\n"
        "  local both=\"$verb ${COMP_WORDS[2]:-}\"\n"
        "  if [ \"$COMP_CWORD\" -eq 1 ]; then words='",
        out);
    completion_words(out, NULL);
    fputs("--help'\n  else case $verb in\n", out);
    char seen[24] = "";
    for (const mien_cli_verb *const *table = mien_cli_verb_tables; *table != NULL; table++)
        for (const mien_cli_verb *verb = *table; verb->words != NULL; verb++) {
            size_t length = strcspn(verb->words, " ");
            bool again = strlen(seen) == length && strncmp(seen, verb->words, length) == 0;
            if (verb->words[length] == '\0' || again || length >= sizeof seen) continue;
            snprintf(seen, sizeof seen, "%.*s", (int)length, verb->words);
            fprintf(out, "    %s) [ \"$COMP_CWORD\" -eq 2 ] && words='", seen);
            completion_words(out, seen);
            fputs("' || verb=$both ;;\n", out);
        }
    fputs("  esac\n  [ -n \"$words\" ] || case $verb in\n", out);
    for (const mien_cli_verb *const *table = mien_cli_verb_tables; *table != NULL; table++)
        for (const mien_cli_verb *verb = *table; verb->words != NULL; verb++)
            completion_case(out, verb);
    fputs("  esac\n  fi\n"
          "  if [[ $current == -* || \"$COMP_CWORD\" -le 2 && -n $words ]]; then\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
          "  fi\n"
          "  [ ${#COMPREPLY[@]} -ne 0 ] || mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
          "}\n"
          "complete -o filenames -F _mien mien\n",
          out);
}

/* Text for roff: backslashes and hyphens escaped, a leading dot or quote kept from being a macro.
 */
static void manual_text(FILE *out, const char *text) {
    bool line_start = true;
    for (; *text != '\0'; text++) {
        if (line_start && (*text == '.' || *text == '\'')) fputs("\\&", out);
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
        line_start = *text == '\n';
    }
}

static void manual_options(FILE *out, const mien_cli_option *option) {
    for (; option->name != NULL; option++) {
        fputs(".TP\n\\fB\\-\\-", out);
        manual_text(out, option->name);
        fprintf(out, "\\fR %s\n", option->value != NULL ? option->value : "");
        manual_text(out, option->help);
        fputs(option->repeat ? " (repeatable)\n" : "\n", out);
    }
}

static void manual_verb(FILE *out, const mien_cli_verb *verb) {
    fprintf(out, ".SS \"mien %s %s\"\n", verb->words, verb->operands != NULL ? verb->operands : "");
    manual_text(out, verb->summary);
    fputs(".\n", out);
    if (verb->details != NULL) {
        fputs(".PP\n", out);
        manual_text(out, verb->details);
        fputc('\n', out);
    }
    for (const mien_cli_option *const *table = verb->options; table != NULL && *table != NULL;
         table++)
        manual_options(out, *table);
    fputs(".PP\n.nf\n", out);
    manual_text(out, verb->examples);
    fputs("\n.fi\n", out);
}

void mien_cli_manual(FILE *out) {
    fputs(".TH MIEN 1 \"\" \"mien " MIEN_PROJECT_VERSION "\" \"User Commands\"\n"
          ".SH NAME\nmien \\- your face opens your wallet, and a proof says so\n"
          ".SH SYNOPSIS\n.B mien\nCOMMAND [OPTIONS]\n.SH COMMANDS\n",
          out);
    for (const mien_cli_verb *const *table = mien_cli_verb_tables; *table != NULL; table++)
        for (const mien_cli_verb *verb = *table; verb->words != NULL; verb++)
            manual_verb(out, verb);
    fputs(".SH OPTIONS OF EVERY COMMAND\n", out);
    manual_options(out, mien_cli_common_options);
    fputs(".SH EXIT STATUS\n", out);
    manual_text(out, program_exit_codes);
}
