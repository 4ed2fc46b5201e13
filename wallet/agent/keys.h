/* SPDX-License-Identifier: MIT */
/* The unlocked wallet as the agent holds it: root key, derivation cache, the session behind it and
 * the policy in force. All secrets lie in guarded memory that could be locked against swapping;
 * closing wipes them. */
#ifndef MIEN_WALLET_AGENT_KEYS_H
#define MIEN_WALLET_AGENT_KEYS_H

#include "wallet/agent/faces.h"
#include "wallet/bitcoin/keys.h"
#include "wallet/policy/store.h"
#include "wallet/wallet.h"

/* One secret key and the auxiliary randomness of one signature. */
#define MIEN_AGENT_SCRATCH (MIEN_SECRET_KEY_SIZE + 32)

typedef struct mien_agent_keys {
    mien_curve *curve;
    mien_hd_private *root;         /* secret */
    mien_bitcoin_root_keys *cache; /* secret; over `root` */
    uint8_t *scratch;              /* secret, MIEN_AGENT_SCRATCH bytes; wiped after each use */
    mien_bitcoin_keys bitcoin;     /* answers from the cache */
    mien_wallet_session *session;  /* secret; NULL when the keys came without a face */
    mien_agent_faces *faces;       /* secret; what opened it; NULL when nothing did or was kept */
    mien_policy_store *policy;     /* verified with the wallet's key */
    unsigned means;                /* of MIEN_MEANS_*: what opened the wallet */
    uint8_t fingerprint[MIEN_FINGERPRINT_SIZE];
} mien_agent_keys;

/* From a seed. `session` (may be NULL) is taken over whatever happens. MIEN_MEMORY when the limit
 * of locked memory does not suffice: the words say how to raise it. MIEN_NOT_FOUND when there is no
 * policy (policy: NULL for the folders of this user). */
MIEN_MUST_CHECK mien_status mien_agent_keys_open(mien_agent_keys **keys,
                                                 const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                                                 mien_wallet_session *session, unsigned means,
                                                 const mien_policy_store_options *policy,
                                                 mien_error *error);
/* Keep what the eyes saw, until the keys are closed: face proofs are about one of these frames. */
MIEN_MUST_CHECK mien_status mien_agent_keys_keep(mien_agent_keys *keys,
                                                 const mien_agent_faces *faces, mien_error *error);
void mien_agent_keys_close(mien_agent_keys *keys); /* NULL is fine */

#endif
