/* SPDX-License-Identifier: MIT */
#include "platform/memory/secret.h"
#include "wallet/bitcoin/review_parts.h"

/* Lives in guarded memory: everything secret that signing needs. */
typedef struct signing {
    mien_bitcoin_root_keys keys;
    uint8_t secret[MIEN_SECRET_KEY_SIZE];
    uint8_t auxiliary[32];
} signing;

/* One signature, made but not yet part of the PSBT. */
typedef struct job {
    mien_psbt *psbt;
    mien_bitcoin_review *review;
    mien_sighash_cache cache;
    const mien_bitcoin_output *spent;
    const mien_curve *curve;
    const mien_random *random;
    signing *secrets;
} job;

/* Sign input `number` with the key of one origin entry, unless that was done before. */
static mien_status sign_with(job *j, size_t number, const mien_lock *lock,
                             const mien_key_origin *origin, size_t *signed_inputs) {
    signing *s = j->secrets;
    uint8_t key[MIEN_PUBLIC_KEY_SIZE];
    MIEN_TRY(mien_bitcoin_root_secret(s->secret, &s->keys, &origin->path));
    MIEN_TRY(mien_curve_public_key(j->curve, key, s->secret));
    if (mien_input_is_signed(j->psbt, number, key, lock)) return MIEN_OK;
    MIEN_TRY(mien_random_fill(j->random, s->auxiliary, sizeof s->auxiliary));
    uint32_t type = mien_input_sighash_type(j->psbt, number, lock);
    MIEN_TRY(mien_psbt_sign_input(j->psbt, number, lock, &j->cache, j->spent[number].amount, type,
                                  j->curve, s->secret, s->auxiliary));
    (*signed_inputs)++;
    return MIEN_OK;
}

/* Every key of ours that an input names; the review has vouched for each. The entries are read from
 * a copy of the map, because signing adds to it. */
static mien_status sign_input(job *j, size_t number, const uint8_t fingerprint[4],
                              size_t *signed_inputs) {
    const mien_psbt_map map = j->psbt->inputs[number];
    mien_psbt_entry *entries;
    mien_lock lock;
    MIEN_TRY(mien_arena_take(&j->review->arena, &entries, map.count, sizeof *entries));
    memcpy(entries, map.entries, map.count * sizeof *entries);
    MIEN_TRY(mien_lock_of_input(&lock, j->psbt, number, &j->spent[number], NULL));
    for (size_t i = 0; i < map.count; i++) {
        mien_key_origin origin;
        bool taproot = entries[i].type == MIEN_PSBT_IN_TAP_BIP32_DERIVATION;
        if (!taproot && entries[i].type != MIEN_PSBT_IN_BIP32_DERIVATION) continue;
        if (mien_origin_parse(&origin, &entries[i], taproot) != MIEN_OK) continue;
        if (memcmp(origin.fingerprint, fingerprint, MIEN_FINGERPRINT_SIZE) == 0)
            MIEN_TRY(sign_with(j, number, &lock, &origin, signed_inputs));
    }
    return MIEN_OK;
}

/* Taproot hashes need every spent output; the review has seen them all. */
static mien_status prepare(job *j, mien_error *error) {
    size_t count = j->psbt->transaction.input_count;
    mien_bitcoin_output *spent;
    MIEN_TRY(mien_arena_take(&j->review->arena, &spent, count, sizeof *spent));
    for (size_t i = 0; i < count; i++) {
        bool proven;
        MIEN_TRY(mien_psbt_spent_output(&spent[i], &proven, j->psbt, i, error));
    }
    j->spent = spent;
    mien_sighash_cache_init(&j->cache, &j->psbt->transaction, spent);
    return MIEN_OK;
}

/* Maps as they were, so that a failure half-way leaves the PSBT unchanged. What signing adds lies
 * in the arena and is simply no longer referred to. */
typedef struct backup {
    mien_psbt_map global, *inputs;
} backup;

static mien_status copy_map(mien_psbt_map *out, mien_arena *arena, const mien_psbt_map *map) {
    *out = *map;
    MIEN_TRY(mien_arena_take(arena, &out->entries, map->capacity, sizeof *map->entries));
    if (map->count != 0) memcpy(out->entries, map->entries, map->count * sizeof *map->entries);
    return MIEN_OK;
}

static mien_status back_up(backup *b, mien_psbt *psbt) {
    size_t count = psbt->transaction.input_count;
    MIEN_TRY(copy_map(&b->global, &psbt->arena, &psbt->global));
    MIEN_TRY(mien_arena_take(&psbt->arena, &b->inputs, count, sizeof *b->inputs));
    for (size_t i = 0; i < count; i++)
        MIEN_TRY(copy_map(&b->inputs[i], &psbt->arena, &psbt->inputs[i]));
    return MIEN_OK;
}

static mien_status sign_all(job *j, size_t *signed_inputs, mien_bitcoin_network network,
                            const mien_hd_private *root, const mien_bitcoin_limits *limits,
                            const uint8_t *digest, mien_error *error) {
    mien_bitcoin_keys keys;
    MIEN_TRY(mien_bitcoin_keys_of_root(&keys, &j->secrets->keys, j->curve, root));
    MIEN_TRY(mien_bitcoin_review_psbt(j->review, j->psbt, network, &keys, limits, error));
    if (digest != NULL && memcmp(digest, j->review->digest, 32) != 0)
        return mien_fail(error, MIEN_AUTHENTICATION,
                         "this is not the transaction that was shown and approved");
    MIEN_TRY(prepare(j, error));
    for (size_t i = 0; i < j->review->input_count; i++)
        if (j->review->inputs[i].owner != MIEN_OWNER_OTHER)
            MIEN_TRY(sign_input(j, i, keys.fingerprint, signed_inputs));
    return MIEN_OK;
}

mien_status mien_bitcoin_sign_psbt(mien_psbt *psbt, size_t *signed_inputs, const mien_curve *curve,
                                   const mien_hd_private *root, mien_bitcoin_network network,
                                   const mien_bitcoin_limits *limits, const uint8_t *digest,
                                   const mien_random *random, mien_error *error) {
    mien_bitcoin_review review = {0};
    job j = {.psbt = psbt, .review = &review, .curve = curve, .random = random};
    void *memory;
    backup saved;
    *signed_inputs = 0;
    MIEN_TRY(back_up(&saved, psbt));
    MIEN_TRY(mien_secret_alloc(&memory, sizeof *j.secrets, error));
    j.secrets = memory;
    mien_status status = sign_all(&j, signed_inputs, network, root, limits, digest, error);
    if (status != MIEN_OK) {
        psbt->global = saved.global;
        memcpy(psbt->inputs, saved.inputs, psbt->transaction.input_count * sizeof *psbt->inputs);
        *signed_inputs = 0;
    }
    mien_bitcoin_review_destroy(&review);
    mien_secret_free(memory);
    return status;
}
