/* SPDX-License-Identifier: MIT */
/* What the second key of contracts/MienAccount.sol signs: an EIP-712 statement about one call. */
#ifndef MIEN_WALLET_COSIGN_ATTESTATION_H
#define MIEN_WALLET_COSIGN_ATTESTATION_H

#include "platform/json/json.h"
#include "wallet/ethereum/review.h"

/* One call of the contract account, Execute(to, value, data, nonce, deadline). */
typedef struct mien_contract_call {
    uint64_t chain_id;
    uint8_t contract[MIEN_ETHEREUM_ADDRESS_SIZE];
    uint8_t to[MIEN_ETHEREUM_ADDRESS_SIZE];
    mien_uint256 value;
    mien_view data;
    uint64_t nonce;    /* the contract's next one */
    uint64_t deadline; /* seconds since 1970; the contract refuses later ones */
} mien_contract_call;

/* {"to", "value", "data", "nonce", "deadline"}: numbers as JSON integers or texts, data in 0x hex;
 * value and data may be left out. Chain and contract are the account's. Data lives in the arena. */
MIEN_MUST_CHECK mien_status mien_contract_call_read(
    mien_contract_call *out, mien_arena *arena, const json_t *object, uint64_t chain_id,
    const uint8_t contract[MIEN_ETHEREUM_ADDRESS_SIZE], mien_error *error);
/* What is signed. */
void mien_contract_call_hash(uint8_t out[32], const mien_contract_call *call);

/* The call as a transaction of the contract: reviewed, in words with chain, contract, nonce and
 * deadline, with the digest that a face proof is bound to. The transaction must outlive the review.
 */
MIEN_MUST_CHECK mien_status mien_contract_call_review(mien_ethereum_review *out,
                                                      mien_ethereum_transaction *transaction,
                                                      const char **words, mien_arena *arena,
                                                      const mien_contract_call *call,
                                                      const mien_ethereum_limits *limits,
                                                      mien_error *error);
/* Bytes to call the contract with: executeAttested(call, attestation), in the arena. */
MIEN_MUST_CHECK mien_status
mien_contract_call_data(mien_view *out, mien_arena *arena, const mien_contract_call *call,
                        const uint8_t attestation[MIEN_ETHEREUM_SIGNATURE_SIZE]);

#endif
