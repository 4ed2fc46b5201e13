/* SPDX-License-Identifier: MIT */
/* Bytes from a client, from the agent, for the prompt and from the eyes; the first byte says which.
 * What is taken must be written again as the same bytes. */
#include <stdlib.h>

#include "wallet/agent/faces.h"
#include "wallet/agent/prompt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const uint8_t *made, size_t made_length, const uint8_t *given, size_t length) {
    if (made_length != length || memcmp(made, given, length) != 0) abort();
}

static void try_request(const uint8_t *bytes, size_t length) {
    mien_agent_request request;
    if (mien_agent_request_read(&request, bytes, length) != MIEN_OK) return;
    const size_t size = mien_agent_request_size(&request);
    uint8_t *out = malloc(size + 1);
    mien_writer writer = mien_writer_of(out, size);
    if (out == NULL || mien_agent_request_write(&writer, &request) != MIEN_OK) abort();
    same(out + MIEN_AGENT_LENGTH_SIZE, writer.used - MIEN_AGENT_LENGTH_SIZE, bytes, length);
    free(out);
}

static void try_reply(const uint8_t *bytes, size_t length) {
    mien_agent_reply reply;
    mien_agent_state state;
    if (mien_agent_reply_read(&reply, bytes, length) != MIEN_OK) return;
    const size_t size = mien_agent_reply_size(&reply);
    uint8_t *out = malloc(size + 1);
    mien_writer writer = mien_writer_of(out, size);
    if (out == NULL || mien_agent_reply_write(&writer, &reply) != MIEN_OK) abort();
    same(out + MIEN_AGENT_LENGTH_SIZE, writer.used - MIEN_AGENT_LENGTH_SIZE, bytes, length);
    free(out);
    uint8_t again[MIEN_AGENT_STATE_SIZE];
    if (mien_agent_state_read(&state, reply.payload) != MIEN_OK) return;
    mien_agent_state_write(again, &state);
    same(again, sizeof again, reply.payload.data, reply.payload.length);
}

static void try_question(const uint8_t *bytes, size_t length) {
    mien_prompt_question question;
    uint8_t *out;
    size_t made;
    if (mien_prompt_question_read(&question, bytes, length) != MIEN_OK) return;
    if (mien_prompt_question_write(&out, &made, &question) != MIEN_OK) abort();
    same(out, made, bytes, length);
    free(out);
}

static void try_faces(const uint8_t *bytes, size_t length) {
    mien_agent_faces faces;
    mien_error why = {0};
    uint8_t out[MIEN_AGENT_FACES_BYTES];
    mien_writer writer = mien_writer_of(out, sizeof out);
    if (mien_agent_faces_read(&faces, bytes, length, NULL) != MIEN_OK) return;
    if (mien_agent_faces_write(&writer, &faces, &why) != MIEN_OK) abort();
    /* a count, embeddings and a digest; number, hash and words of the reply do not count */
    if (faces.count == 0 || faces.count > MIEN_AGENT_FACES_MAX) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const tries[])(const uint8_t *, size_t) = {try_request, try_reply, try_question,
                                                             try_faces};
    if (size != 0) tries[data[0] % 4](data + 1, size - 1);
    return 0;
}
