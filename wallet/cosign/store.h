/* SPDX-License-Identifier: MIT */
/* What a co-signer remembers: accounts, nonces, what was signed. Any number of threads, processes
 * and machines may share the database; each thread has a store of its own.
 *
 * A nonce is accepted once. Accepting it, deciding by the account's policy and counting the payment
 * are one transaction, committed before a signature is made: whenever the program or the machine
 * stops, a nonce that may have led to a signature is spent. */
#ifndef MIEN_WALLET_COSIGN_STORE_H
#define MIEN_WALLET_COSIGN_STORE_H

#include "wallet/cosign/database.h"
#include "wallet/policy/policy.h"
#include "wallet/record/proof_file.h"

#define MIEN_COSIGN_ID_TEXT 33     /* 16 bytes in hex, and a NUL */
#define MIEN_COSIGN_BODY_MAX 98304 /* bytes of an account's registration as JSON */
#define MIEN_COSIGN_NONCES_OPEN 64 /* unspent and unexpired, an account */

typedef struct mien_cosign_store mien_cosign_store;

/* Makes the tables when they are missing. `owner` (32 bytes) tells whose database it is: another
 * co-signer's is MIEN_WRONG_DEVICE. */
MIEN_MUST_CHECK mien_status mien_cosign_store_open(mien_cosign_store **store, const char *where,
                                                   const uint8_t owner[32], mien_error *error);
void mien_cosign_store_close(mien_cosign_store *store); /* NULL is fine */

/* An account as it is kept. `body` is the registration, fixed for good; `contract` is "" until it
 * is set once. */
typedef struct mien_cosign_account {
    char id[MIEN_COSIGN_ID_TEXT];
    uint32_t number; /* below 2^31, unique; the account's keys are derived with it */
    uint8_t token_hash[32];
    char *body; /* NUL-terminated, malloc'ed */
    char contract[MIEN_ETHEREUM_ADDRESS_TEXT];
} mien_cosign_account;
void mien_cosign_account_free(mien_cosign_account *account); /* zeroed is fine */

/* MIEN_EXISTS when id or number is taken. */
MIEN_MUST_CHECK mien_status mien_cosign_store_add(mien_cosign_store *store,
                                                  const mien_cosign_account *account,
                                                  mien_error *error);
/* MIEN_NOT_FOUND. The caller frees *account. */
MIEN_MUST_CHECK mien_status mien_cosign_store_find(mien_cosign_store *store,
                                                   mien_cosign_account *account, const char *id,
                                                   mien_error *error);
/* MIEN_EXISTS when a contract is set already, another one or the same. */
MIEN_MUST_CHECK mien_status mien_cosign_store_set_contract(mien_cosign_store *store, const char *id,
                                                           const char *contract, mien_error *error);

/* Remember a nonce that was drawn for the account. MIEN_RATE_LIMITED when too many are open. */
MIEN_MUST_CHECK mien_status mien_cosign_store_issue(mien_cosign_store *store, const char *id,
                                                    const uint8_t nonce[MIEN_PROOF_NONCE_SIZE],
                                                    int64_t now, int64_t expiry, mien_error *error);
/* Is it there, of this account, unspent and unexpired? To refuse early; only spending counts.
 * MIEN_PROOF_INVALID with words if not. */
MIEN_MUST_CHECK mien_status mien_cosign_store_check(mien_cosign_store *store, const char *id,
                                                    const uint8_t nonce[MIEN_PROOF_NONCE_SIZE],
                                                    int64_t now, mien_error *error);
/* Spend the nonce and decide: MIEN_OK once for a nonce, and durably; then sign.
 * MIEN_PROOF_INVALID when the nonce is not (or no longer) good, MIEN_POLICY_DENIED with the
 * policy's words when it forbids the request (the nonce is spent all the same). */
MIEN_MUST_CHECK mien_status mien_cosign_store_spend(mien_cosign_store *store, const char *id,
                                                    const uint8_t nonce[MIEN_PROOF_NONCE_SIZE],
                                                    const mien_policy *policy,
                                                    const mien_policy_request *request,
                                                    unsigned means, int64_t now, mien_error *error);

#endif
