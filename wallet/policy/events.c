/* SPDX-License-Identifier: MIT */
#include "wallet/policy/events.h"

#include <string.h>

#include "wallet/policy/policy_parts.h"

static const char *const event_names[] = {"policy", "signed", "waiting", "refused"};

/* ---- writing ---- */

static json_t *begin(mien_policy_event event, int64_t now) {
    return json_pack("{s:I, s:s}", "time", (json_int_t)now, "event", event_names[event]);
}

/* `status` of everything that was put in, and the object or NULL. */
static json_t *finish(json_t *object, mien_status status) {
    if (status == MIEN_OK) return object;
    json_decref(object);
    return NULL;
}

json_t *mien_policy_event_of_policy(const uint8_t digest[MIEN_POLICY_DIGEST_SIZE], int64_t now) {
    json_t *object = begin(MIEN_EVENT_POLICY, now);
    if (object == NULL) return NULL;
    return finish(object, mien_json_set_hex(object, "digest", digest, MIEN_POLICY_DIGEST_SIZE));
}

static mien_status set_amount(json_t *object, const char *key, const mien_uint256 *amount) {
    char text[MIEN_UINT256_TEXT];
    mien_uint256_text(text, amount, 0);
    return mien_json_set(object, key, json_string(text));
}

static mien_status add_flow(json_t *list, const mien_policy_flow *flow) {
    char token[MIEN_ETHEREUM_ADDRESS_TEXT];
    json_t *object = json_object();
    if (object == NULL || json_array_append_new(list, object) != 0) return MIEN_MEMORY;
    MIEN_TRY(mien_json_set(object, "to", json_string(flow->destination)));
    MIEN_TRY(set_amount(object, "amount", &flow->amount));
    mien_ethereum_address_text(token, flow->token);
    if (flow->is_token) MIEN_TRY(mien_json_set(object, "token", json_string(token)));
    if (flow->approval) MIEN_TRY(mien_json_set(object, "allowance", json_true()));
    if (flow->unlimited) MIEN_TRY(mien_json_set(object, "unlimited", json_true()));
    return MIEN_OK;
}

static mien_status add_request(json_t *object, const mien_policy_request *request) {
    char chain[MIEN_POLICY_CHAIN_TEXT];
    json_t *flows = json_array();
    mien_policy_chain_text(chain, request->chain);
    MIEN_TRY(mien_json_set(object, "flows", flows));
    for (size_t i = 0; i < request->flow_count; i++) MIEN_TRY(add_flow(flows, &request->flows[i]));
    MIEN_TRY(mien_json_set(object, "kind", json_string(mien_policy_kind_name(request->kind))));
    MIEN_TRY(mien_json_set(object, "chain", json_string(chain)));
    MIEN_TRY(set_amount(object, "fee", &request->fee));
    MIEN_TRY(mien_json_set_hex(object, "digest", request->digest, sizeof request->digest));
    if (request->unknown_data) MIEN_TRY(mien_json_set(object, "unknown_data", json_true()));
    if (request->delegates) MIEN_TRY(mien_json_set(object, "delegates", json_true()));
    if (request->unknown_code) MIEN_TRY(mien_json_set(object, "unknown_code", json_true()));
    return request->any_chain ? mien_json_set(object, "any_chain", json_true()) : MIEN_OK;
}

static mien_status add_decision(json_t *object, const mien_policy_decision *decision,
                                unsigned means) {
    char name[MIEN_MEANS_TEXT];
    mien_means_text(name, means);
    MIEN_TRY(mien_json_set(object, "means", json_string(name)));
    if (decision->verdict == MIEN_VERDICT_ALLOWED) return MIEN_OK;
    if (decision->line != 0)
        MIEN_TRY(mien_json_set(object, "line", json_integer((json_int_t)decision->line)));
    if (decision->verdict == MIEN_VERDICT_WAIT)
        MIEN_TRY(mien_json_set(object, "not_before", json_integer(decision->not_before)));
    return mien_json_set(object, "reason", json_string(decision->reason));
}

json_t *mien_policy_event_of_request(mien_policy_event event, const mien_policy_request *request,
                                     const mien_policy_decision *decision, unsigned means,
                                     int64_t now) {
    json_t *object = begin(event, now);
    if (object == NULL) return NULL;
    mien_status status = add_request(object, request);
    if (status == MIEN_OK) status = add_decision(object, decision, means);
    return finish(object, status);
}

/* ---- reading ---- */

static mien_status read_amount(mien_uint256 *out, const json_t *object, const char *key,
                               mien_error *error) {
    const char *text;
    MIEN_TRY(mien_json_get_string(&text, object, key, error));
    if (strncmp(text, "0x", 2) != 0 && mien_uint256_parse(out, text, strlen(text)) == MIEN_OK)
        return MIEN_OK;
    return mien_fail(error, MIEN_FORMAT, "'%s' is no amount", key);
}

static mien_status read_flow(mien_policy_flow *flow, const json_t *object, mien_error *error) {
    const char *text;
    MIEN_TRY(mien_json_get_string(&text, object, "to", error));
    size_t length = strlen(text);
    if (length >= sizeof flow->destination)
        return mien_fail(error, MIEN_FORMAT, "a destination is too long");
    memcpy(flow->destination, text, length + 1);
    MIEN_TRY(read_amount(&flow->amount, object, "amount", error));
    flow->approval = json_is_true(json_object_get(object, "allowance"));
    flow->unlimited = json_is_true(json_object_get(object, "unlimited"));
    flow->is_token = json_object_get(object, "token") != NULL;
    if (!flow->is_token) return MIEN_OK;
    MIEN_TRY(mien_json_get_string(&text, object, "token", error));
    if (mien_ethereum_address_parse(flow->token, text, strlen(text)) == MIEN_OK) return MIEN_OK;
    return mien_fail(error, MIEN_FORMAT, "a token is no address");
}

static mien_status read_flows(mien_policy_request *request, mien_arena *arena, const json_t *object,
                              mien_error *error) {
    json_t *list;
    mien_policy_flow *flows;
    MIEN_TRY(mien_json_get_array(&list, object, "flows", error));
    size_t count = json_array_size(list);
    MIEN_TRY(mien_arena_take(arena, &flows, count, sizeof *flows));
    for (size_t i = 0; i < count; i++)
        MIEN_TRY(read_flow(&flows[i], json_array_get(list, i), error));
    request->flows = flows;
    request->flow_count = count;
    return MIEN_OK;
}

static mien_status read_kind(mien_policy_kind *kind, const json_t *object, mien_error *error) {
    const char *text;
    MIEN_TRY(mien_json_get_string(&text, object, "kind", error));
    for (int i = 0; i < MIEN_POLICY_KINDS; i++) {
        *kind = (mien_policy_kind)i;
        if (strcmp(text, mien_policy_kind_name(*kind)) == 0) return MIEN_OK;
    }
    return mien_fail(error, MIEN_FORMAT, "an unknown kind of request");
}

static mien_status read_chain(mien_policy_chain *chain, const json_t *object, mien_error *error) {
    const char *text;
    char name[MIEN_POLICY_CHAIN_TEXT];
    mien_uint256 id;
    MIEN_TRY(mien_json_get_string(&text, object, "chain", error));
    *chain = (mien_policy_chain){.evm = strncmp(text, "evm ", 4) == 0};
    if (chain->evm && mien_uint256_parse(&id, text + 4, strlen(text + 4)) == MIEN_OK &&
        mien_uint256_to_u64(&chain->id, &id) == MIEN_OK)
        return MIEN_OK;
    for (chain->id = 0; !chain->evm && chain->id < MIEN_BITCOIN_NETWORKS; chain->id++) {
        mien_policy_chain_text(name, *chain);
        if (strcmp(name, text) == 0) return MIEN_OK;
    }
    return mien_fail(error, MIEN_FORMAT, "an unknown chain");
}

static mien_status read_request(mien_policy_past_event *out, mien_arena *arena,
                                const json_t *object, mien_error *error) {
    mien_policy_request *request = &out->request;
    MIEN_TRY(read_kind(&request->kind, object, error));
    MIEN_TRY(read_chain(&request->chain, object, error));
    MIEN_TRY(read_amount(&request->fee, object, "fee", error));
    memcpy(request->digest, out->digest, sizeof request->digest);
    return read_flows(request, arena, object, error);
}

mien_status mien_policy_event_read(mien_policy_past_event *out, mien_arena *arena,
                                   const json_t *object, mien_error *error) {
    const char *name;
    int event = 0;
    *out = (mien_policy_past_event){0};
    MIEN_TRY(mien_json_get_string(&name, object, "event", error));
    while (event < MIEN_EVENTS && strcmp(name, event_names[event]) != 0) event++;
    if (event == MIEN_EVENTS) return mien_fail(error, MIEN_FORMAT, "an unknown event");
    out->event = (mien_policy_event)event;
    MIEN_TRY(mien_json_get_integer(&out->time, object, "time", INT64_MIN, INT64_MAX, error));
    MIEN_TRY(mien_json_get_hex(out->digest, sizeof out->digest, object, "digest", error));
    return out->event == MIEN_EVENT_POLICY ? MIEN_OK : read_request(out, arena, object, error);
}
