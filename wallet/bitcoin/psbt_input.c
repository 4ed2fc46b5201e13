/* SPDX-License-Identifier: MIT */
#include "wallet/bitcoin/psbt_input.h"

#include "wallet/hash/hash.h"

static mien_view value_of(const mien_psbt_map *map, uint64_t type) {
    const mien_psbt_entry *entry = mien_psbt_find(map, type);
    return entry != NULL ? entry->value : mien_view_of(NULL, 0);
}

static mien_status copy_script(mien_script *out, mien_view script) {
    if (script.length > sizeof out->bytes) return MIEN_TOO_LARGE;
    memcpy(out->bytes, script.data, script.length);
    out->length = script.length;
    return MIEN_OK;
}

/* A script behind a hash: multisig is the one form we sign. */
static void lock_of_script(mien_lock *lock, mien_view script, mien_bitcoin_script_type type) {
    if (mien_script_multisig(&lock->multisig, script) != MIEN_OK ||
        copy_script(&lock->script_code, script) != MIEN_OK)
        return;
    lock->has_multisig = true;
    lock->type = type;
}

static mien_status lock_of_witness(mien_lock *lock, const mien_psbt_map *map, size_t input,
                                   mien_bitcoin_script_type type, mien_error *error) {
    uint8_t hash[32];
    lock->algorithm = MIEN_ALGORITHM_SEGWIT0;
    if (type == MIEN_SCRIPT_P2WPKH) {
        mien_script_p2pkh(&lock->script_code, lock->hash.data);
        lock->type = lock->redeem.length != 0 ? MIEN_SCRIPT_P2SH_P2WPKH : MIEN_SCRIPT_P2WPKH;
        return MIEN_OK;
    }
    lock->witness = value_of(map, MIEN_PSBT_IN_WITNESS_SCRIPT);
    if (lock->witness.length == 0) return MIEN_OK;
    mien_sha256(hash, lock->witness.data, lock->witness.length);
    if (memcmp(hash, lock->hash.data, sizeof hash) != 0)
        return mien_fail(error, MIEN_AUTHENTICATION,
                         "input %zu: its output does not commit to the witness script", input);
    lock->nested = lock->redeem.length != 0;
    lock_of_script(lock, lock->witness, MIEN_SCRIPT_P2WSH);
    return MIEN_OK;
}

static mien_status lock_of_redeem(mien_lock *lock, const mien_psbt_map *map, size_t input,
                                  mien_error *error) {
    uint8_t hash[20];
    lock->redeem = value_of(map, MIEN_PSBT_IN_REDEEM_SCRIPT);
    if (lock->redeem.length == 0) return MIEN_OK;
    mien_hash160(hash, lock->redeem.data, lock->redeem.length);
    if (memcmp(hash, lock->hash.data, sizeof hash) != 0)
        return mien_fail(error, MIEN_AUTHENTICATION,
                         "input %zu: its output does not commit to the redeem script", input);
    mien_bitcoin_script_type inner = mien_script_classify(lock->redeem, &lock->hash);
    if (inner == MIEN_SCRIPT_P2WPKH || inner == MIEN_SCRIPT_P2WSH)
        return lock_of_witness(lock, map, input, inner, error);
    lock_of_script(lock, lock->redeem, MIEN_SCRIPT_P2SH);
    return MIEN_OK;
}

mien_status mien_lock_of_input(mien_lock *out, const mien_psbt *psbt, size_t input,
                               const mien_bitcoin_output *spent, mien_error *error) {
    const mien_psbt_map *map = &psbt->inputs[input];
    memset(out, 0, sizeof *out);
    out->type = MIEN_SCRIPT_OTHER;
    mien_bitcoin_script_type type = mien_script_classify(spent->script, &out->hash);
    switch (type) {
    case MIEN_SCRIPT_P2PKH:
        out->type = type;
        return copy_script(&out->script_code, spent->script);
    case MIEN_SCRIPT_P2TR:
        out->type = type;
        out->algorithm = MIEN_ALGORITHM_TAPROOT;
        return MIEN_OK;
    case MIEN_SCRIPT_P2WPKH:
    case MIEN_SCRIPT_P2WSH:
        return lock_of_witness(out, map, input, type, error);
    case MIEN_SCRIPT_P2SH:
        return lock_of_redeem(out, map, input, error);
    default:
        return MIEN_OK;
    }
}

bool mien_lock_fits(const mien_lock *lock, const uint8_t key[MIEN_PUBLIC_KEY_SIZE]) {
    uint8_t hash[32];
    if (lock->type == MIEN_SCRIPT_OTHER) return false;
    for (int i = 0; lock->has_multisig && i < lock->multisig.count; i++)
        if (memcmp(lock->multisig.key[i], key, MIEN_PUBLIC_KEY_SIZE) == 0) return true;
    if (lock->has_multisig) return false;
    if (lock->type == MIEN_SCRIPT_P2TR)
        return mien_taproot_output_key(hash, NULL, key + 1, NULL) == MIEN_OK &&
               memcmp(hash, lock->hash.data, 32) == 0;
    mien_hash160(hash, key, MIEN_PUBLIC_KEY_SIZE);
    return memcmp(hash, lock->hash.data, 20) == 0;
}

mien_status mien_lock_sighash(uint8_t out[32], const mien_lock *lock,
                              const mien_sighash_cache *cache, size_t input, uint64_t amount,
                              uint32_t type) {
    if (type > 0xff) return MIEN_ARGUMENT;
    if (lock->algorithm == MIEN_ALGORITHM_TAPROOT)
        return mien_sighash_taproot(out, cache, input, (uint8_t)type);
    uint32_t base = type & ~MIEN_SIGHASH_ANYONECANPAY;
    if (base < MIEN_SIGHASH_ALL || base > MIEN_SIGHASH_SINGLE) return MIEN_ARGUMENT;
    mien_view code = mien_script_view(&lock->script_code);
    if (lock->algorithm == MIEN_ALGORITHM_SEGWIT0)
        mien_sighash_segwit0(out, cache, input, code, amount, type);
    else
        mien_sighash_legacy(out, cache->transaction, input, code, type);
    return MIEN_OK;
}

/* BIP-370: a signature over all inputs or outputs forbids to change them. */
static mien_status clear_modifiable(mien_psbt *psbt, uint32_t type) {
    const mien_psbt_entry *entry = mien_psbt_find(&psbt->global, MIEN_PSBT_GLOBAL_TX_MODIFIABLE);
    uint32_t base = type & 3;
    if (psbt->version != 2 || entry == NULL) return MIEN_OK;
    uint8_t flags = entry->value.data[0];
    if ((type & MIEN_SIGHASH_ANYONECANPAY) == 0) flags &= (uint8_t)~1u;
    if (base != MIEN_SIGHASH_NONE) flags &= (uint8_t)~2u;
    if (base == MIEN_SIGHASH_SINGLE) flags |= 4u;
    return mien_psbt_set(psbt, &psbt->global, MIEN_PSBT_GLOBAL_TX_MODIFIABLE, mien_view_of(NULL, 0),
                         mien_view_of(&flags, 1));
}

static mien_status sign_taproot(mien_psbt *psbt, size_t input, const uint8_t hash[32],
                                uint32_t type, const mien_curve *curve,
                                const uint8_t secret[MIEN_SECRET_KEY_SIZE],
                                const uint8_t auxiliary[32]) {
    uint8_t signature[MIEN_SIGNATURE_SIZE + 1], tweaked[MIEN_SECRET_KEY_SIZE];
    memcpy(tweaked, secret, sizeof tweaked);
    mien_status status = mien_taproot_tweak_secret(curve, tweaked, NULL);
    if (status == MIEN_OK) status = mien_schnorr_sign(curve, signature, hash, tweaked, auxiliary);
    mien_wipe(tweaked, sizeof tweaked);
    MIEN_TRY(status);
    signature[MIEN_SIGNATURE_SIZE] = (uint8_t)type;
    size_t length = MIEN_SIGNATURE_SIZE + (type != MIEN_SIGHASH_DEFAULT);
    return mien_psbt_set(psbt, &psbt->inputs[input], MIEN_PSBT_IN_TAP_KEY_SIG,
                         mien_view_of(NULL, 0), mien_view_of(signature, length));
}

static mien_status sign_ecdsa(mien_psbt *psbt, size_t input, const uint8_t hash[32], uint32_t type,
                              const mien_curve *curve, const uint8_t secret[MIEN_SECRET_KEY_SIZE],
                              const uint8_t key[MIEN_PUBLIC_KEY_SIZE]) {
    uint8_t signature[MIEN_SIGNATURE_SIZE], der[MIEN_SIGNATURE_DER_MAX + 1];
    size_t length;
    MIEN_TRY(mien_ecdsa_sign(curve, signature, NULL, hash, secret));
    mien_ecdsa_to_der(der, &length, signature);
    if (length == 0) return MIEN_INTERNAL;
    der[length] = (uint8_t)type;
    return mien_psbt_set(psbt, &psbt->inputs[input], MIEN_PSBT_IN_PARTIAL_SIG,
                         mien_view_of(key, MIEN_PUBLIC_KEY_SIZE), mien_view_of(der, length + 1));
}

mien_status mien_psbt_sign_input(mien_psbt *psbt, size_t input, const mien_lock *lock,
                                 const mien_sighash_cache *cache, uint64_t amount, uint32_t type,
                                 const mien_curve *curve,
                                 const uint8_t secret[MIEN_SECRET_KEY_SIZE],
                                 const uint8_t auxiliary[32]) {
    uint8_t hash[32], key[MIEN_PUBLIC_KEY_SIZE];
    MIEN_TRY(mien_curve_public_key(curve, key, secret));
    if (!mien_lock_fits(lock, key)) return MIEN_ARGUMENT;
    MIEN_TRY(mien_lock_sighash(hash, lock, cache, input, amount, type));
    if (lock->algorithm == MIEN_ALGORITHM_TAPROOT)
        MIEN_TRY(sign_taproot(psbt, input, hash, type, curve, secret, auxiliary));
    else
        MIEN_TRY(sign_ecdsa(psbt, input, hash, type, curve, secret, key));
    return clear_modifiable(psbt, type);
}
