/* SPDX-License-Identifier: MIT */
/* JSON-RPC 2.0 itself: one request or a batch, which method, results and errors. */
#include "wallet/rpc/rpc.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "platform/console/console.h"
#include "wallet/rpc/rpc_parts.h"

mien_status mien_rpc_fail(mien_rpc_call *call, int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(call->error.message, sizeof call->error.message, format, arguments);
    va_end(arguments);
    call->code = code;
    return call->error.status = MIEN_FORMAT;
}

const json_t *mien_rpc_param(const mien_rpc_call *call, size_t i) {
    return json_is_array(call->params) ? json_array_get(call->params, i) : NULL;
}

/* ---- methods that need nobody ---- */

static mien_status accounts(mien_rpc_call *call) {
    call->result = json_array();
    for (size_t i = 0; i < call->service->account_count; i++) {
        char text[MIEN_ETHEREUM_ADDRESS_TEXT];
        mien_ethereum_address_text(text, call->service->accounts[i]);
        for (char *c = text; *c != '\0'; c++) /* lower case, as nodes answer */
            if (*c >= 'A' && *c <= 'F') *c = (char)(*c + 32);
        if (json_array_append_new(call->result, json_string(text)) != 0) return MIEN_MEMORY;
    }
    return MIEN_OK;
}

static mien_status coinbase(mien_rpc_call *call) {
    MIEN_TRY(accounts(call));
    json_t *first = json_incref(json_array_get(call->result, 0));
    json_decref(call->result);
    call->result = first;
    return MIEN_OK;
}

static mien_status chain_id(mien_rpc_call *call) {
    call->result = mien_rpc_quantity(call->service->chain_id);
    return MIEN_OK;
}

static mien_status network_version(mien_rpc_call *call) {
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)call->service->chain_id);
    call->result = json_string(text);
    return MIEN_OK;
}

/* Only the chain that is served; null says yes (EIP-3326). */
static mien_status switch_chain(mien_rpc_call *call) {
    const json_t *wanted = json_object_get(mien_rpc_param(call, 0), "chainId");
    mien_uint256 id, ours = mien_uint256_of(call->service->chain_id);
    if (!json_is_string(wanted) ||
        mien_uint256_parse(&id, json_string_value(wanted), json_string_length(wanted)) != MIEN_OK)
        return mien_rpc_fail(call, MIEN_RPC_INVALID_PARAMS, "chainId as 0x hex is expected");
    if (mien_uint256_compare(&id, &ours) != 0)
        return mien_rpc_fail(call, MIEN_RPC_UNKNOWN_CHAIN,
                             "this wallet was started for chain %llu only",
                             (unsigned long long)call->service->chain_id);
    call->result = json_null();
    return MIEN_OK;
}

typedef struct method {
    const char *name;
    mien_status (*run)(mien_rpc_call *call);
    bool asks; /* the person */
} method;

static const method *find_method(const char *name) {
    static const method methods[] = {
        {"eth_accounts", accounts, false},
        {"eth_requestAccounts", accounts, false},
        {"eth_coinbase", coinbase, false},
        {"eth_chainId", chain_id, false},
        {"net_version", network_version, false},
        {"wallet_switchEthereumChain", switch_chain, false},
        {"eth_sendTransaction", mien_rpc_send_transaction, true},
        {"eth_signTransaction", mien_rpc_sign_transaction, true},
        {"personal_sign", mien_rpc_personal_sign, true},
        {"eth_signTypedData_v4", mien_rpc_sign_typed_data, true},
        {"mien_signAuthorization", mien_rpc_sign_authorization, true},
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (strcmp(methods[i].name, name) == 0) return &methods[i];
    return NULL;
}

/* Known methods of wallets and nodes that are refused on purpose, in contrast to unknown ones. */
static bool is_known_family(const char *name) {
    static const char *const families[] = {"eth_",   "net_",   "web3_",  "wallet_", "personal_",
                                           "debug_", "trace_", "admin_", "txpool_", "miner_"};
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (strncmp(name, families[i], strlen(families[i])) == 0) return true;
    return false;
}

static mien_status relay(mien_rpc_call *call, const char *name) {
    json_t *params = call->params != NULL ? json_incref((json_t *)call->params) : json_array();
    return mien_rpc_ask(call, &call->result, name, params);
}

static mien_status dispatch(mien_rpc_call *call, const char *name) {
    const method *found = find_method(name);
    if (found != NULL) return found->run(call);
    if (mien_rpc_is_relayed(name)) return relay(call, name);
    if (strcmp(name, "eth_sign") == 0)
        return mien_rpc_fail(call, MIEN_RPC_UNSUPPORTED,
                             "eth_sign signs a hash that nobody can read; use personal_sign or "
                             "eth_signTypedData_v4");
    if (is_known_family(name))
        return mien_rpc_fail(call, MIEN_RPC_UNSUPPORTED, "this wallet does not offer this method");
    return mien_rpc_fail(call, MIEN_RPC_NO_METHOD, "no such method");
}

/* ---- answers ---- */

static int code_of(mien_status status) {
    switch (status) {
    case MIEN_USER_REFUSED:
    case MIEN_INTERRUPTED:
        return MIEN_RPC_USER_REFUSED;
    case MIEN_POLICY_DENIED:
        return MIEN_RPC_REJECTED;
    case MIEN_BUSY:
        return MIEN_RPC_LIMIT;
    case MIEN_UNSUPPORTED:
        return MIEN_RPC_UNSUPPORTED;
    case MIEN_FORMAT:
    case MIEN_ARGUMENT:
    case MIEN_OVERFLOW:
    case MIEN_TOO_LARGE:
    case MIEN_AUTHENTICATION:
        return MIEN_RPC_INVALID_PARAMS;
    default:
        return mien_status_kind_of(status) == MIEN_KIND_REFUSAL ? MIEN_RPC_UNAUTHORIZED
                                                                : MIEN_RPC_INTERNAL;
    }
}

static json_t *error_json(const mien_rpc_call *call, mien_status status) {
    char words[sizeof call->error.message];
    mien_error error = call->error;
    if (call->error_object != NULL) return json_incref(call->error_object);
    error.status = status;
    mien_console_clean(words, sizeof words, mien_error_words(&error));
    return json_pack("{s:i, s:s}", "code", call->code != 0 ? call->code : code_of(status),
                     "message", words);
}

/* An answer to `id` (NULL: null); takes over what it is given. */
static json_t *answer_json(const json_t *id, const char *key, json_t *value) {
    json_t *name = id != NULL ? json_incref((json_t *)id) : json_null();
    return json_pack("{s:s, s:o, s:o}", "jsonrpc", "2.0", "id", name, key, value);
}

static json_t *refusal(const json_t *id, int code, const char *words) {
    return answer_json(id, "error", json_pack("{s:i, s:s}", "code", code, "message", words));
}

static bool is_id(const json_t *id) {
    return id == NULL || json_is_string(id) || json_is_number(id) || json_is_null(id);
}

/* NULL when the request is well formed, else what is wrong with it. */
static const char *problem_of(const json_t *request) {
    static const char *const keys[] = {"jsonrpc", "id", "method", "params", NULL};
    const json_t *version = json_object_get(request, "jsonrpc");
    const json_t *params = json_object_get(request, "params");
    if (!json_is_object(request)) return "a request is an object";
    if (mien_json_only_keys(request, keys, NULL) != MIEN_OK)
        return "a request has jsonrpc, id, method and params only";
    if (!json_is_string(version) || strcmp(json_string_value(version), "2.0") != 0)
        return "jsonrpc must be \"2.0\"";
    if (!is_id(json_object_get(request, "id"))) return "id is a text, a number or null";
    if (!json_is_string(json_object_get(request, "method"))) return "method is missing";
    if (params != NULL && !json_is_array(params) && !json_is_object(params) &&
        !json_is_null(params))
        return "params is a list or an object";
    return NULL;
}

/* *signing counts down what may still ask the person. NULL for a notification. */
static json_t *answer_one(const mien_rpc_service *service, const json_t *request, int *signing) {
    const char *problem = problem_of(request);
    const json_t *id = json_object_get(request, "id");
    if (problem != NULL) return refusal(is_id(id) ? id : NULL, MIEN_RPC_INVALID_REQUEST, problem);
    const char *name = json_string_value(json_object_get(request, "method"));
    const method *found = find_method(name);
    /* Nobody would get the answer, so nothing is asked, signed or sent. */
    if (id == NULL) return NULL;
    if (found != NULL && found->asks && --*signing < 0)
        return refusal(id, MIEN_RPC_LIMIT, "too many signatures are asked for in one batch");
    mien_rpc_call call = {.service = service, .params = json_object_get(request, "params")};
    if (json_is_null(call.params)) call.params = NULL;
    mien_status status = dispatch(&call, name);
    if (status == MIEN_OK && call.result == NULL) status = MIEN_MEMORY;
    json_t *answer = status == MIEN_OK ? answer_json(id, "result", json_incref(call.result))
                                       : answer_json(id, "error", error_json(&call, status));
    json_decref(call.result);
    json_decref(call.error_object);
    return answer;
}

static json_t *answer_batch(const mien_rpc_service *service, const json_t *batch) {
    int signing = MIEN_RPC_BATCH_SIGNING;
    size_t index;
    const json_t *request;
    if (json_array_size(batch) == 0)
        return refusal(NULL, MIEN_RPC_INVALID_REQUEST, "an empty batch");
    if (json_array_size(batch) > MIEN_RPC_BATCH_MAX)
        return refusal(NULL, MIEN_RPC_LIMIT, "too many requests in one batch");
    json_t *answers = json_array();
    json_array_foreach((json_t *)batch, index, request) {
        json_t *answer = answer_one(service, request, &signing);
        if (answer != NULL && json_array_append_new(answers, answer) != 0) break;
    }
    if (json_array_size(answers) != 0) return answers;
    json_decref(answers);
    return NULL;
}

static json_t *answer_text(const mien_rpc_service *service, const char *text, size_t length) {
    json_t *request;
    mien_error error = {0};
    int signing = 1;
    if (length > MIEN_RPC_REQUEST_MAX)
        return refusal(NULL, MIEN_RPC_INVALID_REQUEST, "the request is too large");
    if (mien_json_parse(&request, text, length, "request", &error) != MIEN_OK)
        return refusal(NULL, MIEN_RPC_PARSE_ERROR, "the request is no JSON that is taken here");
    json_t *answer = json_is_array(request) ? answer_batch(service, request)
                                            : answer_one(service, request, &signing);
    json_decref(request);
    return answer;
}

mien_status mien_rpc_answer(const mien_rpc_service *service, char **answer, size_t *length,
                            const char *text, size_t text_length) {
    *answer = NULL;
    *length = 0;
    json_t *object = answer_text(service, text, text_length);
    if (object == NULL) return MIEN_OK;
    mien_status status = mien_json_print(answer, object, false);
    if (status == MIEN_OK) *length = strlen(*answer);
    json_decref(object);
    return status;
}
