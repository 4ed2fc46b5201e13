/* SPDX-License-Identifier: MIT */
/* Bitcoin: PSBTs, messages, addresses, public keys. */
#include <stdlib.h>

#include "platform/console/console.h"
#include "platform/memory/secret.h"
#include "wallet/agent/job.h"
#include "wallet/encoding/hex.h"

static mien_status no_memory(mien_error *error) {
    return mien_fail(error, MIEN_MEMORY, "no memory for this request");
}

/* ---- transactions ---- */

static mien_status review_psbt(mien_agent_job *job, mien_agent_keys *keys, mien_error *error) {
    const mien_agent_request *request = job->request;
    job->bitcoin_limits = mien_bitcoin_limits_default();
    if (request->fee_satoshis != 0) job->bitcoin_limits.fee_satoshis = request->fee_satoshis;
    job->bitcoin_limits.unproven_amounts = (request->allow & MIEN_ALLOW_UNPROVEN) != 0;
    job->bitcoin_limits.shared =
        mien_policy_shared(mien_policy_store_policy(keys->policy), request->network,
                           &job->bitcoin_limits.shared_count);
    MIEN_TRY(mien_psbt_parse(&job->psbt, request->payload.data, request->payload.length, error));
    return mien_bitcoin_review_psbt(&job->bitcoin, &job->psbt, request->network, &keys->bitcoin,
                                    &job->bitcoin_limits, error);
}

static mien_status start_psbt(mien_agent_job *job, mien_agent_keys *keys, mien_error *error) {
    const mien_agent_request *request = job->request;
    MIEN_TRY(review_psbt(job, keys, error));
    const mien_bitcoin_review *review = &job->bitcoin;
    if (review->ours == 0)
        return mien_fail(error, MIEN_ARGUMENT, "no input of this transaction is this wallet's");
    if (mien_bitcoin_review_words(&job->words, &job->bitcoin) != MIEN_OK ||
        mien_policy_of_bitcoin(&job->policy, &job->arena, review) != MIEN_OK)
        return no_memory(error);
    job->has_policy = true;
    memcpy(job->digest, review->digest, sizeof job->digest);
    const bool usual = request->fee_satoshis == 0 && request->allow == 0;
    job->use.purpose = usual ? MIEN_PURPOSE_BITCOIN : 0;
    job->use.on_bitcoin = true;
    job->use.network = request->network;
    job->use.satoshis = review->spent + review->fee; /* both below 21 million coins */
    return MIEN_OK;
}

static mien_status finish_psbt(mien_agent_job *job, mien_agent_reply *reply, mien_agent_keys *keys,
                               mien_error *error) {
    const mien_random random = mien_random_system();
    size_t signed_inputs;
    MIEN_TRY(mien_bitcoin_sign_psbt(&job->psbt, &signed_inputs, keys->curve, keys->root,
                                    job->request->network, &job->bitcoin_limits, job->digest,
                                    &random, error));
    uint8_t *bytes;
    const size_t size = mien_psbt_size(&job->psbt);
    if (mien_arena_take(&job->arena, &bytes, size, 1) != MIEN_OK) return no_memory(error);
    mien_writer writer = mien_writer_of(bytes, size);
    MIEN_TRY(mien_psbt_write(&writer, &job->psbt));
    reply->number = (uint32_t)signed_inputs;
    reply->payload = mien_view_of(bytes, writer.used);
    return MIEN_OK;
}

/* ---- one key of account 0 ---- */

static mien_status find_address(mien_agent_job *job, mien_agent_keys *keys, mien_error *error) {
    const mien_agent_request *request = job->request;
    uint8_t key[MIEN_PUBLIC_KEY_SIZE];
    mien_bitcoin_account_path(&job->path, request->network, request->type, 0);
    mien_status status = mien_hd_path_push(&job->path, request->chain);
    if (status == MIEN_OK) status = mien_hd_path_push(&job->path, request->index);
    if (status == MIEN_OK)
        status = keys->bitcoin.public_key(keys->bitcoin.context, key, &job->path);
    if (status == MIEN_OK)
        status = mien_bitcoin_address(job->address, request->network, request->type, key);
    if (status != MIEN_OK) return mien_fail(error, status, "this address cannot be derived");
    return MIEN_OK;
}

static mien_status start_address(mien_agent_job *job, mien_agent_keys *keys, mien_error *error) {
    char path[MIEN_HD_PATH_TEXT];
    mien_text text = {.arena = &job->arena};
    MIEN_TRY(find_address(job, keys, error));
    mien_hd_path_text(path, &job->path);
    mien_text_append(&text, "Is this the address that the other program shows?\n%s\n(%s, %s)\n",
                     job->address, path, mien_bitcoin_parameters(job->request->network)->name);
    job->words = text.start;
    return text.status == MIEN_OK ? MIEN_OK : no_memory(error);
}

static mien_status finish_address(mien_agent_job *job, mien_agent_reply *reply,
                                  mien_agent_keys *keys, mien_error *error) {
    (void)keys;
    (void)error;
    reply->payload = mien_view_of(job->address, strlen(job->address));
    return MIEN_OK;
}

/* ---- messages ---- */

/* Text that shows as what it is, line by line; anything else is shown in hex. */
static bool is_plain(mien_view message) {
    char *text = malloc(2 * message.length + 2);
    if (text == NULL) return false;
    char *clean = text + message.length + 1;
    for (size_t i = 0; i < message.length; i++)
        text[i] = message.data[i] == '\n' ? ' ' : (char)message.data[i];
    text[message.length] = '\0';
    mien_console_clean(clean, message.length + 1, text);
    const bool plain =
        memchr(message.data, '\0', message.length) == NULL && strcmp(text, clean) == 0;
    free(text);
    return plain;
}

static mien_status message_words(mien_agent_job *job) {
    const mien_view message = job->request->payload;
    mien_text text = {.arena = &job->arena};
    mien_text_append(&text, "Sign a message as %s (%s):\n", job->address,
                     mien_bitcoin_parameters(job->request->network)->name);
    if (message.length == 0) {
        mien_text_append(&text, "(an empty message)\n");
    } else if (is_plain(message)) {
        mien_text_append(&text, "%.*s\n", (int)message.length, (const char *)message.data);
    } else {
        char *hex = malloc(2 * message.length + 1);
        if (hex == NULL) return MIEN_MEMORY;
        mien_hex_encode(hex, message.data, message.length);
        mien_text_append(&text, "(no plain text; %zu bytes in hex)\n%s\n", message.length, hex);
        free(hex);
    }
    job->words = text.start;
    return text.status;
}

static mien_status start_message(mien_agent_job *job, mien_agent_keys *keys, mien_error *error) {
    const mien_agent_request *request = job->request;
    if (request->payload.length > MIEN_AGENT_MESSAGE_MAX)
        return mien_fail(error, MIEN_TOO_LARGE, "a message of more than %zu bytes",
                         MIEN_AGENT_MESSAGE_MAX);
    if (request->form == MIEN_MESSAGE_LEGACY && request->type == MIEN_SCRIPT_P2TR)
        return mien_fail(error, MIEN_UNSUPPORTED,
                         "the old form of message signatures has none for taproot; use BIP-322");
    MIEN_TRY(find_address(job, keys, error));
    if (message_words(job) != MIEN_OK) return no_memory(error);
    MIEN_TRY(mien_message_digest(job->digest, request->network, job->address, request->payload));
    mien_policy_of_message(&job->policy, (mien_policy_chain){false, request->network}, job->digest);
    job->has_policy = true;
    job->use.purpose = MIEN_PURPOSE_MESSAGE;
    job->use.on_bitcoin = true;
    job->use.network = request->network;
    return MIEN_OK;
}

static mien_status finish_message(mien_agent_job *job, mien_agent_reply *reply,
                                  mien_agent_keys *keys, mien_error *error) {
    const mien_random random = mien_random_system();
    uint8_t *auxiliary = keys->scratch + MIEN_SECRET_KEY_SIZE;
    const char *signature = NULL;
    mien_status status = mien_agent_job_secret(job, keys);
    if (status == MIEN_OK) status = mien_random_fill(&random, auxiliary, 32);
    if (status == MIEN_OK)
        status =
            mien_message_sign(&signature, &job->arena, keys->curve, job->request->form,
                              job->request->type, keys->scratch, job->request->payload, auxiliary);
    if (status != MIEN_OK) return mien_fail(error, status, "the message could not be signed");
    reply->payload = mien_view_of(signature, strlen(signature));
    return MIEN_OK;
}

/* ---- public keys ---- */

static mien_status start_public(mien_agent_job *job, mien_agent_keys *keys, mien_error *error) {
    (void)keys;
    (void)error;
    job->path = job->request->path;
    return MIEN_OK;
}

/* The private key on the way lies in the scratch of the curve's caller: guarded, wiped. */
static mien_status derive_public(mien_hd_public *out, mien_agent_job *job, mien_agent_keys *keys) {
    void *memory;
    MIEN_TRY(mien_secret_alloc(&memory, sizeof(mien_hd_private), NULL));
    mien_hd_private *key = memory;
    mien_status status = mien_hd_private_derive(keys->curve, key, keys->root, &job->path);
    if (status == MIEN_OK) status = mien_hd_neuter(keys->curve, out, key);
    mien_secret_free(memory);
    return status;
}

static mien_status finish_public(mien_agent_job *job, mien_agent_reply *reply,
                                 mien_agent_keys *keys, mien_error *error) {
    mien_hd_public key;
    char text[MIEN_HD_TEXT];
    mien_status status = derive_public(&key, job, keys);
    if (status == MIEN_OK)
        status =
            mien_hd_public_text(text, &key, mien_bitcoin_parameters(job->request->network)->public);
    if (status == MIEN_OK)
        status = mien_arena_copy(&job->arena, &reply->payload, text, strlen(text));
    if (status != MIEN_OK) return mien_fail(error, status, "this key cannot be derived");
    return MIEN_OK;
}

const mien_agent_action mien_agent_bitcoin_actions[] = {
    {MIEN_AGENT_SIGN_PSBT, start_psbt, finish_psbt},
    {MIEN_AGENT_SIGN_BITCOIN_MESSAGE, start_message, finish_message},
    {MIEN_AGENT_SHOW_ADDRESS, start_address, finish_address},
    {MIEN_AGENT_PUBLIC, start_public, finish_public},
    {0, NULL, NULL}};
