/* SPDX-License-Identifier: MIT */
/* The co-signer's messages: who may ask what, and the answers. */
#include "wallet/cosign/cosign.h"

#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "platform/base/bytes.h"
#include "platform/console/console.h"
#include "platform/memory/secret.h"
#include "wallet/cosign/cosign_parts.h"
#include "wallet/encoding/hex.h"

#define CONNECTIONS 4
#define NUMBER_TRIES 8

void mien_cosign_service(uint8_t service[32], const char *name) {
    char lower[512];
    size_t length = strlen(name);
    if (length >= sizeof lower) length = sizeof lower - 1;
    for (size_t i = 0; i < length; i++) lower[i] = (char)tolower((unsigned char)name[i]);
    mien_record_service(service, lower, length);
}

mien_cosign_root mien_cosign_root_of(const mien_cosign *cosign) {
    return (mien_cosign_root){cosign->curve, cosign->key};
}

int64_t mien_cosign_now(const mien_cosign *cosign) {
    const mien_clock *clock = cosign->options.clock;
    return clock != NULL ? clock->now(clock->context) : (int64_t)time(NULL);
}

/* ---- life ---- */

static mien_status make_keys(mien_cosign *c, mien_error *error) {
    mien_random random = mien_random_system();
    void *memory;
    MIEN_TRY(mien_secret_alloc(&memory, sizeof *c->key, error));
    c->key = memory;
    MIEN_TRY(mien_curve_create(&c->curve, &random));
    MIEN_TRY(mien_hd_master(c->key, c->options.seed, 64));
    c->options.seed = NULL; /* the caller's */
    return MIEN_OK;
}

/* Whose database it is: the root's public key, hashed. */
static mien_status owner_of(uint8_t owner[32], const mien_cosign *c) {
    uint8_t key[MIEN_PUBLIC_KEY_SIZE];
    MIEN_TRY(mien_curve_public_key(c->curve, key, c->key->key));
    crypto_hash_sha256(owner, key, sizeof key);
    return MIEN_OK;
}

static mien_status open_stores(mien_cosign *c, mien_error *error) {
    uint8_t owner[32];
    size_t count = c->options.connections != 0 ? c->options.connections : CONNECTIONS;
    MIEN_TRY(owner_of(owner, c));
    c->stores = calloc(count, sizeof *c->stores);
    if (c->stores == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the database");
    for (; c->store_count < count; c->store_count++)
        MIEN_TRY(
            mien_cosign_store_open(&c->stores[c->store_count], c->options.database, owner, error));
    c->free_count = count;
    return MIEN_OK;
}

mien_status mien_cosign_create(mien_cosign **out, const mien_cosign_options *options,
                               mien_error *error) {
    *out = NULL;
    mien_cosign *c = calloc(1, sizeof *c);
    if (c == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the co-signer");
    c->options = *options;
    mien_cosign_service(c->service, options->name);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->freed, NULL);
    mien_status status = make_keys(c, error);
    if (status == MIEN_OK) status = open_stores(c, error);
    if (status == MIEN_OK)
        *out = c;
    else
        mien_cosign_destroy(c);
    return status;
}

void mien_cosign_destroy(mien_cosign *c) {
    if (c == NULL) return;
    for (size_t i = 0; i < c->store_count; i++) mien_cosign_store_close(c->stores[i]);
    free(c->stores);
    mien_curve_destroy(c->curve);
    mien_secret_free(c->key);
    pthread_cond_destroy(&c->freed);
    pthread_mutex_destroy(&c->lock);
    mien_wipe(c->options.admin_token, sizeof c->options.admin_token);
    free(c);
}

static mien_cosign_store *take_store(mien_cosign *c) {
    pthread_mutex_lock(&c->lock);
    while (c->free_count == 0) pthread_cond_wait(&c->freed, &c->lock);
    mien_cosign_store *store = c->stores[--c->free_count];
    pthread_mutex_unlock(&c->lock);
    return store;
}

static void give_back(mien_cosign *c, mien_cosign_store *store) {
    pthread_mutex_lock(&c->lock);
    c->stores[c->free_count++] = store;
    pthread_cond_signal(&c->freed);
    pthread_mutex_unlock(&c->lock);
}

/* ---- who asks ---- */

static const char *bearer_of(const mien_http_request *request) {
    static const char bearer[] = "Bearer ";
    if (request->authorization == NULL ||
        strncmp(request->authorization, bearer, sizeof bearer - 1) != 0 ||
        strlen(request->authorization) != sizeof bearer - 1 + MIEN_COSIGN_TOKEN_TEXT - 1)
        return NULL;
    return request->authorization + sizeof bearer - 1;
}

static mien_status no_token(mien_error *error) {
    return mien_fail(error, MIEN_PERMISSION, "the token is missing or wrong");
}

static void hash_token(uint8_t hash[32], const char *token) {
    crypto_hash_sha256(hash, (const uint8_t *)token, strlen(token));
}

/* The account that the body names, if the token is its own. An unknown one looks the same. */
static mien_status find_account(mien_cosign_call *call, const mien_http_request *request) {
    const char *id, *token = bearer_of(request);
    uint8_t hash[32];
    MIEN_TRY(mien_json_get_string(&id, call->body, "account", call->error));
    if (token == NULL) return no_token(call->error);
    hash_token(hash, token);
    mien_status status = mien_cosign_store_find(call->store, &call->account, id, call->error);
    if (status == MIEN_NOT_FOUND) return no_token(call->error);
    MIEN_TRY(status);
    if (!mien_equal_ct(hash, call->account.token_hash, sizeof hash)) return no_token(call->error);
    mien_cosign_root root = mien_cosign_root_of(call->cosign);
    return mien_cosign_member_read(&call->member, call->account.body, call->account.contract,
                                   call->account.number, &root, call->error);
}

/* ---- registering ---- */

/* The record must be made for us, or proofs for others would do here. */
static mien_status check_record(const mien_cosign_call *call) {
    const mien_cosign *c = call->cosign;
    const mien_record *record = &call->member.record;
    bool known = c->options.model_count == 0;
    if (memcmp(record->service, c->service, sizeof c->service) != 0)
        return mien_fail(call->error, MIEN_ARGUMENT,
                         "the record was made for another service than %s", c->options.name);
    for (size_t i = 0; i < c->options.model_count; i++)
        known |= memcmp(record->model_digest, c->options.models[i], 32) == 0;
    if (!known)
        return mien_fail(call->error, MIEN_WRONG_MODEL,
                         "faces enrolled with this network are not accepted here");
    return mien_cosign_check_statements(c, &call->member, call->error);
}

static mien_status new_account(mien_cosign_call *call, char token[MIEN_COSIGN_TOKEN_TEXT]) {
    mien_random random = mien_random_system();
    uint8_t bytes[32 + 16 + 4];
    MIEN_TRY(mien_random_fill(&random, bytes, sizeof bytes));
    mien_hex_encode(token, bytes, 32);
    hash_token(call->account.token_hash, token);
    mien_hex_encode(call->account.id, bytes + 32, 16);
    call->account.number = mien_load_le32(bytes + 48) & ~MIEN_HARDENED;
    mien_wipe(bytes, sizeof bytes);
    return MIEN_OK;
}

static mien_status tell_account(mien_cosign_call *call, const char *token) {
    const mien_cosign_member *member = &call->member;
    char attestor[MIEN_ETHEREUM_ADDRESS_TEXT];
    MIEN_TRY(mien_json_set(call->result, "account", json_string(call->account.id)));
    MIEN_TRY(mien_json_set(call->result, "token", json_string(token)));
    if (member->has_bitcoin)
        MIEN_TRY(mien_json_set(call->result, "descriptor", json_string(member->descriptor_text)));
    mien_ethereum_address_text(attestor, member->attestor);
    if (!member->has_ethereum) return MIEN_OK;
    return mien_json_set(call->result, "attestor", json_string(attestor));
}

/* Read with the number that the account will have: its keys come from it. */
static mien_status register_once(mien_cosign_call *call, char token[MIEN_COSIGN_TOKEN_TEXT]) {
    mien_cosign_root root = mien_cosign_root_of(call->cosign);
    MIEN_TRY(new_account(call, token));
    MIEN_TRY(mien_cosign_member_read(&call->member, call->account.body, "", call->account.number,
                                     &root, call->error));
    MIEN_TRY(check_record(call));
    return mien_cosign_store_add(call->store, &call->account, call->error);
}

static mien_status run_register(mien_cosign_call *call, const mien_http_request *request) {
    const char *given = bearer_of(request);
    char token[MIEN_COSIGN_TOKEN_TEXT];
    if (given == NULL ||
        !mien_equal_ct(given, call->cosign->options.admin_token, MIEN_COSIGN_TOKEN_TEXT - 1))
        return no_token(call->error);
    MIEN_TRY(mien_json_print(&call->account.body, call->body, false));
    if (strlen(call->account.body) > MIEN_COSIGN_BODY_MAX)
        return mien_fail(call->error, MIEN_TOO_LARGE, "the registration is too large");
    mien_status status = MIEN_EXISTS; /* one number in 2^31 is taken */
    for (int i = 0; i < NUMBER_TRIES && status == MIEN_EXISTS; i++) {
        mien_cosign_member_destroy(&call->member);
        status = register_once(call, token);
    }
    if (status == MIEN_OK) status = tell_account(call, token);
    mien_wipe(token, sizeof token);
    return status;
}

/* ---- the other requests ---- */

static mien_status run_contract(mien_cosign_call *call, const mien_http_request *request) {
    static const char *const keys[] = {"account", "contract", NULL};
    const char *text;
    char canonical[MIEN_ETHEREUM_ADDRESS_TEXT];
    uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE];
    MIEN_TRY(mien_json_only_keys(call->body, keys, call->error));
    MIEN_TRY(find_account(call, request));
    MIEN_TRY(mien_json_get_string(&text, call->body, "contract", call->error));
    if (!call->member.has_ethereum)
        return mien_fail(call->error, MIEN_ARGUMENT, "the account is not registered for Ethereum");
    if (mien_ethereum_address_parse(address, text, strlen(text)) != MIEN_OK)
        return mien_fail(call->error, MIEN_FORMAT, "'contract' is no address");
    mien_ethereum_address_text(canonical, address);
    return mien_cosign_store_set_contract(call->store, call->account.id, canonical, call->error);
}

static mien_status run_nonce(mien_cosign_call *call, const mien_http_request *request) {
    static const char *const keys[] = {"account", NULL};
    uint8_t nonce[MIEN_PROOF_NONCE_SIZE];
    mien_random random = mien_random_system();
    int64_t expiry = call->now + MIEN_COSIGN_NONCE_SECONDS;
    MIEN_TRY(mien_json_only_keys(call->body, keys, call->error));
    MIEN_TRY(find_account(call, request));
    MIEN_TRY(mien_random_fill(&random, nonce, sizeof nonce));
    MIEN_TRY(mien_cosign_store_issue(call->store, call->account.id, nonce, call->now, expiry,
                                     call->error));
    MIEN_TRY(mien_json_set_hex(call->result, "nonce", nonce, sizeof nonce));
    return mien_json_set(call->result, "expiry", json_integer(expiry));
}

static mien_status run_sign(mien_cosign_call *call, const mien_http_request *request) {
    static const char *const keys[] = {"account", "statement", "proof", "psbt", "ethereum", NULL};
    bool bitcoin = json_object_get(call->body, "psbt") != NULL;
    bool ethereum = json_object_get(call->body, "ethereum") != NULL;
    MIEN_TRY(mien_json_only_keys(call->body, keys, call->error));
    MIEN_TRY(find_account(call, request));
    if (bitcoin == ethereum)
        return mien_fail(call->error, MIEN_FORMAT, "either 'psbt' or 'ethereum' is needed");
    return bitcoin ? mien_cosign_sign_bitcoin(call) : mien_cosign_sign_ethereum(call);
}

/* ---- HTTP ---- */

static int code_of(mien_status status) {
    switch (status) {
    case MIEN_OK:
        return 200;
    case MIEN_PERMISSION:
        return 401;
    case MIEN_POLICY_DENIED:
    case MIEN_PROOF_INVALID:
        return 403;
    case MIEN_NOT_FOUND:
        return 404;
    case MIEN_EXISTS:
        return 409;
    case MIEN_RATE_LIMITED:
        return 429;
    case MIEN_BUSY:
        return 503;
    case MIEN_IO:
    case MIEN_MEMORY:
    case MIEN_INTERNAL:
    case MIEN_RANDOM:
        return 500;
    default:
        return 400;
    }
}

typedef struct route {
    const char *path;
    mien_status (*run)(mien_cosign_call *call, const mien_http_request *request);
} route;

static const route *find_route(const char *path) {
    static const route routes[] = {{"/v1/register", run_register},
                                   {"/v1/contract", run_contract},
                                   {"/v1/nonce", run_nonce},
                                   {"/v1/sign", run_sign}};
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        if (strcmp(routes[i].path, path) == 0) return &routes[i];
    return NULL;
}

static mien_status run(mien_cosign *cosign, json_t *result, const mien_http_request *request,
                       mien_error *error) {
    const route *found = find_route(request->path);
    json_t *body;
    if (request->origin != NULL)
        return mien_fail(error, MIEN_PERMISSION, "web pages do not talk to a co-signer");
    if (found == NULL || strcmp(request->method, "POST") != 0)
        return mien_fail(error, MIEN_NOT_FOUND, "there is nothing here");
    MIEN_TRY(
        mien_json_parse(&body, (const char *)request->body, request->length, "request", error));
    mien_cosign_call call = {.cosign = cosign,
                             .body = body,
                             .result = result,
                             .now = mien_cosign_now(cosign),
                             .error = error};
    mien_status status = MIEN_FORMAT;
    if (json_is_object(body)) {
        call.store = take_store(cosign);
        status = found->run(&call, request);
        give_back(cosign, call.store);
    }
    mien_cosign_member_destroy(&call.member);
    mien_cosign_account_free(&call.account);
    json_decref(body);
    return status;
}

static json_t *error_json(mien_status status, const mien_error *error) {
    char words[sizeof error->message];
    mien_error copy = *error;
    copy.status = status;
    /* what fails inside is for the operator's log, not for clients */
    mien_console_clean(words, sizeof words,
                       code_of(status) == 500 ? "the co-signer fails" : mien_error_words(&copy));
    return json_pack("{s:{s:s, s:s}}", "error", "status", mien_status_name(status), "message",
                     words);
}

void mien_cosign_http(void *context, mien_http_response *response,
                      const mien_http_request *request) {
    mien_cosign *cosign = context;
    mien_error error = {0};
    json_t *result = json_object();
    mien_status status = result != NULL ? run(cosign, result, request, &error) : MIEN_MEMORY;
    if (status != MIEN_OK) {
        json_decref(result);
        result = error_json(status, &error);
    }
    response->code = code_of(status);
    if (result != NULL && mien_json_print(&response->body, result, false) == MIEN_OK)
        response->length = strlen(response->body);
    else
        response->code = 500;
    json_decref(result);
}
