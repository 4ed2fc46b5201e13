/* SPDX-License-Identifier: MIT */
#include "wallet/cli/policy.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "platform/base/bytes.h"
#include "platform/memory/secret.h"

static mien_status has_pin(bool *pin, mien_error *error) {
    mien_wallet *wallet;
    mien_wallet_status status;
    MIEN_TRY(mien_cli_wallet_open(&wallet, error));
    mien_status result = mien_cli_wallet_expect(wallet, &status, MIEN_WALLET_LOCKED, error);
    mien_wallet_close(wallet);
    if (result == MIEN_OK) *pin = status.pin;
    return result;
}

mien_status mien_cli_means_expected(mien_cli *cli, unsigned *means, mien_error *error) {
    bool pin;
    MIEN_TRY(has_pin(&pin, error));
    *means = MIEN_MEANS_FACE;
    if (pin) *means |= MIEN_MEANS_PIN;
    *means |= cli->proof_means;
    return MIEN_OK;
}

/* What a person can do about it, behind the reason. */
static mien_status needs_more(const mien_policy_decision *decision, mien_error *error) {
    mien_error why = {0};
    mien_status status = mien_policy_enforce(decision, &why);
    bool pin = (decision->missing & MIEN_MEANS_PIN) != 0;
    bool face = (decision->missing & MIEN_MEANS_FACE_PROOF) != 0;
    bool match = (decision->missing & MIEN_MEANS_MATCH_PROOF) != 0;
    return mien_fail(error, status, "%s%s", mien_error_words(&why),
                     pin     ? ": this wallet has no PIN; mien rotate --new-pin gives it one"
                     : face  ? ": --proof FILE --statement face makes one"
                     : match ? ": --proof FILE makes one"
                             : "");
}

static mien_status judge_before(mien_cli *cli, const mien_policy_decision *decision,
                                mien_error *error) {
    switch (decision->verdict) {
    case MIEN_VERDICT_ALLOWED:
        return MIEN_OK;
    case MIEN_VERDICT_NEEDS_MORE:
        return needs_more(decision, error);
    case MIEN_VERDICT_WAIT:
        if (!decision->announce) break;
        mien_cli_say(cli, "%s: it is noted behind your face, and may be signed later.",
                     decision->reason);
        return MIEN_OK;
    default:
        break;
    }
    return mien_policy_enforce(decision, error);
}

static mien_status policy_json(mien_cli *cli, const mien_policy_store *store,
                               const mien_policy_decision *decision) {
    uint8_t digest[MIEN_POLICY_DIGEST_SIZE];
    char needs[MIEN_MEANS_TEXT];
    json_t *object = json_object();
    mien_policy_store_digest(store, digest);
    mien_means_text(needs, decision->needs);
    MIEN_TRY(mien_json_set(cli->result, "policy", object));
    MIEN_TRY(mien_json_set_hex(object, "digest", digest, sizeof digest));
    return mien_json_set(object, "needs", json_string(needs));
}

mien_status mien_cli_policy_before(mien_cli *cli, const mien_policy_request *request,
                                   mien_error *error) {
    mien_policy_store *store;
    mien_policy_decision decision;
    unsigned means;
    MIEN_TRY(mien_cli_means_expected(cli, &means, error));
    mien_status status = mien_policy_store_open(&store, NULL, NULL, error);
    if (status == MIEN_NOT_FOUND) status = MIEN_POLICY_DENIED; /* with the same words */
    MIEN_TRY(status);
    status = mien_policy_store_decide(store, &decision, request, means, (int64_t)time(NULL), error);
    if (status == MIEN_OK) status = policy_json(cli, store, &decision);
    mien_policy_store_close(store);
    return status == MIEN_OK ? judge_before(cli, &decision, error) : status;
}

/* ---- behind the face ---- */

static mien_status with_key(const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                            mien_status (*work)(void *context, const uint8_t *key,
                                                mien_error *error),
                            void *context, mien_error *error) {
    void *key;
    MIEN_TRY(mien_secret_alloc(&key, MIEN_POLICY_KEY_SIZE, error));
    mien_policy_key_of_seed(key, seed);
    mien_status status = work(context, key, error);
    mien_secret_free(key);
    return status;
}

typedef struct authorise_work {
    mien_cli *cli;
    const mien_policy_request *request;
    unsigned means;
} authorise_work;

static mien_status authorise(void *context, const uint8_t *key, mien_error *error) {
    const authorise_work *work = context;
    mien_policy_store *store;
    MIEN_TRY(mien_policy_store_open(&store, NULL, key, error));
    mien_status status = mien_policy_store_authorise(store, NULL, work->request, work->means,
                                                     (int64_t)time(NULL), error);
    if (status == MIEN_OK) mien_policy_store_digest(store, work->cli->policy_digest);
    mien_policy_store_close(store);
    return status;
}

mien_status mien_cli_policy_authorise(mien_cli *cli, const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                                      const mien_policy_request *request, unsigned means,
                                      mien_error *error) {
    authorise_work work = {cli, request, means};
    return with_key(seed, authorise, &work, error);
}

typedef struct set_work {
    const char *text;
    size_t length;
    bool new_log;
} set_work;

static mien_status set(void *context, const uint8_t *key, mien_error *error) {
    const set_work *work = context;
    return mien_policy_store_set(NULL, key, work->text, work->length, (int64_t)time(NULL),
                                 work->new_log, error);
}

mien_status mien_cli_policy_set(const uint8_t seed[MIEN_WALLET_SEED_SIZE], const char *text,
                                size_t length, bool new_log, mien_error *error) {
    set_work work = {text, length, new_log};
    return with_key(seed, set, &work, error);
}

mien_status mien_cli_policy_begin(const uint8_t seed[MIEN_WALLET_SEED_SIZE], mien_error *error) {
    const char *text = mien_policy_default_text();
    MIEN_TRY(mien_policy_store_erase(NULL, error));
    return mien_cli_policy_set(seed, text, strlen(text), false, error);
}

/* ---- reports ---- */

mien_status mien_cli_policy_status(json_t *out, FILE *text) {
    mien_policy_store *store;
    mien_error why = {0};
    uint8_t digest[MIEN_POLICY_DIGEST_SIZE];
    json_t *object = json_object();
    MIEN_TRY(mien_json_set(out, "policy", object));
    mien_status status = mien_policy_store_open(&store, NULL, NULL, &why);
    if (status != MIEN_OK) {
        fprintf(text, "Policy         %s\n", mien_error_words(&why));
        MIEN_TRY(mien_json_set(object, "in_force", json_false()));
        return mien_json_set(object, "problem", mien_cli_json_text(mien_error_words(&why)));
    }
    mien_policy_store_digest(store, digest);
    mien_policy_store_close(store);
    fprintf(text, "Policy         in force, digest %02x%02x%02x%02x...; mien policy show\n",
            digest[0], digest[1], digest[2], digest[3]);
    MIEN_TRY(mien_json_set(object, "in_force", json_true()));
    return mien_json_set_hex(object, "digest", digest, sizeof digest);
}

mien_status mien_cli_policy_report(mien_cli *cli, const mien_policy_decision *decision) {
    static const char *const verdicts[] = {"denied", "needs more", "wait", "allowed"};
    char needs[MIEN_MEANS_TEXT];
    mien_means_text(needs, decision->needs);
    fprintf(cli->text, "Verdict  %s\nNeeds    %s\n", verdicts[decision->verdict], needs);
    MIEN_TRY(mien_json_set(cli->result, "verdict", json_string(verdicts[decision->verdict])));
    MIEN_TRY(mien_json_set(cli->result, "needs", json_string(needs)));
    if (decision->verdict == MIEN_VERDICT_ALLOWED) return MIEN_OK;
    fprintf(cli->text, "Reason   %s\nRule     ", decision->reason);
    if (decision->line != 0) fprintf(cli->text, "line %u: ", decision->line);
    fprintf(cli->text, "%s\n", decision->rule);
    MIEN_TRY(mien_json_set(cli->result, "reason", json_string(decision->reason)));
    MIEN_TRY(mien_json_set(cli->result, "rule", json_string(decision->rule)));
    MIEN_TRY(mien_json_set(cli->result, "line", json_integer((json_int_t)decision->line)));
    if (decision->verdict != MIEN_VERDICT_WAIT) return MIEN_OK;
    return mien_json_set(cli->result, "not_before", json_integer(decision->not_before));
}
