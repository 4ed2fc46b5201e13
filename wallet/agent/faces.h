/* SPDX-License-Identifier: MIT */
/* What the eyes, a process without keys, tell the agent: a reply (protocol.h, without the length
 * before it) whose payload is the digest of the network, some embeddings, and the crop that each
 * was made of (for face proofs). All of it is secret. */
#ifndef MIEN_WALLET_AGENT_FACES_H
#define MIEN_WALLET_AGENT_FACES_H

#include "face_model/combine/combine.h"
#include "face_model/face_model.h"
#include "wallet/agent/protocol.h"

#define MIEN_AGENT_FACES_MAX 4
/* The longest of these replies. */
#define MIEN_AGENT_FACES_BYTES ((size_t)4096 + MIEN_AGENT_FACES_MAX * MIEN_FACE_CROP_BYTES)

typedef struct mien_agent_faces {
    mien_combine_frame frames[MIEN_AGENT_FACES_MAX];
    uint8_t crops[MIEN_AGENT_FACES_MAX][MIEN_FACE_CROP_BYTES];
    size_t count; /* 1.. */
    uint8_t model_digest[32];
} mien_agent_faces;

/* The whole answer of the eyes; `status` other than MIEN_OK with words instead of faces. */
MIEN_MUST_CHECK mien_status mien_agent_faces_write(mien_writer *writer,
                                                   const mien_agent_faces *faces,
                                                   const mien_error *why);
/* The status in the answer, with its words in *error; MIEN_FORMAT when it is no such answer. */
MIEN_MUST_CHECK mien_status mien_agent_faces_read(mien_agent_faces *faces, const uint8_t *bytes,
                                                  size_t length, mien_error *error);

#endif
