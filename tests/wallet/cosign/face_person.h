/* SPDX-License-Identifier: MIT */
/* Somebody whom the network that ships with mien has seen, so that face proofs can be made: a crop
 * of noise, and the template is what the network makes of it. */
#ifndef MIEN_TESTS_WALLET_COSIGN_FACE_PERSON_H
#define MIEN_TESTS_WALLET_COSIGN_FACE_PERSON_H

#include "tests/wallet/cosign/person.h"
#include "wallet/proof/run.h"

#define FACE_MODELS MIEN_SOURCE_DIR "/assets/models"

typedef struct face_person {
    person person;
    const mien_proof_face *face;
    uint8_t *crop;
    mien_pool *pool;
} face_person;

static inline void face_person_make(face_person *p, const mien_proof_face *face,
                                    const uint8_t service[32]) {
    size_t size = mien_proof_face_crop_size(face);
    const mien_proof_network *network = mien_proof_face_network(face);
    mien_proof_run *run;
    int16_t output[MIEN_EMBEDDING_SIZE];
    int8_t template_vector[MIEN_EMBEDDING_SIZE];
    *p = (face_person){.face = face, .crop = malloc(size)};
    harness_random_bytes(p->crop, size);
    PERSON_DO(mien_pool_create(&p->pool, 0));
    PERSON_DO(mien_proof_run_create(&run, network, p->pool, NULL));
    PERSON_DO(mien_proof_run_plain(run, output, p->crop, size));
    mien_proof_run_free(run);
    for (size_t i = 0; i < MIEN_EMBEDDING_SIZE; i++) template_vector[i] = (int8_t)output[i];
    person_enrol(&p->person, service, mien_network_digest(network->network), template_vector);
}

static inline void face_person_free(face_person *p) {
    mien_pool_destroy(p->pool);
    free(p->crop);
}

/* A face proof file for the digest, malloc'ed; parameters: 1 or 2. */
static inline uint8_t *face_person_prove(face_person *p, size_t *length, uint32_t parameters,
                                         mien_frame_binding frame, const uint8_t digest[32],
                                         const uint8_t nonce[32], uint64_t expiry) {
    mien_match_statement s;
    mien_proof_face_result result;
    mien_proof_file file = {.expiry = expiry,
                            .kind = MIEN_PROOF_FACE,
                            .parameters = parameters,
                            .frame_public = frame == MIEN_FRAME_PUBLIC};
    person_statement(&p->person, &s, digest, nonce, expiry);
    PERSON_DO(mien_proof_face_prove(&result, p->face, mien_proof_face_parameters(parameters), &s,
                                    frame, p->crop, &p->person.witness, p->pool, NULL, NULL));
    uint8_t *bytes = malloc(MIEN_PROOF_FILE_HEADER_SIZE + result.length);
    memcpy(bytes + MIEN_PROOF_FILE_HEADER_SIZE, result.bytes, result.length);
    memcpy(file.frame_commitment, result.frame_commitment, sizeof file.frame_commitment);
    person_header(&p->person, bytes, result.length, &file, &s, nonce);
    *length = MIEN_PROOF_FILE_HEADER_SIZE + result.length;
    free(result.bytes);
    return bytes;
}

#endif
