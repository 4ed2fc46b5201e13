/* SPDX-License-Identifier: MIT */
/* Ethereum's JSON-RPC as a wallet answers it (EIP-1193 and 1474, JSON-RPC 2.0): the text of a
 * request in, the text of an answer out. No sockets, no keys and no screen in here: the program
 * gives them as callbacks.
 *
 * Answered here: eth_accounts, eth_requestAccounts, eth_chainId, net_version, eth_coinbase,
 * eth_sendTransaction, eth_signTransaction, personal_sign, eth_signTypedData_v4,
 * wallet_switchEthereumChain, and mien_signAuthorization (EIP-7702; there is no standard yet).
 * A list of methods that only read, and eth_sendRawTransaction, go to the upstream node. All others
 * are refused (4200), eth_sign above all: nobody can see what a bare hash stands for.
 *
 * Errors: -32700, -32600, -32601, -32602, -32603; 4001 refused by the person; 4100 no such account,
 * wallet locked, face did not match; 4200 method not offered; 4900 upstream not reached; 4901 and
 * 4902 another chain; -32003 policy and limits; -32005 too many at once. The upstream's own errors
 * pass through. */
#ifndef MIEN_WALLET_RPC_RPC_H
#define MIEN_WALLET_RPC_RPC_H

#include "platform/base/error.h"
#include "wallet/ethereum/review.h"

/* Largest request taken: a transaction of the largest size in hex, with room. */
#define MIEN_RPC_REQUEST_MAX ((size_t)1 << 20)
#define MIEN_RPC_BATCH_MAX 100   /* requests in a batch; what ethers sends at most */
#define MIEN_RPC_BATCH_SIGNING 4 /* of which so many may ask the person */
#define MIEN_RPC_ACCOUNTS_MAX 16
#define MIEN_RPC_GAS_MAX 60000000u /* largest gas limit filled in */

typedef enum mien_rpc_kind {
    MIEN_RPC_TRANSACTION,
    MIEN_RPC_MESSAGE,
    MIEN_RPC_TYPED_DATA,
    MIEN_RPC_AUTHORIZATION
} mien_rpc_kind;

/* One signature that is asked for, checked and in words. */
typedef struct mien_rpc_job {
    mien_rpc_kind kind;
    uint32_t index; /* of the account: m/44'/60'/0'/0/index */
    uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE];
    const char *words;  /* lines of text that the person must see */
    uint8_t digest[32]; /* what a face proof is bound to */
    /* What to sign, as text or bytes: the transaction with everything filled in as JSON, the
     * message, the typed data's JSON. */
    mien_view payload;
    mien_arena *arena;
    mien_ethereum_transaction transaction;
    mien_ethereum_review review;
    mien_typed_data typed;
    mien_ethereum_authorization authorization; /* in and out */
    /* Results: raw transaction and hash, or signature. */
    mien_view raw;
    uint8_t hash[32], signature[MIEN_ETHEREUM_SIGNATURE_SIZE];
} mien_rpc_job;

typedef struct mien_rpc_service {
    uint64_t chain_id; /* the only one served; not 0 */
    uint8_t accounts[MIEN_RPC_ACCOUNTS_MAX][MIEN_ETHEREUM_ADDRESS_SIZE];
    uint32_t indices[MIEN_RPC_ACCOUNTS_MAX];
    size_t account_count;
    mien_ethereum_limits limits;
    /* Show job->words, ask, and sign (mien_rpc_job_sign). Any status; called on many threads. */
    mien_status (*sign)(void *context, mien_rpc_job *job, mien_error *error);
    void *sign_context;
    /* One JSON-RPC request to the node; *answer is malloc'ed and the caller's. */
    mien_status (*upstream)(void *context, char **answer, size_t *length, const char *request,
                            size_t request_length, mien_error *error);
    void *upstream_context;
} mien_rpc_service;

/* Answer the text of one request or one batch. *answer is malloc'ed (the caller frees it) and NULL
 * with *length 0 when nothing is to be answered (notifications). Hostile text gets an error object;
 * the status is MIEN_OK or MIEN_MEMORY. Thread-safe as far as the callbacks are. */
MIEN_MUST_CHECK mien_status mien_rpc_answer(const mien_rpc_service *service, char **answer,
                                            size_t *length, const char *text, size_t text_length);

/* Sign what the job holds with the key at its index below `root`, whose address must be job->from
 * (MIEN_AUTHENTICATION otherwise). The key lives in guarded memory meanwhile. */
MIEN_MUST_CHECK mien_status mien_rpc_job_sign(mien_rpc_job *job, const mien_curve *curve,
                                              const mien_hd_private *root, mien_error *error);

#endif
