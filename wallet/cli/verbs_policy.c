/* SPDX-License-Identifier: MIT */
/* The policy: what is in force, putting one in force, trying one out, and the audit log. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "platform/memory/secret.h"
#include "wallet/cli/ethereum_job.h"
#include "wallet/cli/policy.h"
#include "wallet/cli/prove.h"
#include "wallet/cli/psbt_job.h"
#include "wallet/cli/verbs.h"
#include "wallet/encoding/hex.h"

#define WORDS_ARENA ((size_t)16 << 20)

/* ---- show ---- */

static const mien_cli_option show_options[] = {
    {"text", 0, NULL, false, "the text itself, to change it and put it in force again"},
    MIEN_CLI_OPTIONS_END};

/* Digest, words, and with `text` the text as it stands. */
static mien_status show_policy(mien_cli *cli, const mien_policy *policy, const char *text,
                               size_t length) {
    uint8_t digest[MIEN_POLICY_DIGEST_SIZE];
    char hex[2 * MIEN_POLICY_DIGEST_SIZE + 1];
    const char *words;
    mien_arena arena = mien_arena_of(WORDS_ARENA);
    mien_policy_digest(digest, text, length);
    mien_hex_encode(hex, digest, sizeof digest);
    mien_status status = mien_policy_words(&words, &arena, policy);
    if (status == MIEN_OK) {
        fprintf(cli->text, "%s\nDigest of the policy: %s\n", words, hex);
        status = mien_json_set(cli->result, "words", json_string(words));
    }
    mien_arena_clear(&arena);
    if (status == MIEN_OK) status = mien_json_set(cli->result, "digest", json_string(hex));
    if (status == MIEN_OK) status = mien_json_set(cli->result, "text", json_stringn(text, length));
    return status;
}

static mien_status show_store(mien_cli *cli, const mien_policy_store *store) {
    size_t length;
    const char *text = mien_policy_store_text(store, &length);
    if (!mien_cli_flag(cli, "text"))
        return show_policy(cli, mien_policy_store_policy(store), text, length);
    fwrite(text, 1, length, cli->text);
    return mien_json_set(cli->result, "text", json_stringn(text, length));
}

static mien_status run_show(mien_cli *cli, mien_error *error) {
    mien_policy_store *store;
    MIEN_TRY(mien_policy_store_open(&store, NULL, NULL, error));
    mien_status status = show_store(cli, store);
    mien_policy_store_close(store);
    return status;
}

/* ---- set ---- */

static const mien_cli_option set_options[] = {
    {"default", 0, NULL, false, "the policy of a new wallet instead of a FILE"},
    {"new-log", 0, NULL, false, "if the audit log is damaged, keep it aside and begin another"},
    MIEN_CLI_OPTIONS_END};

/* The new policy is shown where it is asked about, as a transaction is. */
static mien_status ask(mien_cli *cli, const mien_policy *policy, mien_error *error) {
    const char *words;
    mien_arena arena = mien_arena_of(WORDS_ARENA);
    mien_status status = mien_policy_words(&words, &arena, policy);
    if (status == MIEN_OK) fprintf(stderr, "%s\n", words);
    if (status == MIEN_OK) status = mien_cli_confirm(cli, "Put this policy in force?", error);
    mien_arena_clear(&arena);
    return status;
}

static mien_status set_behind_face(mien_cli *cli, const char *text, size_t length,
                                   mien_error *error) {
    mien_cli_unlocked unlocked;
    MIEN_TRY(mien_cli_unlock(cli, &unlocked, error));
    mien_status status = mien_cli_policy_set(mien_wallet_session_seed(unlocked.session), text,
                                             length, mien_cli_flag(cli, "new-log"), error);
    mien_cli_unlocked_end(&unlocked);
    return status;
}

static mien_status set_text(mien_cli *cli, const char *text, size_t length, mien_error *error) {
    mien_policy *policy;
    MIEN_TRY(mien_policy_parse(&policy, text, length, error));
    mien_status status = ask(cli, policy, error);
    if (status == MIEN_OK) status = set_behind_face(cli, text, length, error);
    if (status == MIEN_OK) status = show_policy(cli, policy, text, length);
    mien_policy_destroy(policy);
    return status;
}

static mien_status run_set(mien_cli *cli, mien_error *error) {
    const char *standard = mien_policy_default_text();
    uint8_t *text;
    size_t length;
    if (mien_cli_flag(cli, "default") == (cli->operand_count != 0))
        return mien_fail(error, MIEN_USAGE, "a FILE, or --default: which of the two?");
    if (cli->operand_count == 0) return set_text(cli, standard, strlen(standard), error);
    MIEN_TRY(mien_cli_read_file(&text, &length, cli->operands[0], MIEN_POLICY_TEXT_MAX, error));
    mien_status status = set_text(cli, (const char *)text, length, error);
    free(text);
    return status;
}

/* ---- check ---- */

static const mien_cli_option check_options[] = {
    {"policy", 0, "FILE", false, "try out this policy instead of the one in force"},
    {"psbt", 0, NULL, false, "FILE is a PSBT (otherwise what it is is found out)"},
    {"proof", 0, NULL, false, "as if --proof were given when signing; nothing is written"},
    {"statement", 0, "NAME", false, "of that proof: match (default) or face"},
    MIEN_CLI_OPTIONS_END};

/* Asks the log in force, with the rules of --policy if that was given. */
typedef struct check_job {
    mien_policy_store *store; /* NULL without any in force */
    mien_policy *other;
} check_job;

static mien_status nothing_spent(void *context, mien_uint256 *sum, mien_policy_chain chain,
                                 const uint8_t *token, bool allowances, int64_t since,
                                 const uint8_t except[32]) {
    (void)context, (void)chain, (void)token, (void)allowances, (void)since, (void)except;
    *sum = mien_uint256_of(0);
    return MIEN_OK;
}
static mien_status never_paid(void *context, int64_t *time, bool *found, mien_policy_chain chain,
                              const uint8_t except[32]) {
    (void)context, (void)time, (void)chain, (void)except;
    *found = false;
    return MIEN_OK;
}
static mien_status never_asked(void *context, int64_t *time, bool *found, mien_policy_chain chain,
                               const char *destination) {
    (void)context, (void)time, (void)chain, (void)destination;
    *found = false;
    return MIEN_OK;
}

static mien_status decide(const check_job *job, mien_policy_decision *decision,
                          const mien_policy_request *request, unsigned means, mien_error *error) {
    const mien_policy_history empty = {NULL, nothing_spent, never_paid, never_asked};
    int64_t now = (int64_t)time(NULL);
    if (job->other == NULL)
        return mien_policy_store_decide(job->store, decision, request, means, now, error);
    mien_policy_history history =
        job->store != NULL ? mien_policy_store_history(job->store) : empty;
    return mien_policy_decide(decision, job->other, request, means, now, &history);
}

/* The verdict is the result; what would not be signed has exit code 6. */
static mien_status judge(mien_cli *cli, const check_job *job, const mien_policy_request *request,
                         mien_error *error) {
    mien_policy_decision decision;
    mien_cli_statement statement;
    unsigned means;
    MIEN_TRY(mien_cli_statement_read(&statement, cli, error));
    if (mien_cli_flag(cli, "proof")) cli->proof_means = mien_cli_statement_means(&statement);
    MIEN_TRY(mien_cli_means_expected(cli, &means, error));
    MIEN_TRY(decide(job, &decision, request, means, error));
    MIEN_TRY(mien_cli_policy_report(cli, &decision));
    return mien_policy_enforce(&decision, error);
}

static mien_status check_psbt(mien_cli *cli, const check_job *check, mien_error *error) {
    mien_cli_psbt_job job = {0};
    mien_status status = mien_cli_psbt_job_start(cli, &job, cli->operands[0], error);
    if (status == MIEN_OK) fprintf(cli->text, "%s\n", job.words);
    if (status == MIEN_OK) status = judge(cli, check, &job.request, error);
    mien_cli_psbt_job_end(&job);
    return status;
}

static mien_status check_ethereum(mien_cli *cli, const check_job *check, mien_error *error) {
    mien_cli_ethereum_job job = {0};
    mien_status status = mien_cli_ethereum_start(cli, &job, error);
    if (status == MIEN_OK) status = mien_cli_ethereum_read(cli, &job, cli->operands[0], error);
    if (status == MIEN_OK) fprintf(cli->text, "%s\n", job.review.words);
    if (status == MIEN_OK) status = judge(cli, check, &job.request, error);
    mien_cli_ethereum_end(&job);
    return status;
}

static mien_status read_other(mien_policy **policy, const char *path, mien_error *error) {
    uint8_t *text;
    size_t length;
    MIEN_TRY(mien_cli_read_file(&text, &length, path, MIEN_POLICY_TEXT_MAX, error));
    mien_status status = mien_policy_parse(policy, (const char *)text, length, error);
    free(text);
    return status;
}

/* A policy is a text with the word "mien-policy" before anything else that counts; a PSBT begins
 * with its magic, in binary or base64; Ethereum's transactions are JSON or hex. */
typedef enum file_kind { A_POLICY, A_PSBT, A_TRANSACTION, UNKNOWN } file_kind;

static file_kind kind_of(const uint8_t *bytes, size_t length) {
    const char *text = (const char *)bytes, *end = text + length;
    while (text < end && (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r')) text++;
    while (text < end && *text == '#') {
        const char *line = memchr(text, '\n', (size_t)(end - text));
        text = line != NULL ? line : end;
        while (text < end && (*text == ' ' || *text == '\t' || *text == '\n')) text++;
    }
    if (end - text >= 11 && memcmp(text, "mien-policy", 11) == 0) return A_POLICY;
    if (length >= 5 && memcmp(bytes, "psbt\xff", 5) == 0) return A_PSBT;
    if (end - text >= 6 && memcmp(text, "cHNidP", 6) == 0) return A_PSBT;
    return text < end && (*text == '{' || isxdigit((unsigned char)*text) != 0) ? A_TRANSACTION
                                                                               : UNKNOWN;
}

static mien_status check_file(mien_cli *cli, const check_job *job, mien_error *error) {
    uint8_t *bytes;
    size_t length;
    mien_policy *policy;
    MIEN_TRY(mien_cli_read_file(&bytes, &length, cli->operands[0], MIEN_PSBT_SIZE_MAX, error));
    file_kind kind = mien_cli_flag(cli, "psbt") ? A_PSBT : kind_of(bytes, length);
    mien_status status = MIEN_OK;
    if (kind == A_POLICY) {
        status = mien_policy_parse(&policy, (const char *)bytes, length, error);
        if (status == MIEN_OK) status = show_policy(cli, policy, (const char *)bytes, length);
        if (status == MIEN_OK) mien_policy_destroy(policy);
    }
    free(bytes);
    if (kind == A_POLICY || status != MIEN_OK) return status;
    if (kind == UNKNOWN)
        return mien_fail(error, MIEN_FORMAT,
                         "%s is no PSBT, no Ethereum transaction (JSON or hex), and no policy, "
                         "which begins with the line 'mien-policy 1'",
                         cli->operands[0]);
    if (job->store == NULL && job->other == NULL)
        return mien_fail(error, MIEN_NOT_FOUND,
                         "no policy is in force; --policy FILE tries one out");
    return kind == A_PSBT ? check_psbt(cli, job, error) : check_ethereum(cli, job, error);
}

static mien_status run_check(mien_cli *cli, mien_error *error) {
    const char *other = mien_cli_value(cli, "policy");
    check_job job = {0};
    mien_error why = {0};
    if (strcmp(cli->operands[0], "-") == 0)
        return mien_fail(error, MIEN_USAGE, "a file that can be read twice is needed here");
    mien_status status = mien_policy_store_open(&job.store, NULL, NULL, &why);
    if (status != MIEN_OK && status != MIEN_NOT_FOUND) {
        *error = why;
        return status;
    }
    status = other != NULL ? read_other(&job.other, other, error) : MIEN_OK;
    if (status == MIEN_OK) status = check_file(cli, &job, error);
    mien_policy_destroy(job.other);
    mien_policy_store_close(job.store);
    return status;
}

/* ---- log ---- */

static const mien_cli_option log_options[] = {
    {"verify", 0, NULL, false, "check every line with the wallet's key: needs --source"},
    {"last", 0, "N", false, "only the last N lines"},
    MIEN_CLI_OPTIONS_END};

typedef struct log_job {
    mien_cli *cli;
    json_t *list;
    size_t last;
} log_job;

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static mien_status add_line(void *context, uint64_t number, const char *line, size_t length) {
    log_job *job = context;
    json_t *object;
    (void)number;
    MIEN_TRY(mien_json_parse(&object, line, length, "audit log", NULL));
    if (json_array_append_new(job->list, object) != 0) return MIEN_MEMORY;
    while (job->last != 0 && json_array_size(job->list) > job->last)
        (void)json_array_remove(job->list, 0);
    return MIEN_OK;
}

static void print_flows(FILE *out, const json_t *flows) {
    size_t i;
    json_t *flow;
    json_array_foreach(flows, i, flow) {
        char to[MIEN_POLICY_DESTINATION_TEXT], amount[MIEN_UINT256_TEXT];
        mien_console_clean(to, sizeof to, text_of(flow, "to"));
        mien_console_clean(amount, sizeof amount, text_of(flow, "amount"));
        fprintf(out, "      %s%s to %s\n", amount,
                json_object_get(flow, "token") != NULL ? " of a token" : "", to);
    }
}

/* Who could write the log could write anything into it. */
static void print_line(FILE *out, const json_t *object) {
    char words[512], raw[400];
    time_t when = (time_t)json_integer_value(json_object_get(object, "time"));
    struct tm parts;
    char moment[32] = "";
    if (gmtime_r(&when, &parts) != NULL) (void)strftime(moment, sizeof moment, "%F %T", &parts);
    snprintf(raw, sizeof raw, "%s %s %s %.16s %s", text_of(object, "event"),
             text_of(object, "kind"), text_of(object, "chain"), text_of(object, "digest"),
             text_of(object, "reason"));
    mien_console_clean(words, sizeof words, raw);
    fprintf(out, "%5lld  %s  %s\n",
            (long long)json_integer_value(json_object_get(object, "number")), moment, words);
    print_flows(out, json_object_get(object, "flows"));
}

static mien_status log_with_key(mien_cli *cli, mien_policy_log_report *report, log_job *job,
                                mien_error *error) {
    mien_cli_unlocked unlocked;
    void *key;
    if (mien_cli_value(cli, "source") == NULL)
        return mien_fail(error, MIEN_USAGE, "--verify needs --source: the key is behind your face");
    MIEN_TRY(mien_cli_unlock(cli, &unlocked, error));
    mien_status status = mien_secret_alloc(&key, MIEN_POLICY_KEY_SIZE, error);
    if (status == MIEN_OK) {
        mien_policy_key_of_seed(key, mien_wallet_session_seed(unlocked.session));
        status = mien_policy_log_read(report, NULL, key, add_line, job, error);
        mien_secret_free(key);
    }
    mien_cli_unlocked_end(&unlocked);
    return status;
}

static mien_status run_log(mien_cli *cli, mien_error *error) {
    mien_policy_log_report report;
    uint64_t last;
    MIEN_TRY(mien_cli_number(cli, "last", &last, 0, 1, 1000000, error));
    log_job job = {cli, json_array(), (size_t)last};
    MIEN_TRY(mien_json_set(cli->result, "lines", job.list));
    if (mien_cli_flag(cli, "verify"))
        MIEN_TRY(log_with_key(cli, &report, &job, error));
    else
        MIEN_TRY(mien_policy_log_read(&report, NULL, NULL, add_line, &job, error));
    size_t i;
    json_t *line;
    json_array_foreach(job.list, i, line) print_line(cli->text, line);
    fprintf(cli->text, "%llu lines; %s\n", (unsigned long long)report.lines,
            report.verified ? "every one is as this wallet wrote it"
                            : "they follow each other; --verify --source checks who wrote them");
    MIEN_TRY(mien_json_set(cli->result, "count", json_integer((json_int_t)report.lines)));
    MIEN_TRY(mien_json_set(cli->result, "verified", json_boolean(report.verified)));
    return mien_json_set_hex(cli->result, "last_hash", report.last_hash, sizeof report.last_hash);
}

/* ---- table ---- */

static const mien_cli_option *const show_tables[] = {show_options, NULL};
static const mien_cli_option *const set_tables[] = {
    set_options, mien_cli_source_options, mien_cli_pin_options, mien_cli_yes_options, NULL};
static const mien_cli_option *const check_tables[] = {check_options,
                                                      mien_cli_network_options,
                                                      mien_cli_limit_options,
                                                      mien_cli_ethereum_index_options,
                                                      mien_cli_ethereum_limit_options,
                                                      NULL};
static const mien_cli_option *const log_tables[] = {log_options, mien_cli_source_options,
                                                    mien_cli_pin_options, NULL};

const mien_cli_verb mien_cli_policy_verbs[] = {
    {"policy show", "the policy in force, in words, and its digest", NULL, 0, 0, show_tables, NULL,
     "mien policy show\nmien policy show --text > my.policy    # then change it", run_show},
    {"policy set", "put a policy in force, behind your face", "[FILE]", 0, 1, set_tables,
     "Limits of a transaction and of a day, destinations, waiting times, and what it takes to "
     "sign.\n"
     "The policy is bound to the wallet: a file that somebody else changes, replaces by an older\n"
     "one or removes is noticed, and nothing is signed. docs/FORMATS.md tells how one is written.",
     "mien policy set my.policy --source camera\nmien policy set --default --source camera",
     run_set},
    {"policy check", "would this be signed? nothing is", "FILE", 1, 1, check_tables,
     "FILE is a PSBT, an Ethereum transaction, or a policy, which is read and put into words. The\n"
     "exit code is 6 for what would be refused. Allows nothing: that happens behind the face.",
     "mien policy check payment.psbt\nmien policy check my.policy\n"
     "mien policy check transfer.json --policy my.policy",
     run_check},
    {"policy log", "what was asked and signed", NULL, 0, 0, log_tables,
     "Lines that were changed, removed or cut off are noticed always by the hashes that chain "
     "them,\n"
     "and with --verify also by whom all hashes were made anew.",
     "mien policy log --last 10\nmien policy log --verify --source camera", run_log},
    {0}};
