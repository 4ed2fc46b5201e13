/* SPDX-License-Identifier: MIT */
/* Who may talk to the JSON-RPC service over HTTP: programs that know its address with the token in
 * it, and of web pages only those whose origin the person has named. */
#ifndef MIEN_WALLET_RPC_HTTP_GATE_H
#define MIEN_WALLET_RPC_HTTP_GATE_H

#include "platform/network/http_server.h"
#include "wallet/rpc/rpc.h"

#define MIEN_RPC_TOKEN_TEXT 33 /* 128 bits in hex, and a NUL */

typedef struct mien_rpc_gate {
    const mien_rpc_service *service;
    char
        token[MIEN_RPC_TOKEN_TEXT]; /* first part of the path, or Authorization: Bearer; "": none */
    const char *const *origins;     /* exact texts ("https://app.example"); ends with NULL */
} mien_rpc_gate;

/* For mien_http_server_options.answer; context is a mien_rpc_gate. Answers POSTs of
 * application/json and the preflight OPTIONS of allowed origins. 403: origin or token; 405, 415.
 * Requests without Origin come from programs, browsers always send one with a POST. */
void mien_rpc_http(void *context, mien_http_response *response, const mien_http_request *request);

#endif
