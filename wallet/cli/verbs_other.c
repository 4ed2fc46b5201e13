/* SPDX-License-Identifier: MIT */
/* Measuring, showing, and the program about itself. */
#include "wallet/cli/common.h"
#include "wallet/cli/demo/demo.h"
#include "wallet/cli/eval.h"
#include "wallet/cli/verbs.h"

static mien_status run_version(mien_cli *cli, mien_error *error) {
    (void)error;
    fputs("mien " MIEN_PROJECT_VERSION "\n", cli->text);
    return mien_json_set(cli->result, "version", json_string(MIEN_PROJECT_VERSION));
}

static mien_status run_completion(mien_cli *cli, mien_error *error) {
    (void)error;
    mien_cli_completion(cli->text);
    return MIEN_OK;
}

static mien_status run_manual(mien_cli *cli, mien_error *error) {
    (void)error;
    mien_cli_manual(cli->text);
    return MIEN_OK;
}

const mien_cli_verb mien_cli_other_verbs[] = {
    {"eval", "measure recognition and key recovery on a folder of people", NULL, 0, 0,
     mien_cli_eval_tables,
     "DIR holds PERSON/PHOTO.jpg of people who were not used for fitting. Reports key recovery "
     "and\n"
     "false accepts with confidence intervals, cosine beside it, and a DET curve.",
     "mien eval --faces people/ -o report/\nmien eval --faces people/ -o report/ --json all.json",
     mien_cli_eval},
    {"demo", "the whole story on sample pictures, with a report", "[FOLDER_A FOLDER_B]", 0, 2,
     mien_demo_tables,
     "A enrols, comes back and gets the same key; B is refused; a proof is made, checked, and\n"
     "refused when anything about it is changed; a Bitcoin and an Ethereum transaction are "
     "signed.\n"
     "With two folders of photos, A and B are people of yours. Everything happens in a temporary\n"
     "folder that is erased; only the report stays.",
     "mien demo\nmien demo photos/alice photos/bob --out report.html", mien_demo_run},
    {"completion", "completion script for bash", NULL, 0, 0, NULL, NULL, ". <(mien completion)",
     run_completion},
    {"manual", "manual page in roff", NULL, 0, 0, NULL, NULL, "mien manual | man -l -", run_manual},
    {"version", "the version", NULL, 0, 0, NULL, NULL, "mien version", run_version},
    {0}};
