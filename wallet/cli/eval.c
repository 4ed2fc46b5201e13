/* SPDX-License-Identifier: MIT */
#include "wallet/cli/eval.h"

#include <stdlib.h>
#include <string.h>

#include "platform/files/file.h"
#include "wallet/eval/eval.h"

static const mien_cli_option eval_options[] = {
    {"faces", 'f', "DIR", false, "folder with PERSON/PHOTO.jpg"},
    {"out", 'o', "DIR", false, "folder for det.svg, eval.json and eval.txt"},
    {"json", 0, "FILE", false, "every number as JSON into FILE, \"-\" for stdout"},
    {"all-people", 0, NULL, false, "also people that the networks were fitted on; flatters"},
    {"seed", 0, "N", false, "of all draws (default 1)"},
    {"impostors", 0, "N", false, "random key recovery attempts by others (default 20000)"},
    {"threads", 0, "N", false, "default: all processors"},
    {"models", 0, "FOLDER", false, "other networks than the ones that ship with mien"},
    MIEN_CLI_OPTIONS_END};
const mien_cli_option *const mien_cli_eval_tables[] = {eval_options, NULL};

static mien_status write_json(const json_t *report, const char *path, mien_error *error) {
    char *text;
    MIEN_TRY(mien_json_print(&text, report, true));
    mien_status status = mien_file_write(path, text, strlen(text), MIEN_FILE_PUBLIC, error);
    free(text);
    return status;
}

/* --json -: the report itself is the result; else its table, and the JSON into the file named. */
static mien_status put_report(mien_cli *cli, const json_t *report, mien_error *error) {
    const char *path = mien_cli_value(cli, "json");
    char *text;
    if (path != NULL && strcmp(path, "-") == 0) {
        MIEN_TRY(mien_json_print(&text, report, true));
        fprintf(cli->text, "%s\n", text);
        free(text);
        return MIEN_OK;
    }
    if (path != NULL) MIEN_TRY(write_json(report, path, error));
    MIEN_TRY(mien_eval_text(&text, report));
    fputs(text, cli->text);
    free(text);
    return MIEN_OK;
}

mien_status mien_cli_eval(mien_cli *cli, mien_error *error) {
    uint64_t threads, seed, impostors;
    json_t *report;
    MIEN_TRY(mien_cli_number(cli, "threads", &threads, 0, 1, 64, error));
    MIEN_TRY(mien_cli_number(cli, "seed", &seed, 1, 1, UINT64_MAX, error));
    MIEN_TRY(mien_cli_number(cli, "impostors", &impostors, 0, 1, 100000000, error));
    mien_progress progress = mien_cli_progress(cli);
    mien_eval_options options = {.faces = mien_cli_value(cli, "faces"),
                                 .output = mien_cli_value(cli, "out"),
                                 .models = mien_cli_value(cli, "models"),
                                 .all_people = mien_cli_flag(cli, "all-people"),
                                 .threads = (unsigned)threads,
                                 .seed = seed,
                                 .impostor_keys = (size_t)impostors,
                                 .progress = &progress};
    if (options.faces == NULL)
        return mien_fail(error, MIEN_USAGE, "--faces DIR is missing: a folder PERSON/PHOTO.jpg");
    MIEN_TRY(mien_eval_run(&report, &options, error));
    mien_status status = put_report(cli, report, error);
    json_decref(report);
    return status;
}
