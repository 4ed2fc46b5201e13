/* SPDX-License-Identifier: MIT */
/* Transactions and messages: by the agent when one runs, else by the program mien. */
#include <stdlib.h>
#include <string.h>

#include "wallet/encoding/hex.h"
#include "wallet/hwi/hwi.h"
#include "wallet/hwi/run.h"

#define ARGUMENTS_MAX 24

/* Arguments for mien, with what the call says about the eyes. */
typedef struct arguments {
    const char *list[ARGUMENTS_MAX];
    size_t count;
} arguments;

static void add(arguments *a, const char *word) {
    if (a->count + 1 < ARGUMENTS_MAX) a->list[a->count++] = word;
}

static void add_pair(arguments *a, const char *name, const char *value) {
    add(a, name);
    add(a, value);
}

static void add_eyes(arguments *a, const mien_hwi_call *call) {
    const char *given = getenv("MIEN_SOURCE");
    const char *otherwise = given != NULL && given[0] != '\0' ? given : "camera";
    add_pair(a, "--source", call->source != NULL ? call->source : otherwise);
    if (call->models != NULL) add_pair(a, "--models", call->models);
}

/* ---- signtx ---- */

static mien_status put_psbt(json_t **answer, const char *text, uint32_t inputs) {
    *answer = json_pack("{s:s, s:b}", "psbt", text, "signed", inputs != 0);
    return *answer != NULL ? MIEN_OK : MIEN_MEMORY;
}

/* What clients send is base64; anything else is told so before anybody is asked. */
static mien_status decode(uint8_t **bytes, size_t *length, const char *text, mien_error *error) {
    const size_t characters = strlen(text);
    *bytes = malloc(characters + 1);
    if (*bytes == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the transaction");
    if (mien_base64_decode(*bytes, length, characters, text, characters) == MIEN_OK) return MIEN_OK;
    free(*bytes);
    *bytes = NULL;
    return mien_fail(error, MIEN_FORMAT, "the transaction is not base64");
}

static mien_status sign_by_agent(mien_hwi_job *job, json_t **answer, mien_view psbt,
                                 mien_error *error) {
    mien_agent_reply reply;
    const mien_agent_request request = {
        .operation = MIEN_AGENT_SIGN_PSBT, .network = job->network, .payload = psbt};
    MIEN_TRY(mien_agent_call_unlocked(job->agent, &reply, &request, error));
    const size_t size = mien_base64_encoded_size(reply.payload.length);
    char *text = malloc(size);
    if (text == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the signed transaction");
    mien_base64_encode(text, size, reply.payload.data, reply.payload.length);
    mien_status status = put_psbt(answer, text, reply.number);
    free(text);
    return status;
}

static mien_status sign_here(mien_hwi_job *job, json_t **answer, mien_view psbt,
                             mien_error *error) {
    json_t *result;
    arguments a = {.count = 0};
    int64_t inputs;
    const char *text;
    add(&a, "psbt");
    add(&a, "sign");
    add(&a, "-");
    add_pair(&a, "--network", mien_bitcoin_parameters(job->network)->name);
    add_eyes(&a, job->call);
    MIEN_TRY(mien_hwi_run(&result, a.list, psbt.data, psbt.length, error));
    mien_status status = mien_json_get_string(&text, result, "psbt", error);
    if (status == MIEN_OK)
        status = mien_json_get_integer(&inputs, result, "signed_inputs", 0, UINT32_MAX, error);
    if (status == MIEN_OK) status = put_psbt(answer, text, (uint32_t)inputs);
    json_decref(result);
    return status;
}

mien_status mien_hwi_sign(mien_hwi_job *job, json_t **answer, mien_error *error) {
    uint8_t *bytes;
    size_t length;
    MIEN_TRY(decode(&bytes, &length, job->call->words[1], error));
    const mien_view psbt = mien_view_of(bytes, length);
    mien_status status = job->agent != NULL ? sign_by_agent(job, answer, psbt, error)
                                            : sign_here(job, answer, psbt, error);
    free(bytes);
    return status;
}

/* ---- signmessage ---- */

static mien_status put_signature(json_t **answer, const char *text, size_t length) {
    *answer = json_pack("{s:s%}", "signature", text, length);
    return *answer != NULL ? MIEN_OK : MIEN_MEMORY;
}

/* The old form where an address has it, as HWI's devices answer; BIP-322 for taproot. */
static mien_status message_by_agent(mien_hwi_job *job, json_t **answer, const mien_hwi_place *place,
                                    mien_error *error) {
    const char *message = job->call->words[1];
    mien_agent_reply reply;
    const mien_agent_request request = {
        .operation = MIEN_AGENT_SIGN_BITCOIN_MESSAGE,
        .network = job->network,
        .type = place->type,
        .chain = place->chain,
        .index = place->index,
        .form = place->type == MIEN_SCRIPT_P2TR ? MIEN_MESSAGE_BIP322 : MIEN_MESSAGE_LEGACY,
        .payload = mien_view_of(message, strlen(message))};
    MIEN_TRY(mien_agent_call_unlocked(job->agent, &reply, &request, error));
    return put_signature(answer, (const char *)reply.payload.data, reply.payload.length);
}

static mien_status message_here(mien_hwi_job *job, json_t **answer, const mien_hwi_place *place,
                                mien_error *error) {
    json_t *result;
    arguments a = {.count = 0};
    char index[16];
    const char *text, *message = job->call->words[1];
    if (place->chain != 0)
        return mien_fail(error, MIEN_UNSUPPORTED,
                         "messages of change addresses are signed by the agent only");
    snprintf(index, sizeof index, "%u", (unsigned)place->index);
    add(&a, "sign");
    add(&a, "-");
    add_pair(&a, "--network", mien_bitcoin_parameters(job->network)->name);
    add_pair(&a, "--type", mien_bitcoin_script_name(place->type));
    add_pair(&a, "--index", index);
    add_pair(&a, "--form", place->type == MIEN_SCRIPT_P2TR ? "bip322" : "legacy");
    add_eyes(&a, job->call);
    MIEN_TRY(mien_hwi_run(&result, a.list, message, strlen(message), error));
    mien_status status = mien_json_get_string(&text, result, "signature", error);
    if (status == MIEN_OK) status = put_signature(answer, text, strlen(text));
    json_decref(result);
    return status;
}

mien_status mien_hwi_sign_message(mien_hwi_job *job, json_t **answer, mien_error *error) {
    const char *text = job->call->words[2];
    mien_hd_path path;
    mien_hwi_place place;
    if (mien_hd_path_parse(&path, text, strlen(text)) != MIEN_OK)
        return mien_fail(error, MIEN_ARGUMENT, "'%.60s' is no derivation path", text);
    MIEN_TRY(mien_hwi_place_of(&place, &path, job->network, error));
    if (place.account != 0)
        return mien_fail(error, MIEN_UNSUPPORTED, "messages are signed with keys of account 0");
    return job->agent != NULL ? message_by_agent(job, answer, &place, error)
                              : message_here(job, answer, &place, error);
}
