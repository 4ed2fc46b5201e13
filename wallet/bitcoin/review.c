/* SPDX-License-Identifier: MIT */
/* The checks. Words for a person are in review_words.c. */
#include "wallet/bitcoin/review.h"

#include "wallet/bitcoin/hash_parts.h"
#include "wallet/bitcoin/review_parts.h"

#define HIGH_INDEX 10000u
#define SEQUENCE_REPLACEABLE 0xfffffffeu
#define SEQUENCE_NO_RELATIVE_LOCK 0x80000000u

mien_bitcoin_limits mien_bitcoin_limits_default(void) {
    mien_bitcoin_limits limits = {.fee_satoshis = 1000000, .fee_percent = 25};
    return limits;
}

/* Everything the single steps need. */
typedef struct reviewing {
    mien_bitcoin_review *review;
    mien_psbt *psbt;
    const mien_bitcoin_keys *keys;
    const mien_bitcoin_limits *limits;
    mien_error *error;
} reviewing;

mien_status mien_origin_parse(mien_key_origin *out, const mien_psbt_entry *entry, bool taproot) {
    mien_reader reader = mien_reader_of(entry->value.data, entry->value.length);
    uint64_t leaves = 0;
    const uint8_t *hashes;
    memset(out, 0, sizeof *out);
    if (taproot) {
        MIEN_TRY(mien_compact_read(&reader, &leaves));
        if (leaves > reader.left / 32) return MIEN_TRUNCATED;
        MIEN_TRY(mien_read_view(&reader, &hashes, 32 * (size_t)leaves));
    }
    out->in_script = leaves != 0;
    MIEN_TRY(mien_read_bytes(&reader, out->fingerprint, sizeof out->fingerprint));
    while (reader.left != 0) {
        uint32_t index;
        MIEN_TRY(mien_read_le32(&reader, &index));
        MIEN_TRY(mien_hd_path_push(&out->path, index));
    }
    return MIEN_OK;
}

/* m/purpose'/coin'/account'/chain/index, or BIP-48's m/48'/coin'/account'/script'/chain/index. */
static bool is_standard_path(const mien_hd_path *path, mien_bitcoin_network network,
                             const mien_lock *lock) {
    uint32_t coin = MIEN_HARDENED | mien_bitcoin_parameters(network)->coin_type;
    uint32_t purpose = MIEN_HARDENED | (lock->has_multisig ? 48 : mien_bitcoin_purpose(lock->type));
    int depth = lock->has_multisig ? 6 : 5;
    if (path->depth != depth || path->index[0] != purpose || path->index[1] != coin) return false;
    if ((path->index[2] & MIEN_HARDENED) == 0) return false;
    if (lock->has_multisig && path->index[3] != (MIEN_HARDENED | (lock->nested ? 1u : 2u)))
        return false;
    return path->index[depth - 2] <= 1 && path->index[depth - 1] < MIEN_HARDENED;
}

/* The key that we derive at the path must be the key that is claimed. */
static mien_status derive_claimed(uint8_t key[MIEN_PUBLIC_KEY_SIZE], const reviewing *r,
                                  const mien_key_origin *origin, const mien_psbt_entry *entry,
                                  const char *kind, size_t number) {
    char path[MIEN_HD_PATH_TEXT];
    bool xonly = entry->data.length == MIEN_XONLY_KEY_SIZE;
    mien_hd_path_text(path, &origin->path);
    mien_status status = r->keys->public_key(r->keys->context, key, &origin->path);
    if (status == MIEN_NOT_FOUND)
        return mien_fail(r->error, status, "%s %zu: this wallet's account at %s is not known here",
                         kind, number, path);
    MIEN_TRY(status);
    size_t length = xonly ? MIEN_XONLY_KEY_SIZE : MIEN_PUBLIC_KEY_SIZE;
    if (entry->data.length == length && memcmp(key + xonly, entry->data.data, length) == 0)
        return MIEN_OK;
    return mien_fail(r->error, MIEN_AUTHENTICATION,
                     "%s %zu claims a key of this wallet at %s, but it is another one", kind,
                     number, path);
}

/* Does this wallet's fingerprint stand in the entry? */
static bool names_us(const reviewing *r, const mien_key_origin *origin) {
    return memcmp(origin->fingerprint, r->keys->fingerprint, MIEN_FINGERPRINT_SIZE) == 0;
}

static bool is_origin_entry(const mien_psbt_entry *entry, bool output, bool *taproot) {
    uint64_t tap = output ? MIEN_PSBT_OUT_TAP_BIP32_DERIVATION : MIEN_PSBT_IN_TAP_BIP32_DERIVATION;
    uint64_t plain = output ? MIEN_PSBT_OUT_BIP32_DERIVATION : MIEN_PSBT_IN_BIP32_DERIVATION;
    *taproot = entry->type == tap;
    return entry->type == tap || entry->type == plain;
}

/* One key of an input that is said to be ours. */
static mien_status claim_input(const reviewing *r, size_t number, const mien_lock *lock,
                               const mien_key_origin *origin, const mien_psbt_entry *entry) {
    mien_bitcoin_review_input *input = &r->review->inputs[number];
    uint8_t key[MIEN_PUBLIC_KEY_SIZE];
    char path[MIEN_HD_PATH_TEXT];
    MIEN_TRY(derive_claimed(key, r, origin, entry, "input", number));
    mien_hd_path_text(path, &origin->path);
    if (origin->in_script)
        return mien_fail(r->error, MIEN_UNSUPPORTED, "input %zu: taproot scripts are not signed",
                         number);
    if (lock->type == MIEN_SCRIPT_OTHER)
        return mien_fail(r->error, MIEN_UNSUPPORTED,
                         "input %zu: its script is missing or of a form that is not signed",
                         number);
    if (!mien_lock_fits(lock, key))
        return mien_fail(r->error, MIEN_AUTHENTICATION,
                         "input %zu: the key at %s does not open the output it spends", number,
                         path);
    if (!r->limits->any_path && !is_standard_path(&origin->path, r->review->network, lock))
        return mien_fail(r->error, MIEN_POLICY_DENIED,
                         "input %zu: %s is no usual path for %s on %s (--network says which "
                         "network it is)",
                         number, path, mien_bitcoin_script_name(lock->type),
                         mien_bitcoin_parameters(r->review->network)->name);
    input->owner = lock->has_multisig ? MIEN_OWNER_SHARED : MIEN_OWNER_RECEIVE;
    input->path = origin->path;
    memcpy(input->key, key, sizeof key);
    return MIEN_OK;
}

static mien_status claim_inputs(const reviewing *r, size_t number, const mien_lock *lock) {
    const mien_psbt_map *map = &r->psbt->inputs[number];
    for (size_t i = 0; i < map->count; i++) {
        mien_key_origin origin;
        bool taproot;
        if (!is_origin_entry(&map->entries[i], false, &taproot)) continue;
        mien_status status = mien_origin_parse(&origin, &map->entries[i], taproot);
        if (status == MIEN_TOO_LARGE) continue; /* deeper than any path of ours */
        MIEN_TRY(status);
        if (names_us(r, &origin)) MIEN_TRY(claim_input(r, number, lock, &origin, &map->entries[i]));
    }
    return MIEN_OK;
}

/* ALL only: a signature that leaves something open cannot be shown as a transaction. */
static mien_status check_sighash_type(const reviewing *r, size_t number, const mien_lock *lock) {
    uint32_t type = mien_input_sighash_type(r->psbt, number, lock);
    bool taproot = lock->algorithm == MIEN_ALGORITHM_TAPROOT;
    if (type == MIEN_SIGHASH_ALL || (taproot && type == MIEN_SIGHASH_DEFAULT)) return MIEN_OK;
    return mien_fail(
        r->error, MIEN_POLICY_DENIED,
        "input %zu asks for sighash type 0x%02x, which leaves parts of the transaction "
        "open; only ALL is signed",
        number, (unsigned)type);
}

uint32_t mien_input_sighash_type(const mien_psbt *psbt, size_t input, const mien_lock *lock) {
    const mien_psbt_entry *entry = mien_psbt_find(&psbt->inputs[input], MIEN_PSBT_IN_SIGHASH_TYPE);
    if (entry != NULL) return mien_load_le32(entry->value.data);
    return lock->algorithm == MIEN_ALGORITHM_TAPROOT ? MIEN_SIGHASH_DEFAULT : MIEN_SIGHASH_ALL;
}

bool mien_input_is_signed(const mien_psbt *psbt, size_t input,
                          const uint8_t key[MIEN_PUBLIC_KEY_SIZE], const mien_lock *lock) {
    const mien_psbt_map *map = &psbt->inputs[input];
    if (mien_psbt_find(map, MIEN_PSBT_IN_FINAL_SCRIPTSIG) != NULL ||
        mien_psbt_find(map, MIEN_PSBT_IN_FINAL_SCRIPTWITNESS) != NULL)
        return true;
    if (lock->algorithm == MIEN_ALGORITHM_TAPROOT)
        return mien_psbt_find(map, MIEN_PSBT_IN_TAP_KEY_SIG) != NULL;
    return mien_psbt_find_keyed(map, MIEN_PSBT_IN_PARTIAL_SIG,
                                mien_view_of(key, MIEN_PUBLIC_KEY_SIZE)) != NULL;
}

static mien_status review_input(const reviewing *r, size_t number, mien_bitcoin_output *spent) {
    mien_bitcoin_review *review = r->review;
    mien_bitcoin_review_input *input = &review->inputs[number];
    mien_lock lock;
    MIEN_TRY(mien_psbt_spent_output(spent, &input->proven, r->psbt, number, r->error));
    if (spent->amount > MIEN_SATOSHIS_MAX ||
        review->input_total + spent->amount > MIEN_SATOSHIS_MAX)
        return mien_fail(r->error, MIEN_OVERFLOW, "input %zu: more than 21 million coins", number);
    review->input_total += spent->amount;
    MIEN_TRY(mien_lock_of_input(&lock, r->psbt, number, spent, r->error));
    input->amount = spent->amount;
    input->type =
        lock.type != MIEN_SCRIPT_OTHER ? lock.type : mien_script_classify(spent->script, NULL);
    mien_status addressed = mien_script_address(input->address, review->network, spent->script);
    if (addressed != MIEN_OK) input->address[0] = '\0';
    MIEN_TRY(claim_inputs(r, number, &lock));
    review->virtual_size += mien_input_weight(r->psbt, number, &lock); /* weight so far */
    if (input->owner == MIEN_OWNER_OTHER) {
        review->notes |= MIEN_NOTE_FOREIGN_INPUTS;
        return MIEN_OK;
    }
    MIEN_TRY(check_sighash_type(r, number, &lock));
    if (input->proven == false && lock.algorithm == MIEN_ALGORITHM_LEGACY)
        return mien_fail(r->error, MIEN_NOT_FOUND,
                         "input %zu: a %s input needs its previous transaction", number,
                         mien_bitcoin_script_name(lock.type));
    if (lock.has_multisig) review->notes |= MIEN_NOTE_MULTISIG;
    input->is_signed = mien_input_is_signed(r->psbt, number, input->key, &lock);
    review->ours++;
    return MIEN_OK;
}

/* CVE-2020-14199 and its relatives: an amount (or script) that only the PSBT vouches for may be a
 * lie, unless every signature we give commits to it. BIP-143 commits to the amount of its own
 * input, BIP-341 to all of them. */
static mien_status check_proven(const reviewing *r) {
    bool taproot_only = true;
    for (size_t i = 0; i < r->review->input_count; i++)
        if (r->review->inputs[i].owner != MIEN_OWNER_OTHER)
            taproot_only &= r->review->inputs[i].type == MIEN_SCRIPT_P2TR;
    for (size_t i = 0; i < r->review->input_count; i++) {
        if (r->review->inputs[i].proven) continue;
        r->review->notes |= MIEN_NOTE_UNPROVEN;
        if (r->review->input_count == 1 || taproot_only || r->limits->unproven_amounts) continue;
        return mien_fail(r->error, MIEN_POLICY_DENIED,
                         "input %zu comes without its previous transaction, so its amount could be "
                         "a lie and the fee another one than shown",
                         i);
    }
    return MIEN_OK;
}

/* Is the account of this path one that pays? Compares all but chain and index. */
static bool is_paying_account(const mien_bitcoin_review *review, const mien_hd_path *path) {
    for (size_t i = 0; i < review->input_count; i++) {
        const mien_hd_path *other = &review->inputs[i].path;
        if (review->inputs[i].owner != MIEN_OWNER_OTHER && other->depth == path->depth &&
            path->depth >= 2 &&
            memcmp(other->index, path->index, (path->depth - 2u) * sizeof path->index[0]) == 0)
            return true;
    }
    return false;
}

/* Is this the script of a registered shared wallet at the chain and index of our key's path? */
static mien_status claim_shared(const reviewing *r, mien_bitcoin_review_output *output,
                                const mien_hd_path *path) {
    if (path->depth < 2 || path->index[path->depth - 2] > 1) return MIEN_OK;
    for (size_t i = 0; i < r->limits->shared_count; i++) {
        int chain = (int)path->index[path->depth - 2];
        mien_script script;
        mien_status status = mien_descriptor_script(&script, NULL, &r->limits->shared[i], chain,
                                                    path->index[path->depth - 1]);
        if (status != MIEN_OK || !mien_view_equal(mien_script_view(&script), output->script))
            continue;
        output->owner = chain == 1 && is_paying_account(r->review, path) ? MIEN_OWNER_CHANGE
                                                                         : MIEN_OWNER_RECEIVE;
        output->path = *path;
        return MIEN_OK;
    }
    return MIEN_OK; /* perhaps shared; without its descriptor it is shown as not ours */
}

/* One key of an output that is said to be ours. */
static mien_status claim_output(const reviewing *r, size_t number, const mien_key_origin *origin,
                                const mien_psbt_entry *entry) {
    mien_bitcoin_review_output *output = &r->review->outputs[number];
    uint8_t key[MIEN_PUBLIC_KEY_SIZE];
    MIEN_TRY(derive_claimed(key, r, origin, entry, "output", number));
    for (int t = 0; t < MIEN_SCRIPT_TYPES; t++) {
        mien_lock lock = {.type = (mien_bitcoin_script_type)t};
        mien_script script;
        MIEN_TRY(mien_script_of_key(&script, lock.type, key));
        if (!mien_view_equal(mien_script_view(&script), output->script)) continue;
        output->type = lock.type;
        /* Coins on a path no wallet looks at would be lost to most people: shown as not ours. */
        if (!is_standard_path(&origin->path, r->review->network, &lock) && !r->limits->any_path)
            return MIEN_OK;
        uint32_t chain = origin->path.depth >= 2 ? origin->path.index[origin->path.depth - 2] : 0;
        bool change = chain == 1 && is_paying_account(r->review, &origin->path);
        output->owner = change ? MIEN_OWNER_CHANGE : MIEN_OWNER_RECEIVE;
        output->path = origin->path;
        if (origin->path.depth >= 1 && origin->path.index[origin->path.depth - 1] > HIGH_INDEX)
            r->review->notes |= MIEN_NOTE_HIGH_INDEX;
        return MIEN_OK;
    }
    if (output->type == MIEN_SCRIPT_P2WSH || output->type == MIEN_SCRIPT_P2SH)
        return claim_shared(r, output, &origin->path);
    return mien_fail(r->error, MIEN_AUTHENTICATION,
                     "output %zu claims to be ours, but its script does not pay our key", number);
}

static mien_status review_output(const reviewing *r, size_t number) {
    mien_bitcoin_review *review = r->review;
    mien_bitcoin_review_output *output = &review->outputs[number];
    const mien_psbt_map *map = &r->psbt->outputs[number];
    output->amount = r->psbt->transaction.outputs[number].amount;
    output->script = r->psbt->transaction.outputs[number].script;
    output->type = mien_script_classify(output->script, NULL);
    if (mien_script_address(output->address, review->network, output->script) != MIEN_OK)
        output->address[0] = '\0';
    for (size_t i = 0; i < map->count; i++) {
        mien_key_origin origin;
        bool taproot;
        if (!is_origin_entry(&map->entries[i], true, &taproot)) continue;
        mien_status status = mien_origin_parse(&origin, &map->entries[i], taproot);
        if (status == MIEN_TOO_LARGE) continue;
        MIEN_TRY(status);
        if (names_us(r, &origin) && !origin.in_script)
            MIEN_TRY(claim_output(r, number, &origin, &map->entries[i]));
    }
    if (output->type == MIEN_SCRIPT_DATA)
        review->notes |= MIEN_NOTE_DATA;
    else if (output->amount < mien_dust_limit(output->script))
        review->notes |= MIEN_NOTE_DUST;
    if (output->owner == MIEN_OWNER_OTHER)
        review->spent += output->amount;
    else
        review->returned += output->amount;
    return MIEN_OK;
}

static mien_status check_fee(const reviewing *r) {
    mien_bitcoin_review *review = r->review;
    const mien_bitcoin_limits *limits = r->limits;
    char fee[MIEN_AMOUNT_TEXT], limit[MIEN_AMOUNT_TEXT];
    if (review->output_total > review->input_total)
        return mien_fail(r->error, MIEN_OVERFLOW, "the outputs are worth more than the inputs");
    review->fee = review->input_total - review->output_total;
    review->fee_rate = review->virtual_size != 0 ? review->fee * 1000 / review->virtual_size : 0;
    mien_bitcoin_amount_text(fee, review->fee, review->network);
    mien_bitcoin_amount_text(limit, limits->fee_satoshis, review->network);
    if (limits->fee_satoshis != 0 && review->fee > limits->fee_satoshis)
        return mien_fail(r->error, MIEN_POLICY_DENIED, "the fee of %s is above the limit of %s",
                         fee, limit);
    if (limits->fee_percent != 0 &&
        review->fee > review->input_total / 100 * limits->fee_percent +
                          review->input_total % 100 * limits->fee_percent / 100)
        return mien_fail(r->error, MIEN_POLICY_DENIED,
                         "the fee of %s is more than %u %% of what the inputs are worth", fee,
                         (unsigned)limits->fee_percent);
    return MIEN_OK;
}

static void note_times(mien_bitcoin_review *review, const mien_bitcoin_transaction *transaction) {
    for (size_t i = 0; i < transaction->input_count; i++) {
        uint32_t sequence = transaction->inputs[i].sequence;
        if (sequence < SEQUENCE_REPLACEABLE) review->notes |= MIEN_NOTE_REPLACEABLE;
        if (sequence != MIEN_SEQUENCE_FINAL && transaction->lock_time != 0)
            review->notes |= MIEN_NOTE_LOCKED;
        if (transaction->version >= 2 && (sequence & SEQUENCE_NO_RELATIVE_LOCK) == 0 &&
            (sequence & 0xffff) != 0)
            review->notes |= MIEN_NOTE_RELATIVE_LOCK;
    }
}

/* docs/FORMATS.md, "Digest of a Bitcoin transaction". */
static void digest_of(uint8_t out[32], mien_bitcoin_network network,
                      const mien_bitcoin_transaction *transaction,
                      const mien_bitcoin_output *spent) {
    mien_sha256_state state;
    uint8_t txid[MIEN_TXID_SIZE];
    mien_sha256_init_tagged(&state, "mien/bitcoin-transaction/v1");
    mien_sha256_update(&state, mien_bitcoin_parameters(network)->magic, 4);
    mien_bitcoin_txid(txid, transaction);
    mien_sha256_update(&state, txid, sizeof txid);
    hash_le32(&state, (uint32_t)transaction->input_count);
    for (size_t i = 0; i < transaction->input_count; i++) hash_output(&state, &spent[i]);
    mien_sha256_final(&state, out);
}

static mien_status check_transaction(const mien_bitcoin_transaction *transaction, uint64_t *total,
                                     mien_arena *arena, mien_error *error) {
    if (transaction->input_count == 0 || transaction->output_count == 0)
        return mien_fail(error, MIEN_FORMAT, "the transaction has no inputs or no outputs");
    if (mien_bitcoin_check_duplicates(transaction, arena) != MIEN_OK)
        return mien_fail(error, MIEN_FORMAT, "the transaction spends the same output twice");
    if (mien_bitcoin_output_sum(total, transaction) != MIEN_OK)
        return mien_fail(error, MIEN_OVERFLOW, "the outputs exceed 21 million coins");
    return MIEN_OK;
}

static mien_status digest_psbt(uint8_t out[32], bool *proven, mien_arena *arena, mien_psbt *psbt,
                               mien_bitcoin_network network, mien_error *error) {
    const mien_bitcoin_transaction *transaction = &psbt->transaction;
    mien_bitcoin_output *spent;
    uint64_t total;
    MIEN_TRY(check_transaction(transaction, &total, arena, error));
    MIEN_TRY(mien_arena_take(arena, &spent, transaction->input_count, sizeof *spent));
    *proven = true;
    for (size_t i = 0; i < transaction->input_count; i++) {
        bool input_proven;
        MIEN_TRY(mien_psbt_spent_output(&spent[i], &input_proven, psbt, i, error));
        if (spent[i].amount > MIEN_SATOSHIS_MAX)
            return mien_fail(error, MIEN_OVERFLOW, "input %zu: more than 21 million coins", i);
        *proven &= input_proven;
    }
    digest_of(out, network, transaction, spent);
    return MIEN_OK;
}

mien_status mien_bitcoin_psbt_digest(uint8_t out[32], bool *proven, mien_psbt *psbt,
                                     mien_bitcoin_network network, mien_error *error) {
    mien_arena arena = mien_arena_of(SIZE_MAX);
    memset(out, 0, 32);
    *proven = false;
    mien_status status = digest_psbt(out, proven, &arena, psbt, network, error);
    mien_arena_clear(&arena);
    return status;
}

/* Finishing an input takes the names of its keys away (BIP-174): whose it was is no longer told. */
static mien_status nothing_ours(const reviewing *r) {
    size_t finished = 0;
    for (size_t i = 0; i < r->psbt->transaction.input_count; i++) {
        const mien_psbt_map *map = &r->psbt->inputs[i];
        finished += mien_psbt_find(map, MIEN_PSBT_IN_FINAL_SCRIPTSIG) != NULL ||
                    mien_psbt_find(map, MIEN_PSBT_IN_FINAL_SCRIPTWITNESS) != NULL;
    }
    return mien_fail(r->error, MIEN_NOT_FOUND,
                     finished != 0 && finished == r->psbt->transaction.input_count
                         ? "no input belongs to this wallet that is still to be signed: all are "
                           "finished (mien psbt extract gives the transaction)"
                         : "no input belongs to this wallet");
}

static mien_status review_everything(const reviewing *r) {
    mien_bitcoin_review *review = r->review;
    const mien_bitcoin_transaction *transaction = &r->psbt->transaction;
    mien_bitcoin_output *spent;
    MIEN_TRY(check_transaction(transaction, &review->output_total, &review->arena, r->error));
    MIEN_TRY(mien_arena_take(&review->arena, &spent, transaction->input_count, sizeof *spent));
    for (size_t i = 0; i < transaction->input_count; i++) MIEN_TRY(review_input(r, i, &spent[i]));
    if (review->ours == 0) return nothing_ours(r);
    MIEN_TRY(check_proven(r));
    for (size_t i = 0; i < transaction->output_count; i++) MIEN_TRY(review_output(r, i));
    size_t weight =
        review->virtual_size + 4 * mien_bitcoin_transaction_size(transaction, false) + 2;
    review->virtual_size = (weight + 3) / 4;
    MIEN_TRY(check_fee(r));
    note_times(review, transaction);
    review->version = transaction->version;
    review->lock_time = transaction->lock_time;
    mien_bitcoin_txid(review->txid, transaction);
    digest_of(review->digest, review->network, transaction, spent);
    return MIEN_OK;
}

mien_status mien_bitcoin_review_psbt(mien_bitcoin_review *out, mien_psbt *psbt,
                                     mien_bitcoin_network network, const mien_bitcoin_keys *keys,
                                     const mien_bitcoin_limits *limits, mien_error *error) {
    reviewing r = {out, psbt, keys, limits, error};
    memset(out, 0, sizeof *out);
    out->arena = mien_arena_of(SIZE_MAX);
    out->network = network;
    out->input_count = psbt->transaction.input_count;
    out->output_count = psbt->transaction.output_count;
    mien_status status =
        mien_arena_take(&out->arena, &out->inputs, out->input_count, sizeof *out->inputs);
    if (status == MIEN_OK)
        status =
            mien_arena_take(&out->arena, &out->outputs, out->output_count, sizeof *out->outputs);
    if (status == MIEN_OK) status = review_everything(&r);
    if (status != MIEN_OK) mien_bitcoin_review_destroy(out);
    return status;
}

void mien_bitcoin_review_destroy(mien_bitcoin_review *review) {
    mien_arena_clear(&review->arena);
    memset(review, 0, sizeof *review);
}
