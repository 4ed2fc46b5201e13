/* SPDX-License-Identifier: MIT */
/* What the files of wallet/rpc share; inside wallet/rpc only. */
#ifndef MIEN_WALLET_RPC_RPC_PARTS_H
#define MIEN_WALLET_RPC_RPC_PARTS_H

#include "platform/json/json.h"
#include "wallet/rpc/rpc.h"

enum {
    MIEN_RPC_PARSE_ERROR = -32700,
    MIEN_RPC_INVALID_REQUEST = -32600,
    MIEN_RPC_NO_METHOD = -32601,
    MIEN_RPC_INVALID_PARAMS = -32602,
    MIEN_RPC_INTERNAL = -32603,
    MIEN_RPC_REJECTED = -32003,
    MIEN_RPC_LIMIT = -32005,
    MIEN_RPC_USER_REFUSED = 4001,
    MIEN_RPC_UNAUTHORIZED = 4100,
    MIEN_RPC_UNSUPPORTED = 4200,
    MIEN_RPC_DISCONNECTED = 4900,
    MIEN_RPC_UNKNOWN_CHAIN = 4902
};

/* One call while it is answered. */
typedef struct mien_rpc_call {
    const mien_rpc_service *service;
    const json_t *params; /* list or object; may be NULL */
    json_t *result;       /* owned; NULL until there is one */
    int code;             /* of the error; 0: made from error.status */
    json_t *error_object; /* the upstream's own error, owned; passes through */
    mien_error error;
} mien_rpc_call;

/* Set code and words; returns a status that is not MIEN_OK. */
mien_status mien_rpc_fail(mien_rpc_call *call, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Parameter number `i`, NULL when there are not so many. */
const json_t *mien_rpc_param(const mien_rpc_call *call, size_t i);

/* Ask the upstream. Takes `params` over, also on errors. *result is the caller's. */
MIEN_MUST_CHECK mien_status mien_rpc_ask(mien_rpc_call *call, json_t **result, const char *method,
                                         json_t *params);
/* Does the upstream get this method as it is? */
bool mien_rpc_is_relayed(const char *method);

/* The transaction of params[0] with what it leaves out filled in from the upstream, as the object
 * that mien_ethereum_read_json takes. *object is the caller's. */
MIEN_MUST_CHECK mien_status mien_rpc_fill(mien_rpc_call *call, json_t **object, uint32_t *index,
                                          uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE]);
/* Next nonce of an account, pending transactions counted. */
MIEN_MUST_CHECK mien_status mien_rpc_next_nonce(mien_rpc_call *call, uint64_t *nonce,
                                                const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE]);
/* A JSON text that is an address of this service. */
MIEN_MUST_CHECK mien_status mien_rpc_account(mien_rpc_call *call, const json_t *text,
                                             uint32_t *index,
                                             uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE]);
/* 0x hex without leading zeros, as a number is written; 0x hex of bytes. NULL without memory. */
json_t *mien_rpc_quantity(uint64_t value);
json_t *mien_rpc_bytes(const uint8_t *bytes, size_t length);

/* The methods that ask a person. */
MIEN_MUST_CHECK mien_status mien_rpc_send_transaction(mien_rpc_call *call);
MIEN_MUST_CHECK mien_status mien_rpc_sign_transaction(mien_rpc_call *call);
MIEN_MUST_CHECK mien_status mien_rpc_personal_sign(mien_rpc_call *call);
MIEN_MUST_CHECK mien_status mien_rpc_sign_typed_data(mien_rpc_call *call);
MIEN_MUST_CHECK mien_status mien_rpc_sign_authorization(mien_rpc_call *call);

#endif
