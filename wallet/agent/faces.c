/* SPDX-License-Identifier: MIT */
#include "wallet/agent/faces.h"

#include <math.h>

#include "platform/console/console.h"
#include "platform/memory/secret.h"

#define FRAME_SIZE (MIEN_COMBINE_SIZE + 4 + MIEN_FACE_CROP_BYTES)
#define PAYLOAD_MAX (32 + 1 + MIEN_AGENT_FACES_MAX * FRAME_SIZE)

static mien_status write_frames(mien_writer *writer, const mien_agent_faces *faces) {
    MIEN_TRY(mien_write_bytes(writer, faces->model_digest, sizeof faces->model_digest));
    MIEN_TRY(mien_write_u8(writer, (uint8_t)faces->count));
    for (size_t i = 0; i < faces->count; i++) {
        uint32_t quality;
        memcpy(&quality, &faces->frames[i].quality, sizeof quality);
        MIEN_TRY(mien_write_bytes(writer, faces->frames[i].embedding, MIEN_COMBINE_SIZE));
        MIEN_TRY(mien_write_le32(writer, quality));
        MIEN_TRY(mien_write_bytes(writer, faces->crops[i], MIEN_FACE_CROP_BYTES));
    }
    return MIEN_OK;
}

/* The payload's place in guarded memory: it is a face, and too large for the stack. */
static mien_status write_reply(mien_writer *writer, mien_agent_reply *reply,
                               const mien_agent_faces *faces) {
    void *memory;
    MIEN_TRY(mien_secret_alloc(&memory, PAYLOAD_MAX + MIEN_AGENT_FACES_BYTES, NULL));
    uint8_t *payload = memory, *whole = payload + PAYLOAD_MAX;
    mien_writer inner = mien_writer_of(payload, PAYLOAD_MAX);
    mien_writer outer = mien_writer_of(whole, MIEN_AGENT_FACES_BYTES);
    mien_status status = reply->status == MIEN_OK ? write_frames(&inner, faces) : MIEN_OK;
    reply->payload = mien_view_of(payload, inner.used);
    if (status == MIEN_OK) status = mien_agent_reply_write(&outer, reply);
    if (status == MIEN_OK)
        status = mien_write_bytes(writer, whole + MIEN_AGENT_LENGTH_SIZE,
                                  outer.used - MIEN_AGENT_LENGTH_SIZE);
    mien_secret_free(memory);
    return status;
}

mien_status mien_agent_faces_write(mien_writer *writer, const mien_agent_faces *faces,
                                   const mien_error *why) {
    mien_agent_reply reply = {.status = why->status};
    if (why->status != MIEN_OK)
        mien_console_clean(reply.words, sizeof reply.words, mien_error_words(why));
    else if (faces->count == 0 || faces->count > MIEN_AGENT_FACES_MAX)
        return MIEN_ARGUMENT;
    return write_reply(writer, &reply, faces);
}

static mien_status read_frames(mien_agent_faces *faces, mien_view payload) {
    mien_reader reader = mien_reader_of(payload.data, payload.length);
    uint8_t count;
    MIEN_TRY(mien_read_bytes(&reader, faces->model_digest, sizeof faces->model_digest));
    MIEN_TRY(mien_read_u8(&reader, &count));
    if (count == 0 || count > MIEN_AGENT_FACES_MAX) return MIEN_FORMAT;
    for (size_t i = 0; i < count; i++) {
        uint32_t quality;
        MIEN_TRY(mien_read_bytes(&reader, faces->frames[i].embedding, MIEN_COMBINE_SIZE));
        MIEN_TRY(mien_read_le32(&reader, &quality));
        MIEN_TRY(mien_read_bytes(&reader, faces->crops[i], MIEN_FACE_CROP_BYTES));
        memcpy(&faces->frames[i].quality, &quality, sizeof quality);
        if (!isfinite(faces->frames[i].quality) || faces->frames[i].quality <= 0)
            return MIEN_FORMAT;
    }
    faces->count = count;
    return mien_read_end(&reader);
}

mien_status mien_agent_faces_read(mien_agent_faces *faces, const uint8_t *bytes, size_t length,
                                  mien_error *error) {
    mien_agent_reply reply;
    mien_wipe(faces, sizeof *faces);
    mien_status status = mien_agent_reply_read(&reply, bytes, length);
    if (status == MIEN_OK && reply.status != MIEN_OK)
        return mien_fail(error, reply.status, "%s", reply.words);
    if (status == MIEN_OK) status = read_frames(faces, reply.payload);
    if (status == MIEN_OK) return MIEN_OK;
    mien_wipe(faces, sizeof *faces);
    return mien_fail(error, MIEN_FORMAT, "what came from the eyes are no faces");
}
