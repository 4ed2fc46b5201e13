/* SPDX-License-Identifier: MIT */
/* Somebody with an enrolled face and keys, as a co-signer's clients are: proofs without a camera,
 * and payments from a shared wallet. For tests and benches. */
#ifndef MIEN_TESTS_WALLET_COSIGN_PERSON_H
#define MIEN_TESTS_WALLET_COSIGN_PERSON_H

#include "platform/json/json.h"
#include "prover/prover.h"
#include "tests/harness.h"
#include "tests/wallet/cosign/shared_payment.h"
#include "wallet/cosign/cosign.h"
#include "wallet/encoding/hex.h"

typedef struct person {
    mien_record record;
    mien_match_witness witness;
    mien_random random;
    mien_random_seeded_state random_state;
    mien_hd_private root; /* of the wallet */
} person;

/* Enrolled with this template, and a look that is exactly it. */
static inline void person_enrol(person *p, const uint8_t service[32], const uint8_t model[32],
                                const int8_t template_vector[MIEN_EMBEDDING_SIZE]) {
    uint8_t seed[64];
    memset(p, 0, sizeof *p);
    harness_random_bytes(seed, sizeof seed);
    p->random = mien_random_seeded(&p->random_state, seed);
    PERSON_DO(mien_hd_master(&p->root, seed, sizeof seed));
    memcpy(p->witness.template_vector, template_vector, MIEN_EMBEDDING_SIZE);
    memcpy(p->witness.embedding, template_vector, MIEN_EMBEDDING_SIZE);
    harness_random_bytes(p->witness.key_z, sizeof p->witness.key_z);
    memcpy(p->record.service, service, 32);
    memcpy(p->record.model_digest, model, 32);
    p->record.epoch = 1;
    p->record.threshold = 22814;
    PERSON_DO(mien_match_commit_template(p->record.template_commitment, p->record.key_check,
                                         p->record.service, p->record.epoch, p->record.slot,
                                         p->witness.template_vector, p->witness.key_z));
}

/* A random template, of a network that is nowhere. */
static inline void person_make(person *p, const uint8_t service[32]) {
    int8_t template_vector[MIEN_EMBEDDING_SIZE];
    uint8_t model[32];
    memset(model, 0x4d, sizeof model);
    for (size_t i = 0; i < MIEN_EMBEDDING_SIZE; i++)
        template_vector[i] = (int8_t)((int)harness_random_below(61) - 30);
    person_enrol(p, service, model, template_vector);
}

/* What a proof for the digest is about. */
static inline void person_statement(const person *p, mien_match_statement *s,
                                    const uint8_t digest[32], const uint8_t nonce[32],
                                    uint64_t expiry) {
    mien_proof_binding binding = {.expiry = expiry};
    *s = (mien_match_statement){
        .epoch = p->record.epoch, .slot = p->record.slot, .threshold = p->record.threshold};
    memcpy(binding.bind, digest, 32);
    memcpy(binding.nonce, nonce, 32);
    memcpy(binding.service, p->record.service, 32);
    mien_proof_context(s->context, &binding);
    memcpy(s->template_commitment, p->record.template_commitment, MIEN_DIGEST_SIZE);
    memcpy(s->key_check, p->record.key_check, MIEN_DIGEST_SIZE);
    memcpy(s->service, p->record.service, 32);
}

/* The head in front of bytes + MIEN_PROOF_FILE_HEADER_SIZE; `file` has kind, parameters, expiry and
 * what is bound. */
static inline void person_header(const person *p, uint8_t *bytes, size_t proof_length,
                                 mien_proof_file *file, const mien_match_statement *s,
                                 const uint8_t nonce[32]) {
    PERSON_DO(mien_record_digest(file->record_digest, &p->record));
    memcpy(file->context, s->context, 32);
    memcpy(file->nonce, nonce, 32);
    file->proof = bytes + MIEN_PROOF_FILE_HEADER_SIZE;
    file->proof_length = proof_length;
    PERSON_DO(mien_proof_file_header(bytes, file));
}

/* A proof file for the digest, malloc'ed. */
static inline uint8_t *person_prove(person *p, size_t *length, const uint8_t digest[32],
                                    const uint8_t nonce[32], uint64_t expiry) {
    const mien_proof_parameters *parameters = mien_proof_parameters_default();
    mien_match_statement s;
    mien_proof_file file = {
        .expiry = expiry, .kind = MIEN_PROOF_MATCH, .parameters = MIEN_PROOF_FILE_PARAMETERS};
    size_t capacity = mien_match_proof_max_size(parameters);
    size_t workspace_size = mien_match_prove_workspace_size(parameters);
    uint8_t *bytes = malloc(MIEN_PROOF_FILE_HEADER_SIZE + capacity);
    void *workspace = aligned_alloc(64, (workspace_size + 63) / 64 * 64);
    person_statement(p, &s, digest, nonce, expiry);
    PERSON_DO(mien_match_blinding(p->witness.embedding_blinding, &p->random));
    PERSON_DO(mien_match_commit_embedding(s.embedding_commitment, s.context, p->witness.embedding,
                                          p->witness.embedding_blinding));
    PERSON_DO(mien_match_prove(bytes + MIEN_PROOF_FILE_HEADER_SIZE, capacity, length, parameters,
                               &s, &p->witness, workspace, workspace_size, &p->random, NULL, NULL));
    free(workspace);
    memcpy(file.embedding_commitment, s.embedding_commitment, MIEN_DIGEST_SIZE);
    person_header(p, bytes, *length, &file, &s, nonce);
    *length += MIEN_PROOF_FILE_HEADER_SIZE;
    return bytes;
}

static inline char *base64_of(const uint8_t *bytes, size_t length) {
    size_t size = mien_base64_encoded_size(length);
    char *text = malloc(size);
    mien_base64_encode(text, size, bytes, length);
    return text;
}

/* ---- talking to a co-signer without sockets ---- */

static inline json_t *ask(mien_cosign *cosign, int *code, const char *path, const char *token,
                          json_t *body) {
    char authorization[192];
    mien_http_response response = {0};
    char *text = json_dumps(body, JSON_COMPACT);
    snprintf(authorization, sizeof authorization, "Bearer %s", token);
    mien_http_request request = {.method = "POST",
                                 .path = path,
                                 .authorization = authorization,
                                 .body = (const uint8_t *)text,
                                 .length = strlen(text)};
    mien_cosign_http(cosign, &response, &request);
    json_t *answer = json_loadb(response.body, response.length, 0, NULL);
    *code = response.code;
    free(response.body);
    free(text);
    json_decref(body);
    return answer;
}

static inline const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

#endif
