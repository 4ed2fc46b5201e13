/* SPDX-License-Identifier: MIT */
#include "wallet/policy/history.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "wallet/policy/policy_parts.h"

#define NAME_SIZE 16
#define PAYMENTS_PRUNED 4096 /* so many are kept before old ones are looked for */

/* Names of transactions and destinations, with a time. Open addressing, never more than half full.
 * The names are hashes, so nobody can choose where they fall. */
typedef struct name_entry {
    uint8_t name[NAME_SIZE];
    int64_t time;
    bool used;
} name_entry;
typedef struct table {
    name_entry *entries;
    size_t capacity, count; /* capacity: a power of two, or 0 */
} table;

typedef struct amount {
    mien_policy_chain chain;
    bool is_token, is_allowance;
    uint8_t token[MIEN_ETHEREUM_ADDRESS_SIZE], digest[32];
    mien_uint256 amount;
    int64_t time;
} amount;

/* The last two, so that one remains when the last is the payment in question. */
typedef struct last_payments {
    mien_policy_chain chain;
    uint8_t digest[2][32];
    int64_t time[2]; /* newest first */
    size_t count;
} last_payments;

struct mien_policy_past {
    table names;
    amount *amounts;
    size_t amount_count, amount_capacity, prune_at;
    last_payments *chains;
    size_t chain_count, chain_capacity;
};

/* ---- names ---- */

static void name_of(uint8_t name[NAME_SIZE], const char *what, mien_policy_chain chain,
                    const void *bytes, size_t length) {
    uint8_t place[9], personal[crypto_generichash_blake2b_PERSONALBYTES] = {0};
    crypto_generichash_blake2b_state state;
    memcpy(personal, what, strnlen(what, sizeof personal));
    place[0] = chain.evm;
    mien_store_le64(place + 1, chain.id);
    (void)crypto_generichash_blake2b_init_salt_personal(&state, NULL, 0, NAME_SIZE, NULL, personal);
    (void)crypto_generichash_blake2b_update(&state, place, sizeof place);
    (void)crypto_generichash_blake2b_update(&state, bytes, length);
    (void)crypto_generichash_blake2b_final(&state, name, NAME_SIZE);
}

/* The entry of that name, or the free one where it belongs. */
static name_entry *find(const table *names, const uint8_t name[NAME_SIZE]) {
    size_t at = (size_t)mien_load_le64(name);
    for (;; at++) {
        name_entry *entry = &names->entries[at & (names->capacity - 1)];
        if (!entry->used || memcmp(entry->name, name, NAME_SIZE) == 0) return entry;
    }
}

static mien_status grow(table *names) {
    table larger = {.capacity = names->capacity != 0 ? 2 * names->capacity : 64};
    larger.entries = calloc(larger.capacity, sizeof *larger.entries);
    if (larger.entries == NULL) return MIEN_MEMORY;
    for (size_t i = 0; i < names->capacity; i++)
        if (names->entries[i].used) *find(&larger, names->entries[i].name) = names->entries[i];
    larger.count = names->count;
    free(names->entries);
    *names = larger;
    return MIEN_OK;
}

/* *known tells whether it was there; the first time stays. */
static mien_status note(table *names, const uint8_t name[NAME_SIZE], int64_t time, bool *known) {
    if (2 * (names->count + 1) > names->capacity) MIEN_TRY(grow(names));
    name_entry *entry = find(names, name);
    *known = entry->used;
    if (entry->used) return MIEN_OK;
    memcpy(entry->name, name, NAME_SIZE);
    entry->time = time;
    entry->used = true;
    names->count++;
    return MIEN_OK;
}

/* ---- amounts ---- */

static bool same_chain(mien_policy_chain a, mien_policy_chain b) {
    return a.evm == b.evm && a.id == b.id;
}

/* Two days are more than any question goes back; the second one forgives clocks. */
static void prune(mien_policy_past *past, int64_t now) {
    size_t kept = 0;
    if (past->amount_count < past->prune_at) return;
    for (size_t i = 0; i < past->amount_count; i++)
        if (past->amounts[i].time >= now - 2 * MIEN_POLICY_DAY)
            past->amounts[kept++] = past->amounts[i];
    past->amount_count = kept;
    past->prune_at = 2 * kept > PAYMENTS_PRUNED ? 2 * kept : PAYMENTS_PRUNED;
}

static mien_status add_amount(mien_policy_past *past, const mien_policy_request *request,
                              const mien_policy_flow *flow, const mien_uint256 *value,
                              int64_t time) {
    if (past->amount_count == past->amount_capacity) {
        size_t capacity = past->amount_capacity != 0 ? 2 * past->amount_capacity : 64;
        amount *larger = realloc(past->amounts, capacity * sizeof *larger);
        if (larger == NULL) return MIEN_MEMORY;
        past->amounts = larger;
        past->amount_capacity = capacity;
    }
    amount *out = &past->amounts[past->amount_count++];
    *out = (amount){.chain = request->chain, .amount = *value, .time = time};
    memcpy(out->digest, request->digest, sizeof out->digest);
    if (flow == NULL || !flow->is_token) return MIEN_OK;
    out->is_token = true;
    out->is_allowance = flow->approval;
    memcpy(out->token, flow->token, sizeof out->token);
    return MIEN_OK;
}

/* Allowances are amounts, too, unless without end: no limit has let those pass. */
static mien_status add_amounts(mien_policy_past *past, const mien_policy_request *request,
                               int64_t time) {
    for (size_t i = 0; i < request->flow_count; i++) {
        const mien_policy_flow *flow = &request->flows[i];
        if (flow->unlimited || mien_uint256_is_zero(&flow->amount)) continue;
        MIEN_TRY(add_amount(past, request, flow, &flow->amount, time));
    }
    return mien_uint256_is_zero(&request->fee)
               ? MIEN_OK
               : add_amount(past, request, NULL, &request->fee, time);
}

static mien_status note_last(mien_policy_past *past, const mien_policy_request *request,
                             int64_t time) {
    size_t i = 0;
    while (i < past->chain_count && !same_chain(past->chains[i].chain, request->chain)) i++;
    if (i == past->chain_capacity) {
        size_t capacity = past->chain_capacity != 0 ? 2 * past->chain_capacity : 8;
        last_payments *larger = realloc(past->chains, capacity * sizeof *larger);
        if (larger == NULL) return MIEN_MEMORY;
        past->chains = larger;
        past->chain_capacity = capacity;
    }
    last_payments *last = &past->chains[i];
    if (i == past->chain_count) {
        *last = (last_payments){.chain = request->chain};
        past->chain_count++;
    }
    memcpy(last->digest[1], last->digest[0], 32);
    last->time[1] = last->time[0];
    memcpy(last->digest[0], request->digest, 32);
    last->time[0] = time;
    if (last->count < 2) last->count++;
    return MIEN_OK;
}

/* ---- what happened ---- */

mien_status mien_policy_past_create(mien_policy_past **past) {
    *past = calloc(1, sizeof **past);
    if (*past == NULL) return MIEN_MEMORY;
    (*past)->prune_at = PAYMENTS_PRUNED;
    mien_status status = grow(&(*past)->names);
    if (status != MIEN_OK) {
        free(*past);
        *past = NULL;
    }
    return status;
}

void mien_policy_past_destroy(mien_policy_past *past) {
    if (past == NULL) return;
    free(past->names.entries);
    free(past->amounts);
    free(past->chains);
    free(past);
}

mien_status mien_policy_past_asked(mien_policy_past *past, const mien_policy_request *request,
                                   int64_t time) {
    uint8_t name[NAME_SIZE];
    bool known;
    for (size_t i = 0; i < request->flow_count; i++) {
        const char *destination = request->flows[i].destination;
        name_of(name, "destination", request->chain, destination, strlen(destination));
        MIEN_TRY(note(&past->names, name, time, &known));
    }
    return MIEN_OK;
}

mien_status mien_policy_past_signed(mien_policy_past *past, const mien_policy_request *request,
                                    int64_t time) {
    uint8_t name[NAME_SIZE];
    bool known;
    if (request->kind != MIEN_POLICY_PAYMENT) return MIEN_OK;
    name_of(name, "transaction", request->chain, request->digest, sizeof request->digest);
    MIEN_TRY(note(&past->names, name, time, &known));
    if (known) return MIEN_OK;
    prune(past, time);
    MIEN_TRY(add_amounts(past, request, time));
    MIEN_TRY(note_last(past, request, time));
    return mien_policy_past_asked(past, request, time);
}

/* ---- answers ---- */

static mien_status spent(void *context, mien_uint256 *sum, mien_policy_chain chain,
                         const uint8_t *token, bool allowances, int64_t since,
                         const uint8_t except[32]) {
    const mien_policy_past *past = context;
    *sum = mien_uint256_of(0);
    for (size_t i = 0; i < past->amount_count; i++) {
        const amount *a = &past->amounts[i];
        if (a->time < since || !same_chain(a->chain, chain) || a->is_token != (token != NULL))
            continue;
        if (token != NULL && memcmp(a->token, token, sizeof a->token) != 0) continue;
        if (a->is_allowance && !allowances) continue;
        if (memcmp(a->digest, except, sizeof a->digest) == 0) continue;
        MIEN_TRY(mien_uint256_add(sum, sum, &a->amount));
    }
    return MIEN_OK;
}

static mien_status last_payment(void *context, int64_t *time, bool *found, mien_policy_chain chain,
                                const uint8_t except[32]) {
    const mien_policy_past *past = context;
    *found = false;
    for (size_t i = 0; i < past->chain_count; i++) {
        const last_payments *last = &past->chains[i];
        if (!same_chain(last->chain, chain)) continue;
        size_t use = memcmp(last->digest[0], except, 32) == 0;
        *found = use < last->count;
        if (*found) *time = last->time[use];
    }
    return MIEN_OK;
}

static mien_status first_asked(void *context, int64_t *time, bool *found, mien_policy_chain chain,
                               const char *destination) {
    const mien_policy_past *past = context;
    uint8_t name[NAME_SIZE];
    name_of(name, "destination", chain, destination, strlen(destination));
    const name_entry *entry = find(&past->names, name);
    *found = entry->used;
    if (entry->used) *time = entry->time;
    return MIEN_OK;
}

mien_policy_history mien_policy_past_answers(mien_policy_past *past) {
    return (mien_policy_history){past, spent, last_payment, first_asked};
}
