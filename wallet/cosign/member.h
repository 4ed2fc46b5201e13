/* SPDX-License-Identifier: MIT */
/* An account of the co-signer, read from its registration. */
#ifndef MIEN_WALLET_COSIGN_MEMBER_H
#define MIEN_WALLET_COSIGN_MEMBER_H

#include "platform/json/json.h"
#include "wallet/bip32/bip32.h"
#include "wallet/bitcoin/descriptor.h"
#include "wallet/bitcoin/keys.h"
#include "wallet/cosign/store.h"
#include "wallet/record/record.h"

/* Statements that a registration may accept, by their names in the protocol. */
#define MIEN_STATEMENT_MATCH "match"
#define MIEN_STATEMENT_FACE "face"

typedef struct mien_cosign_member {
    mien_record record;
    bool takes_match, takes_face; /* proofs of which statements count; at least one */
    unsigned bits;                /* of security that each proof must have, without grinding */
    mien_policy *policy;
    bool has_bitcoin;
    mien_bitcoin_network network;
    mien_descriptor descriptor; /* wsh(sortedmulti(2, user, ours, recovery)) */
    char descriptor_text[MIEN_DESCRIPTOR_MAX];
    bool has_ethereum, has_contract;
    uint64_t chain_id;
    uint8_t attestor[MIEN_ETHEREUM_ADDRESS_SIZE], contract[MIEN_ETHEREUM_ADDRESS_SIZE];
} mien_cosign_member;

/* Our keys of the account with that number. */
typedef struct mien_cosign_root {
    const mien_curve *curve;
    const mien_hd_private *key; /* secret */
} mien_cosign_root;
/* m/48'/coin'/number'/2' (BIP-48, native segwit). */
void mien_cosign_bitcoin_path(mien_hd_path *out, mien_bitcoin_network network, uint32_t number);

/* Read {"record", "statements"?, "bits"?, "policy", "bitcoin"?: {"network", "user", "recovery"},
 * "ethereum"?: {"chain_id"}} for the account with that number: everything is checked, also that the
 * keys are three different ones. Without "statements" face proofs are wanted, without "bits" 100.
 * Destroy in either case. */
MIEN_MUST_CHECK mien_status mien_cosign_member_read(mien_cosign_member *out, const char *body,
                                                    const char *contract, uint32_t number,
                                                    const mien_cosign_root *root,
                                                    mien_error *error);
void mien_cosign_member_destroy(mien_cosign_member *member);

#endif
