/* SPDX-License-Identifier: MIT */
#include "wallet/policy/request.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "wallet/encoding/hex.h"

#define SCRIPT_SHOWN 83 /* bytes of a script that stand in a destination; longer ones as a hash */
#define SCRIPT_PREFIX "script:"

_Static_assert(MIEN_POLICY_DESTINATION_TEXT >= sizeof SCRIPT_PREFIX + 2 * SCRIPT_SHOWN, "room");
_Static_assert(MIEN_POLICY_DESTINATION_TEXT >= MIEN_ADDRESS_TEXT, "room");

static void name_output(mien_policy_flow *flow, const mien_bitcoin_review_output *output) {
    uint8_t hash[crypto_hash_sha256_BYTES];
    mien_view script = output->script;
    if (output->address[0] != '\0') {
        snprintf(flow->destination, sizeof flow->destination, "%s", output->address);
        return;
    }
    memcpy(flow->destination, SCRIPT_PREFIX, sizeof SCRIPT_PREFIX);
    if (script.length > SCRIPT_SHOWN) {
        crypto_hash_sha256(hash, script.data, script.length);
        script = mien_view_of(hash, sizeof hash);
    }
    mien_hex_encode(flow->destination + sizeof SCRIPT_PREFIX - 1, script.data, script.length);
}

static bool is_ours(mien_bitcoin_owner owner) {
    return owner != MIEN_OWNER_OTHER;
}

mien_status mien_policy_of_bitcoin(mien_policy_request *out, mien_arena *arena,
                                   const mien_bitcoin_review *review) {
    mien_policy_flow *flows;
    *out = (mien_policy_request){.kind = MIEN_POLICY_PAYMENT};
    MIEN_TRY(mien_arena_take(arena, &flows, review->output_count, sizeof *flows));
    for (size_t i = 0; i < review->output_count; i++) {
        const mien_bitcoin_review_output *output = &review->outputs[i];
        if (is_ours(output->owner)) continue;
        mien_policy_flow *flow = &flows[out->flow_count++];
        flow->amount = mien_uint256_of(output->amount);
        name_output(flow, output);
    }
    out->chain = (mien_policy_chain){false, review->network};
    out->flows = flows;
    out->fee = mien_uint256_of(review->fee);
    memcpy(out->digest, review->digest, sizeof out->digest);
    return MIEN_OK;
}

static void note_authorizations(mien_policy_request *out,
                                const mien_ethereum_transaction *transaction) {
    static const uint8_t nobody[MIEN_ETHEREUM_ADDRESS_SIZE];
    for (size_t i = 0; i < transaction->authorization_count; i++) {
        const mien_ethereum_authorization *entry = &transaction->authorizations[i];
        if (entry->chain_id == 0) out->any_chain = true;
        if (memcmp(entry->delegate, nobody, sizeof nobody) == 0) continue;
        out->delegates = true;
        if (mien_ethereum_delegate_name(entry->delegate) == NULL) out->unknown_code = true;
    }
}

static void token_flow(mien_policy_flow *flow, const mien_ethereum_review *review) {
    flow->is_token = true;
    memcpy(flow->token, review->token, sizeof flow->token);
    flow->approval = review->action == MIEN_ACTION_TOKEN_APPROVE;
    flow->unlimited = flow->approval && review->unlimited;
    flow->amount = review->token_amount;
    mien_ethereum_address_text(flow->destination, review->counterparty);
}

mien_status mien_policy_of_ethereum(mien_policy_request *out, mien_arena *arena,
                                    const mien_ethereum_review *review) {
    const mien_ethereum_transaction *transaction = review->transaction;
    bool token =
        review->action == MIEN_ACTION_TOKEN_TRANSFER || review->action == MIEN_ACTION_TOKEN_APPROVE;
    mien_policy_flow *flows;
    *out = (mien_policy_request){.kind = MIEN_POLICY_PAYMENT};
    MIEN_TRY(mien_arena_take(arena, &flows, 2, sizeof *flows));
    if (token) token_flow(&flows[out->flow_count++], review);
    /* Coins that go along with a call of a token go to the token's contract. */
    if (!token || !mien_uint256_is_zero(&transaction->value)) {
        mien_policy_flow *flow = &flows[out->flow_count++];
        flow->amount = transaction->value;
        if (!transaction->creates_contract)
            mien_ethereum_address_text(flow->destination, transaction->to);
    }
    out->chain = (mien_policy_chain){true, transaction->chain_id};
    out->flows = flows;
    out->fee = review->fee;
    out->unknown_data = review->action == MIEN_ACTION_UNKNOWN_DATA ||
                        review->action == MIEN_ACTION_CREATE ||
                        (review->action == MIEN_ACTION_DELEGATE && transaction->data.length != 0);
    out->any_chain = transaction->chain_id == 0;
    note_authorizations(out, transaction);
    memcpy(out->digest, review->digest, sizeof out->digest);
    return MIEN_OK;
}

void mien_policy_of_message(mien_policy_request *out, mien_policy_chain chain,
                            const uint8_t digest[32]) {
    *out = (mien_policy_request){.kind = MIEN_POLICY_MESSAGE, .chain = chain};
    memcpy(out->digest, digest, sizeof out->digest);
}

void mien_policy_of_typed_data(mien_policy_request *out, const mien_typed_data *data,
                               const uint8_t digest[32]) {
    uint64_t id = data->has_chain_id ? data->chain_id : 0;
    *out = (mien_policy_request){.kind = MIEN_POLICY_TYPED_DATA, .chain = {true, id}};
    memcpy(out->digest, digest, sizeof out->digest);
}

void mien_policy_of_authorization(mien_policy_request *out,
                                  const mien_ethereum_authorization *authorization,
                                  const uint8_t digest[32]) {
    static const uint8_t nobody[MIEN_ETHEREUM_ADDRESS_SIZE];
    bool revokes = memcmp(authorization->delegate, nobody, sizeof nobody) == 0;
    *out = (mien_policy_request){.kind = revokes ? MIEN_POLICY_REVOCATION : MIEN_POLICY_DELEGATION,
                                 .chain = {true, authorization->chain_id}};
    out->any_chain = !revokes && authorization->chain_id == 0;
    out->delegates = !revokes;
    out->unknown_code = !revokes && mien_ethereum_delegate_name(authorization->delegate) == NULL;
    memcpy(out->digest, digest, sizeof out->digest);
}
