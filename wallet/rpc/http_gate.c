/* SPDX-License-Identifier: MIT */
#include "wallet/rpc/http_gate.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "platform/base/bytes.h"

static void refuse(mien_http_response *response, int code, const char *words) {
    response->code = code;
    response->content_type = "text/plain; charset=utf-8";
    response->body = strdup(words);
    response->length = response->body != NULL ? strlen(words) : 0;
}

static bool is_allowed(const mien_rpc_gate *gate, const char *origin) {
    for (const char *const *o = gate->origins; o != NULL && *o != NULL; o++)
        if (strcmp(*o, origin) == 0) return true;
    return false;
}

static bool is_token(const mien_rpc_gate *gate, const char *text) {
    size_t length = strlen(gate->token);
    if (strlen(text) != length && !(strlen(text) == length + 1 && text[length] == '/'))
        return false;
    return mien_equal_ct(text, gate->token, length) == 1;
}

static bool has_token(const mien_rpc_gate *gate, const mien_http_request *request) {
    static const char bearer[] = "Bearer ";
    if (gate->token[0] == '\0') return true;
    if (request->path[0] == '/' && is_token(gate, request->path + 1)) return true;
    return request->authorization != NULL &&
           strncmp(request->authorization, bearer, sizeof bearer - 1) == 0 &&
           is_token(gate, request->authorization + sizeof bearer - 1);
}

/* A page may send text/plain anywhere without asking; JSON only after a preflight. */
static bool is_json(const char *type) {
    static const char json[] = "application/json";
    if (type == NULL || strncasecmp(type, json, sizeof json - 1) != 0) return false;
    char next = type[sizeof json - 1];
    return next == '\0' || next == ';' || next == ' ';
}

void mien_rpc_http(void *context, mien_http_response *response, const mien_http_request *request) {
    const mien_rpc_gate *gate = context;
    bool post = strcmp(request->method, "POST") == 0;
    if (request->origin != NULL) {
        if (!is_allowed(gate, request->origin)) {
            refuse(response, 403, "this origin is not allowed; --allow-origin allows it\n");
            return;
        }
        response->allow_origin = request->origin;
    }
    if (!post && strcmp(request->method, "OPTIONS") == 0 && request->origin != NULL) {
        response->code = 204;
        return;
    }
    if (!has_token(gate, request)) {
        refuse(response, 403, "the token is missing; it is part of the address\n");
        return;
    }
    if (!post) {
        refuse(response, 405, "JSON-RPC takes POST\n");
        return;
    }
    if (!is_json(request->content_type)) {
        refuse(response, 415, "JSON-RPC takes application/json\n");
        return;
    }
    response->code = 200;
    if (mien_rpc_answer(gate->service, &response->body, &response->length,
                        (const char *)request->body, request->length) != MIEN_OK)
        refuse(response, 500, "out of memory\n");
    if (response->code == 200 && response->body == NULL) response->code = 204;
}
