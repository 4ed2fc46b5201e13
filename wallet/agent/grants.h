/* SPDX-License-Identifier: MIT */
/* What the person has allowed in advance, and how much of it is left. Pure bookkeeping: no clock
 * and no randomness of its own. Locking clears the table. */
#ifndef MIEN_WALLET_AGENT_GRANTS_H
#define MIEN_WALLET_AGENT_GRANTS_H

#include "platform/base/random.h"
#include "wallet/agent/protocol.h"

#define MIEN_AGENT_GRANTS_MAX 16

typedef struct mien_agent_granted {
    bool live;
    uint8_t token[MIEN_AGENT_TOKEN_SIZE];
    int64_t ends;           /* milliseconds of the caller's clock */
    mien_agent_grant limit; /* what is left of count and amounts */
} mien_agent_granted;

typedef struct mien_agent_grants {
    mien_agent_granted list[MIEN_AGENT_GRANTS_MAX];
} mien_agent_grants;

/* What one request would use. */
typedef struct mien_agent_use {
    uint32_t purpose; /* one bit; 0 is never granted */
    uint64_t satoshis;
    mien_uint256 wei;
    bool on_bitcoin, on_ethereum; /* whether network or chain_id counts */
    mien_bitcoin_network network;
    uint64_t chain_id;
} mien_agent_use;

/* MIEN_TOO_LARGE when there are MIEN_AGENT_GRANTS_MAX live ones; MIEN_ARGUMENT for limits that
 * grant nothing. *token is fresh randomness. */
MIEN_MUST_CHECK mien_status mien_agent_grants_add(mien_agent_grants *grants,
                                                  uint8_t token[MIEN_AGENT_TOKEN_SIZE],
                                                  const mien_agent_grant *grant, int64_t now,
                                                  const mien_random *random, mien_error *error);
/* Does the grant of this token cover the use? Constant time in the token; zeros name no grant. */
bool mien_agent_grants_cover(const mien_agent_grants *grants,
                             const uint8_t token[MIEN_AGENT_TOKEN_SIZE], const mien_agent_use *use,
                             int64_t now);
/* The same, and take it off; false, and nothing taken, when it is not covered. */
bool mien_agent_grants_spend(mien_agent_grants *grants, const uint8_t token[MIEN_AGENT_TOKEN_SIZE],
                             const mien_agent_use *use, int64_t now);
/* How many live ones there are; those that have ended are wiped. */
uint32_t mien_agent_grants_count(mien_agent_grants *grants, int64_t now);
void mien_agent_grants_clear(mien_agent_grants *grants);

#endif
