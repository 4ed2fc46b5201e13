/* SPDX-License-Identifier: MIT */
#include "wallet/cosign/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wallet/encoding/hex.h"

#define TRIES 50 /* of a transaction that others are in the way of */
#define NONCE_KEPT_SECONDS 86400
#define NUMBER_TEXT 24
#define NONCE_TEXT (2 * MIEN_PROOF_NONCE_SIZE + 1)
#define ASSET_TEXT 64

struct mien_cosign_store {
    mien_database *database;
};

static void number_text(char out[NUMBER_TEXT], int64_t number) {
    snprintf(out, NUMBER_TEXT, "%" PRId64, number);
}

static void pause_randomly(int attempt) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long most = 1000000l * (attempt < 10 ? 1 + 2 * attempt : 20);
    struct timespec wait = {0, 500000 + now.tv_nsec % most};
    nanosleep(&wait, NULL);
}

/* ---- opening ---- */

static mien_status make_tables(mien_database *database, mien_error *error) {
    static const char *const tables[] = {
        "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS accounts (id TEXT PRIMARY KEY, number BIGINT NOT NULL UNIQUE, "
        "token TEXT NOT NULL, body TEXT NOT NULL, contract TEXT NOT NULL, uses BIGINT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS nonces (nonce TEXT PRIMARY KEY, account TEXT NOT NULL "
        "REFERENCES accounts (id), expiry BIGINT NOT NULL, spent BIGINT, digest TEXT)",
        "CREATE INDEX IF NOT EXISTS nonces_of_account ON nonces (account, expiry)",
        "CREATE TABLE IF NOT EXISTS payments (account TEXT NOT NULL REFERENCES accounts (id), "
        "digest TEXT NOT NULL, chain TEXT NOT NULL, asset TEXT NOT NULL, amount TEXT NOT NULL, "
        "time BIGINT NOT NULL, PRIMARY KEY (account, digest, chain, asset))",
        "CREATE TABLE IF NOT EXISTS asked (account TEXT NOT NULL REFERENCES accounts (id), "
        "chain TEXT NOT NULL, destination TEXT NOT NULL, time BIGINT NOT NULL, "
        "PRIMARY KEY (account, chain, destination))"};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        MIEN_TRY(mien_database_run(database, NULL, tables[i], NULL, 0, NULL, NULL, error));
    return MIEN_OK;
}

static mien_status take_text(void *context, const char *const *values, size_t count) {
    char **text = context;
    free(*text);
    *text = count != 0 && values[0] != NULL ? strdup(values[0]) : NULL;
    return MIEN_OK;
}

static mien_status check_owner(mien_database *database, const uint8_t owner[32],
                               mien_error *error) {
    char hex[65], *found = NULL;
    const char *parameters[] = {hex};
    mien_hex_encode(hex, owner, 32);
    MIEN_TRY(mien_database_run(database, NULL,
                               "INSERT INTO meta (key, value) VALUES ('owner', $1) "
                               "ON CONFLICT DO NOTHING",
                               parameters, 1, NULL, NULL, error));
    mien_status status =
        mien_database_run(database, NULL, "SELECT value FROM meta WHERE key = 'owner'", NULL, 0,
                          take_text, &found, error);
    if (status == MIEN_OK && (found == NULL || strcmp(found, hex) != 0))
        status = mien_fail(error, MIEN_WRONG_DEVICE,
                           "this database belongs to a co-signer with another seed");
    free(found);
    return status;
}

/* Two that start at once make the tables once: who comes second begins again. */
static mien_status prepare(mien_database *database, const uint8_t owner[32], mien_error *error) {
    mien_status status = MIEN_BUSY;
    for (int i = 0; i < TRIES && (status == MIEN_BUSY || status == MIEN_EXISTS); i++) {
        if (i != 0) pause_randomly(i);
        status = make_tables(database, error);
        if (status == MIEN_OK) status = check_owner(database, owner, error);
    }
    return status;
}

mien_status mien_cosign_store_open(mien_cosign_store **out, const char *where,
                                   const uint8_t owner[32], mien_error *error) {
    *out = NULL;
    mien_cosign_store *store = calloc(1, sizeof *store);
    if (store == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the database");
    mien_status status = mien_database_open(&store->database, where, error);
    if (status == MIEN_OK) status = prepare(store->database, owner, error);
    if (status == MIEN_OK)
        *out = store;
    else
        mien_cosign_store_close(store);
    return status;
}

void mien_cosign_store_close(mien_cosign_store *store) {
    if (store == NULL) return;
    mien_database_close(store->database);
    free(store);
}

/* ---- accounts ---- */

void mien_cosign_account_free(mien_cosign_account *account) {
    free(account->body);
    *account = (mien_cosign_account){0};
}

mien_status mien_cosign_store_add(mien_cosign_store *store, const mien_cosign_account *account,
                                  mien_error *error) {
    char number[NUMBER_TEXT], token[65];
    const char *parameters[] = {account->id, number, token, account->body, account->contract};
    number_text(number, account->number);
    mien_hex_encode(token, account->token_hash, 32);
    return mien_database_run(store->database, NULL,
                             "INSERT INTO accounts (id, number, token, body, contract, uses) "
                             "VALUES ($1, $2, $3, $4, $5, 0)",
                             parameters, 5, NULL, NULL, error);
}

static mien_status take_account(void *context, const char *const *values, size_t count) {
    mien_cosign_account *account = context;
    for (size_t i = 0; i < count; i++)
        if (values[i] == NULL) return MIEN_FORMAT;
    if (count != 5 || strlen(values[0]) >= sizeof account->id ||
        strlen(values[4]) >= sizeof account->contract)
        return MIEN_FORMAT;
    strcpy(account->id, values[0]);
    account->number = (uint32_t)strtoul(values[1], NULL, 10);
    MIEN_TRY(mien_hex_decode(account->token_hash, 32, values[2], strlen(values[2])));
    account->body = strdup(values[3]);
    strcpy(account->contract, values[4]);
    return account->body != NULL ? MIEN_OK : MIEN_MEMORY;
}

mien_status mien_cosign_store_find(mien_cosign_store *store, mien_cosign_account *account,
                                   const char *id, mien_error *error) {
    const char *parameters[] = {id};
    *account = (mien_cosign_account){0};
    mien_status status =
        mien_database_run(store->database, NULL,
                          "SELECT id, number, token, body, contract FROM accounts WHERE id = $1",
                          parameters, 1, take_account, account, error);
    if (status == MIEN_OK && account->body != NULL) return MIEN_OK;
    mien_cosign_account_free(account);
    MIEN_TRY(status);
    return mien_fail(error, MIEN_NOT_FOUND, "there is no such account");
}

mien_status mien_cosign_store_set_contract(mien_cosign_store *store, const char *id,
                                           const char *contract, mien_error *error) {
    const char *parameters[] = {contract, id};
    uint64_t changed;
    MIEN_TRY(mien_database_run(store->database, &changed,
                               "UPDATE accounts SET contract = $1 WHERE id = $2 AND contract = ''",
                               parameters, 2, NULL, NULL, error));
    return changed == 1
               ? MIEN_OK
               : mien_fail(error, MIEN_EXISTS, "the account has a contract already, which stays");
}

/* ---- transactions ---- */

/* One job in a transaction, begun again as long as others are in the way. `finish` tells whether
 * what was done is to stay. */
typedef struct job {
    mien_cosign_store *store;
    const char *id;
    char nonce[NONCE_TEXT];
    int64_t now, expiry;
    const mien_policy *policy;
    const mien_policy_request *request;
    char digest[65], chain[MIEN_POLICY_CHAIN_TEXT];
    unsigned means;
    mien_policy_decision decision;
    mien_error *error;
} job;

static mien_status run(const job *j, uint64_t *changed, const char *sql,
                       const char *const *parameters, size_t count, mien_database_row row,
                       void *context) {
    return mien_database_run(j->store->database, changed, sql, parameters, count, row, context,
                             j->error);
}

static mien_status in_transaction(job *j, mien_status (*work)(job *j)) {
    mien_status status = MIEN_BUSY;
    for (int i = 0; i < TRIES && status == MIEN_BUSY; i++) {
        if (i != 0) pause_randomly(i);
        status = mien_database_begin(j->store->database, j->error);
        if (status == MIEN_OK) status = work(j);
        if (status == MIEN_OK) status = mien_database_commit(j->store->database, j->error);
        if (status != MIEN_OK) mien_database_undo(j->store->database);
    }
    return status;
}

/* Whoever works on the same account waits here until we are done: the first statement, so that all
 * others see what was committed before. */
static mien_status lock_account(job *j) {
    const char *parameters[] = {j->id};
    uint64_t changed;
    MIEN_TRY(run(j, &changed, "UPDATE accounts SET uses = uses + 1 WHERE id = $1", parameters, 1,
                 NULL, NULL));
    return changed == 1 ? MIEN_OK : mien_fail(j->error, MIEN_NOT_FOUND, "there is no such account");
}

static mien_status take_number(void *context, const char *const *values, size_t count) {
    int64_t *number = context;
    if (count != 0 && values[0] != NULL) *number = strtoll(values[0], NULL, 10);
    return MIEN_OK;
}

static mien_status issue(job *j) {
    char now[NUMBER_TEXT], old[NUMBER_TEXT], expiry[NUMBER_TEXT];
    const char *sweep[] = {j->id, old}, *count[] = {j->id, now};
    const char *insert[] = {j->nonce, j->id, expiry};
    int64_t open = 0;
    number_text(now, j->now);
    number_text(old, j->now - NONCE_KEPT_SECONDS);
    number_text(expiry, j->expiry);
    MIEN_TRY(lock_account(j));
    MIEN_TRY(run(j, NULL, "DELETE FROM nonces WHERE account = $1 AND expiry < $2", sweep, 2, NULL,
                 NULL));
    MIEN_TRY(
        run(j, NULL,
            "SELECT count(*) FROM nonces WHERE account = $1 AND expiry >= $2 AND spent IS NULL",
            count, 2, take_number, &open));
    if (open >= MIEN_COSIGN_NONCES_OPEN)
        return mien_fail(j->error, MIEN_RATE_LIMITED,
                         "too many nonces of this account are open; wait until they expire");
    return run(j, NULL, "INSERT INTO nonces (nonce, account, expiry) VALUES ($1, $2, $3)", insert,
               3, NULL, NULL);
}

mien_status mien_cosign_store_issue(mien_cosign_store *store, const char *id,
                                    const uint8_t nonce[MIEN_PROOF_NONCE_SIZE], int64_t now,
                                    int64_t expiry, mien_error *error) {
    job j = {.store = store, .id = id, .now = now, .expiry = expiry, .error = error};
    mien_hex_encode(j.nonce, nonce, MIEN_PROOF_NONCE_SIZE);
    return in_transaction(&j, issue);
}

static mien_status bad_nonce(mien_error *error) {
    return mien_fail(error, MIEN_PROOF_INVALID,
                     "the nonce is not (or no longer) good: ask for a new one and prove anew");
}

mien_status mien_cosign_store_check(mien_cosign_store *store, const char *id,
                                    const uint8_t nonce[MIEN_PROOF_NONCE_SIZE], int64_t now,
                                    mien_error *error) {
    char hex[NONCE_TEXT], time[NUMBER_TEXT];
    const char *parameters[] = {hex, id, time};
    int64_t found = 0;
    mien_hex_encode(hex, nonce, MIEN_PROOF_NONCE_SIZE);
    number_text(time, now);
    MIEN_TRY(mien_database_run(store->database, NULL,
                               "SELECT count(*) FROM nonces WHERE nonce = $1 AND account = $2 AND "
                               "expiry >= $3 AND spent IS NULL",
                               parameters, 3, take_number, &found, error));
    return found == 1 ? MIEN_OK : bad_nonce(error);
}

/* ---- history, for the policy ---- */

/* "coin", "token 0x..." or "allowance 0x...". */
static void asset_text(char out[ASSET_TEXT], const uint8_t *token, bool allowance) {
    char address[MIEN_ETHEREUM_ADDRESS_TEXT];
    if (token == NULL) {
        snprintf(out, ASSET_TEXT, "coin");
        return;
    }
    mien_ethereum_address_text(address, token);
    snprintf(out, ASSET_TEXT, "%s %s", allowance ? "allowance" : "token", address);
}

static mien_status add_amount(void *context, const char *const *values, size_t count) {
    mien_uint256 *sum = context, amount;
    if (count != 1 || values[0] == NULL) return MIEN_FORMAT;
    MIEN_TRY(mien_uint256_parse(&amount, values[0], strlen(values[0])));
    return mien_uint256_add(sum, sum, &amount);
}

static mien_status sum_of(const job *j, mien_uint256 *sum, const char *chain, const char *asset,
                          int64_t since, const uint8_t except[32]) {
    char from[NUMBER_TEXT], digest[65];
    const char *parameters[] = {j->id, chain, asset, from, digest};
    number_text(from, since);
    mien_hex_encode(digest, except, 32);
    return run(j, NULL,
               "SELECT amount FROM payments WHERE account = $1 AND chain = $2 AND asset = $3 AND "
               "time >= $4 AND digest <> $5",
               parameters, 5, add_amount, sum);
}

static mien_status spent(void *context, mien_uint256 *sum, mien_policy_chain chain,
                         const uint8_t *token, bool allowances, int64_t since,
                         const uint8_t except[32]) {
    const job *j = context;
    char name[MIEN_POLICY_CHAIN_TEXT], asset[ASSET_TEXT];
    *sum = mien_uint256_of(0);
    mien_policy_chain_text(name, chain);
    asset_text(asset, token, false);
    MIEN_TRY(sum_of(j, sum, name, asset, since, except));
    if (token == NULL || !allowances) return MIEN_OK;
    asset_text(asset, token, true);
    return sum_of(j, sum, name, asset, since, except);
}

static mien_status last_payment(void *context, int64_t *time, bool *found, mien_policy_chain chain,
                                const uint8_t except[32]) {
    const job *j = context;
    char name[MIEN_POLICY_CHAIN_TEXT], digest[65];
    const char *parameters[] = {j->id, name, digest};
    mien_policy_chain_text(name, chain);
    mien_hex_encode(digest, except, 32);
    *time = INT64_MIN;
    MIEN_TRY(
        run(j, NULL,
            "SELECT max(time) FROM payments WHERE account = $1 AND chain = $2 AND digest <> $3",
            parameters, 3, take_number, time));
    *found = *time != INT64_MIN;
    return MIEN_OK;
}

static mien_status first_asked(void *context, int64_t *time, bool *found, mien_policy_chain chain,
                               const char *destination) {
    const job *j = context;
    char name[MIEN_POLICY_CHAIN_TEXT];
    const char *parameters[] = {j->id, name, destination};
    mien_policy_chain_text(name, chain);
    *time = INT64_MIN;
    MIEN_TRY(run(j, NULL,
                 "SELECT time FROM asked WHERE account = $1 AND chain = $2 AND destination = $3",
                 parameters, 3, take_number, time));
    *found = *time != INT64_MIN;
    return MIEN_OK;
}

/* ---- counting ---- */

static mien_status note_asked(job *j) {
    char now[NUMBER_TEXT];
    number_text(now, j->now);
    for (size_t i = 0; i < j->request->flow_count; i++) {
        const char *parameters[] = {j->id, j->chain, j->request->flows[i].destination, now};
        MIEN_TRY(run(j, NULL,
                     "INSERT INTO asked (account, chain, destination, time) "
                     "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                     parameters, 4, NULL, NULL));
    }
    return MIEN_OK;
}

static mien_status note_amount(job *j, const char *asset, const mien_uint256 *amount) {
    char now[NUMBER_TEXT], text[MIEN_UINT256_TEXT];
    const char *parameters[] = {j->id, j->digest, j->chain, asset, text, now};
    number_text(now, j->now);
    mien_uint256_text(text, amount, 0);
    return run(j, NULL,
               "INSERT INTO payments (account, digest, chain, asset, amount, time) "
               "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
               parameters, 6, NULL, NULL);
}

static void asset_of_flow(char out[ASSET_TEXT], const mien_policy_flow *flow) {
    asset_text(out, flow->is_token ? flow->token : NULL, flow->approval);
}

/* All flows of the asset that flow number `first` is the first of. */
static mien_status note_asset(job *j, size_t first) {
    const mien_policy_request *request = j->request;
    char asset[ASSET_TEXT], other[ASSET_TEXT];
    mien_uint256 sum = mien_uint256_of(0);
    asset_of_flow(asset, &request->flows[first]);
    for (size_t i = 0; i < request->flow_count; i++) {
        const mien_policy_flow *flow = &request->flows[i];
        asset_of_flow(other, flow);
        if (strcmp(asset, other) != 0 || flow->unlimited) continue;
        if (i < first) return MIEN_OK; /* noted with an earlier one */
        MIEN_TRY(mien_uint256_add(&sum, &sum, &flow->amount));
    }
    if (strcmp(asset, "coin") == 0) return MIEN_OK; /* with the fee, below */
    return note_amount(j, asset, &sum);
}

/* The coins of all flows and the fee; also nothing counts, as a payment that was made. */
static mien_status note_coins(job *j) {
    const mien_policy_request *request = j->request;
    mien_uint256 sum = request->fee;
    for (size_t i = 0; i < request->flow_count; i++)
        if (!request->flows[i].is_token)
            MIEN_TRY(mien_uint256_add(&sum, &sum, &request->flows[i].amount));
    return note_amount(j, "coin", &sum);
}

static mien_status note_payment(job *j) {
    if (j->request->kind != MIEN_POLICY_PAYMENT) return MIEN_OK;
    for (size_t i = 0; i < j->request->flow_count; i++) MIEN_TRY(note_asset(j, i));
    MIEN_TRY(note_coins(j));
    return note_asked(j);
}

static mien_status spend(job *j) {
    char now[NUMBER_TEXT];
    const char *parameters[] = {now, j->digest, j->nonce, j->id};
    const mien_policy_history history = {j, spent, last_payment, first_asked};
    uint64_t changed;
    number_text(now, j->now);
    MIEN_TRY(lock_account(j));
    MIEN_TRY(run(j, &changed,
                 "UPDATE nonces SET spent = $1, digest = $2 WHERE nonce = $3 AND account = $4 AND "
                 "spent IS NULL AND expiry >= $1",
                 parameters, 4, NULL, NULL));
    if (changed != 1) return bad_nonce(j->error);
    MIEN_TRY(mien_policy_decide(&j->decision, j->policy, j->request, j->means, j->now, &history));
    if (j->decision.verdict == MIEN_VERDICT_ALLOWED) return note_payment(j);
    return j->decision.verdict == MIEN_VERDICT_WAIT && j->decision.announce ? note_asked(j)
                                                                            : MIEN_OK;
}

mien_status mien_cosign_store_spend(mien_cosign_store *store, const char *id,
                                    const uint8_t nonce[MIEN_PROOF_NONCE_SIZE],
                                    const mien_policy *policy, const mien_policy_request *request,
                                    unsigned means, int64_t now, mien_error *error) {
    job j = {.store = store,
             .id = id,
             .now = now,
             .policy = policy,
             .request = request,
             .means = means,
             .error = error};
    mien_hex_encode(j.nonce, nonce, MIEN_PROOF_NONCE_SIZE);
    mien_hex_encode(j.digest, request->digest, 32);
    mien_policy_chain_text(j.chain, request->chain);
    MIEN_TRY(in_transaction(&j, spend));
    return mien_policy_enforce(&j.decision, error);
}
