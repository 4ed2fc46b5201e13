/* SPDX-License-Identifier: MIT */
/* Questions to the node, and which of the clients' questions it gets. */
#include <stdlib.h>
#include <string.h>

#include "wallet/encoding/hex.h"
#include "wallet/rpc/rpc_parts.h"

bool mien_rpc_is_relayed(const char *method) {
    static const char *const methods[] = {"eth_blobBaseFee",
                                          "eth_blockNumber",
                                          "eth_call",
                                          "eth_createAccessList",
                                          "eth_estimateGas",
                                          "eth_feeHistory",
                                          "eth_gasPrice",
                                          "eth_getBalance",
                                          "eth_getBlockByHash",
                                          "eth_getBlockByNumber",
                                          "eth_getBlockReceipts",
                                          "eth_getBlockTransactionCountByHash",
                                          "eth_getBlockTransactionCountByNumber",
                                          "eth_getCode",
                                          "eth_getFilterChanges",
                                          "eth_getFilterLogs",
                                          "eth_getLogs",
                                          "eth_getProof",
                                          "eth_getStorageAt",
                                          "eth_getTransactionByBlockHashAndIndex",
                                          "eth_getTransactionByBlockNumberAndIndex",
                                          "eth_getTransactionByHash",
                                          "eth_getTransactionCount",
                                          "eth_getTransactionReceipt",
                                          "eth_getUncleCountByBlockHash",
                                          "eth_getUncleCountByBlockNumber",
                                          "eth_maxPriorityFeePerGas",
                                          "eth_newBlockFilter",
                                          "eth_newFilter",
                                          "eth_newPendingTransactionFilter",
                                          "eth_protocolVersion",
                                          "eth_sendRawTransaction",
                                          "eth_syncing",
                                          "eth_uninstallFilter",
                                          "net_listening",
                                          "net_peerCount",
                                          "web3_clientVersion",
                                          "web3_sha3"};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (strcmp(methods[i], method) == 0) return true;
    return false;
}

/* Result or error of one answer. */
static mien_status take_answer(mien_rpc_call *call, json_t **result, const json_t *answer) {
    json_t *value = json_object_get(answer, "result");
    json_t *problem = json_object_get(answer, "error");
    if (json_is_object(problem)) {
        call->error_object = json_incref(problem);
        return mien_rpc_fail(call, MIEN_RPC_INTERNAL, "the node refuses: %s",
                             json_is_string(json_object_get(problem, "message"))
                                 ? json_string_value(json_object_get(problem, "message"))
                                 : "without words");
    }
    if (value == NULL)
        return mien_rpc_fail(call, MIEN_RPC_DISCONNECTED,
                             "the node's answer is no JSON-RPC answer");
    *result = json_incref(value);
    return MIEN_OK;
}

mien_status mien_rpc_ask(mien_rpc_call *call, json_t **result, const char *method, json_t *params) {
    json_t *request = json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", 1, "method", method,
                                "params", params);
    char *text = NULL, *answer_text = NULL;
    json_t *answer = NULL;
    size_t length = 0;
    *result = NULL;
    if (request == NULL) return mien_rpc_fail(call, MIEN_RPC_INTERNAL, "no memory");
    mien_status status = mien_json_print(&text, request, false);
    if (status == MIEN_OK)
        status = call->service->upstream(call->service->upstream_context, &answer_text, &length,
                                         text, strlen(text), &call->error);
    if (status != MIEN_OK && status != MIEN_MEMORY) call->code = MIEN_RPC_DISCONNECTED;
    if (status == MIEN_OK) {
        if (mien_json_parse(&answer, answer_text, length, "the node's answer", &call->error) ==
            MIEN_OK)
            status = take_answer(call, result, answer);
        else
            status = mien_rpc_fail(call, MIEN_RPC_DISCONNECTED, "the node's answer is no JSON");
    }
    json_decref(answer);
    json_decref(request);
    free(answer_text);
    free(text);
    return status;
}

json_t *mien_rpc_quantity(uint64_t value) {
    char text[20];
    snprintf(text, sizeof text, "0x%llx", (unsigned long long)value);
    return json_string(text);
}

json_t *mien_rpc_bytes(const uint8_t *bytes, size_t length) {
    char *text = malloc(2 * length + 3);
    if (text == NULL) return NULL;
    memcpy(text, "0x", 2);
    mien_hex_encode(text + 2, bytes, length);
    json_t *value = json_stringn(text, 2 * length + 2);
    free(text);
    return value;
}
