/* SPDX-License-Identifier: MIT */
/* The co-signer: a second key that signs only what a face proof and the account's policy allow.
 * docs/PROTOCOL.md "Co-signer" has the messages.
 *
 * Requests are POSTs of JSON. /v1/register takes the operator's token and answers with an account
 * and its own token, which all other requests carry (Authorization: Bearer). /v1/nonce hands out a
 * nonce; /v1/sign takes a transaction and a proof bound to it, to the nonce and to this co-signer's
 * name, and answers with the second signature; /v1/contract names an account's contract, once. */
#ifndef MIEN_WALLET_COSIGN_COSIGN_H
#define MIEN_WALLET_COSIGN_COSIGN_H

#include "platform/base/random.h"
#include "platform/network/http_server.h"
#include "wallet/cosign/store.h"
#include "wallet/proof/face.h"
#include "wallet/wallet.h"

#define MIEN_COSIGN_BODY_LIMIT ((size_t)12 << 20) /* of a request: proof and PSBT in base64. */
#define MIEN_COSIGN_NONCE_SECONDS 300
#define MIEN_COSIGN_CALL_SECONDS 3600 /* latest deadline of a contract call */
#define MIEN_COSIGN_TOKEN_TEXT 65     /* 32 bytes in hex, and a NUL */
#define MIEN_COSIGN_MODELS 8

typedef struct mien_cosign mien_cosign;

typedef struct mien_cosign_options {
    const char *database; /* mien_database_open */
    const char *name;    /* as clients reach it: "https://cosign.example"; proofs are made for it */
    const uint8_t *seed; /* 64 bytes, secret; copied into guarded memory */
    char admin_token[MIEN_COSIGN_TOKEN_TEXT]; /* secret; allows registering */
    unsigned connections;                     /* to the database; 0: 4 */
    uint8_t models[MIEN_COSIGN_MODELS][32];   /* the only networks that records may name */
    size_t model_count;                       /* 0: any */
    /* Networks that face proofs are checked with, opened by the caller, who closes them after the
     * co-signer: accounts that want face proofs must name one of them. */
    const mien_proof_face *faces[MIEN_COSIGN_MODELS];
    size_t face_count;
    const mien_clock *clock; /* NULL: the system's */
} mien_cosign_options;

/* *options is copied, what it points to is not, except the seed. */
MIEN_MUST_CHECK mien_status mien_cosign_create(mien_cosign **cosign,
                                               const mien_cosign_options *options,
                                               mien_error *error);
void mien_cosign_destroy(mien_cosign *cosign); /* NULL is fine */

/* For mien_http_server_options.answer; context is a mien_cosign. Thread-safe. Errors are
 * {"error": {"status", "message"}} with HTTP's 400, 401, 403 (policy, proof), 404, 409, 429, 500.
 */
void mien_cosign_http(void *context, mien_http_response *response,
                      const mien_http_request *request);

/* 32-byte name of the co-signer in records and proofs: of the text that clients type, scheme, host
 * and port in lower case, without a path. */
void mien_cosign_service(uint8_t service[32], const char *name);

#endif
