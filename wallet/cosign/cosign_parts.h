/* SPDX-License-Identifier: MIT */
/* What the files of the co-signer share; inside wallet/cosign only. */
#ifndef MIEN_WALLET_COSIGN_COSIGN_PARTS_H
#define MIEN_WALLET_COSIGN_COSIGN_PARTS_H

#include <pthread.h>

#include "wallet/cosign/cosign.h"
#include "wallet/cosign/member.h"

struct mien_cosign {
    mien_cosign_options options;
    uint8_t service[32];
    mien_curve *curve;
    mien_hd_private *key; /* root, in guarded memory */
    pthread_mutex_t lock; /* of the stores that are free */
    pthread_cond_t freed;
    mien_cosign_store **stores;
    size_t store_count, free_count;
};

/* One authorised request while it is answered. */
typedef struct mien_cosign_call {
    mien_cosign *cosign;
    mien_cosign_store *store;
    mien_cosign_account account;
    mien_cosign_member member;
    const json_t *body;
    json_t *result; /* object */
    int64_t now;
    mien_error *error;
} mien_cosign_call;

mien_cosign_root mien_cosign_root_of(const mien_cosign *cosign);
int64_t mien_cosign_now(const mien_cosign *cosign);

/* Check the body's proof: of a statement that the account accepts, at its level of security or
 * above, made for the account's record, for us, bound to `digest` and to a nonce that is still
 * good. *nonce is the proof's; it has not been spent yet. *means are MIEN_MEANS_* that it shows. */
MIEN_MUST_CHECK mien_status mien_cosign_check_proof(mien_cosign_call *call,
                                                    uint8_t nonce[MIEN_PROOF_NONCE_SIZE],
                                                    unsigned *means, const uint8_t digest[32]);
/* The network of the account's record, to check face proofs with; NULL when it is not here. */
const mien_proof_face *mien_cosign_face_of(const mien_cosign *cosign, const mien_record *record);
/* Can proofs as the account wants them exist, and be checked here? MIEN_WRONG_MODEL, MIEN_ARGUMENT
 * with words if not. */
MIEN_MUST_CHECK mien_status mien_cosign_check_statements(const mien_cosign *cosign,
                                                         const mien_cosign_member *member,
                                                         mien_error *error);
/* Bytes of a base64 text of the body; malloc'ed, the caller frees. */
MIEN_MUST_CHECK mien_status mien_cosign_get_base64(uint8_t **bytes, size_t *length,
                                                   const json_t *body, const char *key,
                                                   size_t limit, mien_error *error);
/* /v1/sign for both chains: review, check the proof, spend the nonce under the policy, sign. */
MIEN_MUST_CHECK mien_status mien_cosign_sign_bitcoin(mien_cosign_call *call);
MIEN_MUST_CHECK mien_status mien_cosign_sign_ethereum(mien_cosign_call *call);

#endif
