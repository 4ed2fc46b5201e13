/* SPDX-License-Identifier: MIT */
/* From reviews, which were shown to a person, to requests, which a policy decides about. Nobody
 * else makes requests, so that what is decided about is what was shown. */
#ifndef MIEN_WALLET_POLICY_REQUEST_H
#define MIEN_WALLET_POLICY_REQUEST_H

#include "wallet/bitcoin/review.h"
#include "wallet/ethereum/review.h"
#include "wallet/policy/policy.h"

/* Each output that is not ours is a flow; ours (also "shared", which only registered descriptors
 * make ours) are not. Flows live in the arena. */
MIEN_MUST_CHECK mien_status mien_policy_of_bitcoin(mien_policy_request *out, mien_arena *arena,
                                                   const mien_bitcoin_review *review);
/* Value and tokens; EIP-712 and 191 have requests of their own below. A transaction whose
 * authorisations name code outside the list of well-known code has unknown_code. */
MIEN_MUST_CHECK mien_status mien_policy_of_ethereum(mien_policy_request *out, mien_arena *arena,
                                                    const mien_ethereum_review *review);
/* Messages of both chains, typed data. `chain` of a message of Ethereum: {true, 0}. */
void mien_policy_of_message(mien_policy_request *out, mien_policy_chain chain,
                            const uint8_t digest[32]);
void mien_policy_of_typed_data(mien_policy_request *out, const mien_typed_data *data,
                               const uint8_t digest[32]);
/* Becomes a revocation when the delegate is nobody. */
void mien_policy_of_authorization(mien_policy_request *out,
                                  const mien_ethereum_authorization *authorization,
                                  const uint8_t digest[32]);

#endif
