/* SPDX-License-Identifier: MIT */
/* The second signature, of either chain. */
#include <stdlib.h>
#include <string.h>

#include "platform/memory/secret.h"
#include "wallet/bitcoin/review.h"
#include "wallet/cosign/attestation.h"
#include "wallet/cosign/cosign_parts.h"
#include "wallet/encoding/hex.h"
#include "wallet/policy/request.h"

#define ARENA_LIMIT ((size_t)64 << 20)
/* The proof holds, the policy agrees, and the nonce is spent for good: sign now or never. */
static mien_status authorise(mien_cosign_call *call, const mien_policy_request *request) {
    uint8_t nonce[MIEN_PROOF_NONCE_SIZE];
    unsigned means; /* whether a PIN was typed nobody can tell from here */
    MIEN_TRY(mien_cosign_check_proof(call, nonce, &means, request->digest));
    return mien_cosign_store_spend(call->store, call->account.id, nonce, call->member.policy,
                                   request, means, call->now, call->error);
}

/* ---- Bitcoin ---- */

typedef struct spending {
    mien_cosign_call *call;
    mien_psbt psbt;
    mien_bitcoin_review review;
    mien_bitcoin_limits limits;
    mien_arena arena;
} spending;

/* Our public keys of this account and of no other. */
static mien_status account_key(void *context, uint8_t out[MIEN_PUBLIC_KEY_SIZE],
                               const mien_hd_path *path) {
    const mien_cosign_call *call = context;
    const mien_descriptor_key *ours = &call->member.descriptor.keys[1];
    mien_hd_public key;
    size_t depth = ours->origin.depth;
    if (path->depth != depth + 2 ||
        memcmp(path->index, ours->origin.index, depth * sizeof path->index[0]) != 0 ||
        path->index[depth] >= MIEN_HARDENED || path->index[depth + 1] >= MIEN_HARDENED)
        return MIEN_NOT_FOUND;
    MIEN_TRY(mien_hd_public_derive(&key, &ours->extended, path->index + depth, 2));
    memcpy(out, key.key, MIEN_PUBLIC_KEY_SIZE);
    return MIEN_OK;
}

/* Each input must be spent from this account's own addresses; nothing else is signed or paid for.
 */
static mien_status check_inputs(const spending *s) {
    const mien_cosign_member *member = &s->call->member;
    for (size_t i = 0; i < s->review.input_count; i++) {
        const mien_bitcoin_review_input *input = &s->review.inputs[i];
        char address[MIEN_ADDRESS_TEXT];
        mien_script script;
        bool ours = input->owner == MIEN_OWNER_SHARED && input->path.depth == 6 &&
                    input->path.index[4] <= 1;
        if (ours) {
            MIEN_TRY(mien_descriptor_script(&script, NULL, &member->descriptor,
                                            (int)input->path.index[4], input->path.index[5]));
            MIEN_TRY(mien_script_address(address, member->network, mien_script_view(&script)));
            ours = strcmp(address, input->address) == 0;
        }
        if (!ours)
            return mien_fail(s->call->error, MIEN_ARGUMENT,
                             "input %zu is not spent from this account's wallet", i);
    }
    return MIEN_OK;
}

static mien_status review_psbt(spending *s) {
    mien_cosign_call *call = s->call;
    mien_bitcoin_keys keys = {.public_key = account_key, .context = call};
    uint8_t *bytes;
    size_t length;
    memcpy(keys.fingerprint, call->member.descriptor.keys[1].fingerprint, MIEN_FINGERPRINT_SIZE);
    MIEN_TRY(mien_cosign_get_base64(&bytes, &length, call->body, "psbt", MIEN_COSIGN_BODY_LIMIT,
                                    call->error));
    mien_status status = mien_psbt_parse(&s->psbt, bytes, length, call->error);
    free(bytes);
    MIEN_TRY(status);
    s->limits = mien_bitcoin_limits_default();
    s->limits.shared = &call->member.descriptor;
    s->limits.shared_count = 1;
    MIEN_TRY(mien_bitcoin_review_psbt(&s->review, &s->psbt, call->member.network, &keys, &s->limits,
                                      call->error));
    return check_inputs(s);
}

static mien_status sign_psbt(spending *s) {
    mien_cosign_call *call = s->call;
    mien_random random = mien_random_system();
    size_t count;
    char *text;
    MIEN_TRY(mien_bitcoin_sign_psbt(&s->psbt, &count, call->cosign->curve, call->cosign->key,
                                    call->member.network, &s->limits, s->review.digest, &random,
                                    call->error));
    MIEN_TRY(mien_psbt_base64(&text, &s->psbt));
    MIEN_TRY(mien_json_set(call->result, "psbt", json_string(text)));
    return mien_json_set(call->result, "signed_inputs", json_integer((json_int_t)count));
}

mien_status mien_cosign_sign_bitcoin(mien_cosign_call *call) {
    if (!call->member.has_bitcoin)
        return mien_fail(call->error, MIEN_ARGUMENT, "the account is not registered for Bitcoin");
    spending *s = calloc(1, sizeof *s);
    if (s == NULL) return mien_fail(call->error, MIEN_MEMORY, "no memory for the transaction");
    mien_policy_request request;
    s->call = call;
    s->arena = mien_arena_of(ARENA_LIMIT);
    mien_status status = review_psbt(s);
    if (status == MIEN_OK) status = mien_policy_of_bitcoin(&request, &s->arena, &s->review);
    if (status == MIEN_OK) status = authorise(call, &request);
    if (status == MIEN_OK) status = sign_psbt(s);
    mien_bitcoin_review_destroy(&s->review);
    mien_psbt_destroy(&s->psbt);
    mien_arena_clear(&s->arena);
    free(s);
    return status;
}

/* ---- Ethereum ---- */

static mien_status attest(mien_cosign_call *call, const mien_contract_call *wanted) {
    uint8_t hash[32], signature[MIEN_ETHEREUM_SIGNATURE_SIZE], signer[MIEN_ETHEREUM_ADDRESS_SIZE];
    mien_hd_path path = {
        5, {MIEN_HARDENED | 44, MIEN_HARDENED | 60, MIEN_HARDENED | call->account.number, 0, 0}};
    void *memory;
    mien_contract_call_hash(hash, wanted);
    MIEN_TRY(mien_secret_alloc(&memory, sizeof(mien_hd_private), call->error));
    mien_hd_private *key = memory;
    mien_status status = mien_hd_private_derive(call->cosign->curve, key, call->cosign->key, &path);
    if (status == MIEN_OK)
        status = mien_ethereum_sign_hash(signature, call->cosign->curve, hash, key->key);
    mien_secret_free(memory);
    MIEN_TRY(status);
    MIEN_TRY(mien_ethereum_recover(signer, signature, hash));
    if (memcmp(signer, call->member.attestor, sizeof signer) != 0)
        return mien_fail(call->error, MIEN_INTERNAL, "the attestation is of another key");
    return mien_json_set_hex(call->result, "attestation", signature, sizeof signature);
}

static mien_status sign_call(mien_cosign_call *call, mien_arena *arena) {
    const mien_ethereum_limits limits = {.blind_signing = true}; /* the policy decides about it */
    mien_contract_call wanted;
    mien_ethereum_transaction transaction;
    mien_ethereum_review review;
    mien_policy_request request;
    const char *words;
    MIEN_TRY(mien_contract_call_read(&wanted, arena, json_object_get(call->body, "ethereum"),
                                     call->member.chain_id, call->member.contract, call->error));
    if (wanted.deadline < (uint64_t)call->now ||
        wanted.deadline > (uint64_t)call->now + MIEN_COSIGN_CALL_SECONDS)
        return mien_fail(call->error, MIEN_ARGUMENT,
                         "the deadline must lie within the next %d seconds",
                         MIEN_COSIGN_CALL_SECONDS);
    MIEN_TRY(mien_contract_call_review(&review, &transaction, &words, arena, &wanted, &limits,
                                       call->error));
    MIEN_TRY(mien_policy_of_ethereum(&request, arena, &review));
    MIEN_TRY(authorise(call, &request));
    return attest(call, &wanted);
}

mien_status mien_cosign_sign_ethereum(mien_cosign_call *call) {
    if (!call->member.has_contract)
        return mien_fail(call->error, MIEN_ARGUMENT, "the account has no contract yet");
    mien_arena arena = mien_arena_of(ARENA_LIMIT);
    mien_status status = sign_call(call, &arena);
    mien_arena_clear(&arena);
    return status;
}
