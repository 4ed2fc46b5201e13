/* SPDX-License-Identifier: MIT */
#include "prover/circuits/match_assign.h"
#include "prover/ligero/arena.h"
#include "prover/ligero/prove.h"
#include "prover/prover.h"
#include "prover/statement/match_protocol.h"

static void write_digest(uint8_t out[MIEN_DIGEST_SIZE], const mien_f *digest) {
    for (size_t i = 0; i < MIEN_POSEIDON2_DIGEST; i++)
        mien_f_to_bytes(out + MIEN_F_BYTES * i, digest[i]);
}

static mien_status read_blinding(mien_f *out, const uint8_t bytes[MIEN_DIGEST_SIZE]) {
    for (size_t i = 0; i < MIEN_POSEIDON2_DIGEST; i++)
        if (mien_f_from_bytes(&out[i], bytes + MIEN_F_BYTES * i) != MIEN_OK) return MIEN_ARGUMENT;
    return MIEN_OK;
}

mien_status mien_match_blinding(uint8_t blinding[MIEN_DIGEST_SIZE], const mien_random *random) {
    mien_f elements[MIEN_POSEIDON2_DIGEST];
    memset(blinding, 0, MIEN_DIGEST_SIZE);
    mien_status status = mien_f_random(elements, MIEN_POSEIDON2_DIGEST, random);
    if (status == MIEN_OK) write_digest(blinding, elements);
    mien_wipe(elements, sizeof elements);
    return status;
}

/* ---- commitments: the chains' inputs hashed in the clear */

static void hash_chain(mien_f digest[MIEN_POSEIDON2_DIGEST], mien_match_chain_name chain,
                       const mien_match_statement *statement, const mien_f *secret) {
    mien_f input[MIEN_MATCH_PUBLIC_MAX + MIEN_MATCH_SECRET_MAX];
    size_t length = mien_match_public_input(input, chain, statement);
    size_t secret_length = mien_match_chains[chain].secret_elements;
    memcpy(input + length, secret, secret_length * sizeof *input);
    mien_poseidon2_hash(digest, mien_match_chains[chain].tag, input, length + secret_length);
    mien_wipe(input, sizeof input);
}

static void hash_vector(uint8_t out[MIEN_DIGEST_SIZE], mien_match_chain_name chain,
                        const mien_match_statement *statement,
                        const int8_t vector[MIEN_EMBEDDING_SIZE],
                        const mien_f blinding[MIEN_POSEIDON2_DIGEST]) {
    mien_f message[MIEN_MATCH_SECRET_MAX], digest[MIEN_POSEIDON2_DIGEST];
    mien_match_pack_vector(message, vector);
    memcpy(message + MIEN_MATCH_PACKED_ELEMENTS, blinding, sizeof digest);
    hash_chain(digest, chain, statement, message);
    write_digest(out, digest);
    mien_wipe(message, sizeof message);
}

mien_status mien_match_commit_template(uint8_t template_commitment[MIEN_DIGEST_SIZE],
                                       uint8_t key_check[MIEN_DIGEST_SIZE],
                                       const uint8_t service[32], uint32_t epoch, uint32_t slot,
                                       const int8_t template_vector[MIEN_EMBEDDING_SIZE],
                                       const uint8_t key_z[MIEN_KEY_Z_SIZE]) {
    mien_match_statement statement = {.epoch = epoch, .slot = slot};
    mien_f secret[MIEN_MATCH_KEY_Z_ELEMENTS], digest[MIEN_POSEIDON2_DIGEST];
    memcpy(statement.service, service, sizeof statement.service);
    mien_match_pack3(secret, key_z, MIEN_KEY_Z_SIZE);
    hash_chain(digest, MIEN_MATCH_CHAIN_KEY_CHECK, &statement, secret);
    write_digest(key_check, digest);
    hash_chain(digest, MIEN_MATCH_CHAIN_BLINDING, &statement, secret);
    hash_vector(template_commitment, MIEN_MATCH_CHAIN_TEMPLATE, &statement, template_vector,
                digest);
    mien_wipe(secret, sizeof secret);
    mien_wipe(digest, sizeof digest);
    return MIEN_OK;
}

mien_status mien_match_commit_embedding(uint8_t embedding_commitment[MIEN_DIGEST_SIZE],
                                        const uint8_t context[32],
                                        const int8_t embedding[MIEN_EMBEDDING_SIZE],
                                        const uint8_t blinding[MIEN_DIGEST_SIZE]) {
    mien_match_statement statement = {.epoch = 0};
    mien_f elements[MIEN_POSEIDON2_DIGEST];
    memset(embedding_commitment, 0, MIEN_DIGEST_SIZE);
    memcpy(statement.context, context, sizeof statement.context);
    mien_status status = read_blinding(elements, blinding);
    if (status == MIEN_OK)
        hash_vector(embedding_commitment, MIEN_MATCH_CHAIN_EMBEDDING, &statement, embedding,
                    elements);
    mien_wipe(elements, sizeof elements);
    return status;
}

/* ---- proof */

typedef struct witness_memory {
    mien_match_opening *opening;
    mien_f (*digest)[MIEN_POSEIDON2_DIGEST];
    mien_f *rows;
    void *ligero;
    size_t ligero_size;
} witness_memory;

static size_t layout(witness_memory *memory, void *workspace,
                     const mien_proof_parameters *parameters) {
    mien_ligero_system system = mien_match_system(NULL);
    mien_arena arena = {(uint8_t *)workspace, 0};
    memory->opening = mien_arena_take(&arena, 1, sizeof *memory->opening);
    memory->digest = mien_arena_take(&arena, MIEN_MATCH_CHAINS, sizeof *memory->digest);
    memory->rows =
        mien_arena_take(&arena, (size_t)MIEN_MATCH_ROWS * MIEN_MATCH_SLOTS, sizeof *memory->rows);
    memory->ligero_size = mien_ligero_prove_workspace_size(parameters, &system);
    memory->ligero = mien_arena_take(&arena, memory->ligero_size, 1);
    return memory->ligero_size == 0 ? 0 : arena.used;
}

size_t mien_match_prove_workspace_size(const mien_proof_parameters *parameters) {
    witness_memory memory;
    return layout(&memory, NULL, parameters);
}

size_t mien_match_proof_max_size(const mien_proof_parameters *parameters) {
    mien_ligero_system system = mien_match_system(NULL);
    return MIEN_MATCH_HEAD_SIZE + mien_ligero_proof_max_size(parameters, &system);
}

static mien_status read_witness(mien_match_opening *opening, const mien_match_witness *witness) {
    memcpy(opening->embedding, witness->embedding, sizeof opening->embedding);
    memcpy(opening->template_vector, witness->template_vector, sizeof opening->template_vector);
    mien_match_pack3(opening->key_z, witness->key_z, sizeof witness->key_z);
    return read_blinding(opening->blinding, witness->embedding_blinding);
}

/* That the witness opens the statement; the answer is public, what differs is not. */
static mien_status check_witness(const witness_memory *memory, const mien_match_circuit *circuit,
                                 uint32_t threshold) {
    static const uint8_t compared[] = {MIEN_MATCH_CHAIN_KEY_CHECK, MIEN_MATCH_CHAIN_TEMPLATE,
                                       MIEN_MATCH_CHAIN_EMBEDDING};
    int opens = 1;
    for (size_t i = 0; i < sizeof compared; i++)
        opens &= mien_equal_ct(memory->digest[compared[i]], circuit->digest[compared[i]],
                               sizeof *memory->digest);
    if (!opens) return MIEN_ARGUMENT;
    mien_match_cosine cosine = mien_match_cosine_of(memory->opening->embedding,
                                                    memory->opening->template_vector, threshold);
    int matches = (cosine.dot >= 1) & (cosine.excess >= 0);
    mien_wipe(&cosine, sizeof cosine);
    return matches ? MIEN_OK : MIEN_NO_MATCH;
}

static mien_status write_proof(mien_writer *writer, const mien_proof_parameters *parameters,
                               const mien_match_statement *statement,
                               const mien_match_circuit *circuit, const witness_memory *memory,
                               const mien_random *random, mien_pool *pool,
                               const mien_progress *progress) {
    uint8_t head[MIEN_MATCH_HEAD_SIZE];
    mien_transcript transcript;
    mien_ligero_system system = mien_match_system(circuit);
    mien_match_head(head, parameters);
    MIEN_TRY(mien_write_bytes(writer, head, sizeof head));
    mien_match_absorb(&transcript, parameters, &system, statement);
    return mien_ligero_prove(&transcript, writer, parameters, &system, memory->rows, memory->ligero,
                             memory->ligero_size, random, pool, progress, NULL);
}

mien_status mien_match_prove(uint8_t *proof, size_t capacity, size_t *length,
                             const mien_proof_parameters *parameters,
                             const mien_match_statement *statement,
                             const mien_match_witness *witness, void *workspace,
                             size_t workspace_size, const mien_random *random, mien_pool *pool,
                             const mien_progress *progress) {
    witness_memory memory;
    mien_match_circuit circuit;
    mien_writer writer = mien_writer_of(proof, capacity);
    size_t needed = layout(&memory, workspace, parameters);
    *length = 0;
    if (needed == 0 || workspace_size < needed || (uintptr_t)workspace % 64 != 0)
        return MIEN_ARGUMENT;
    MIEN_TRY(mien_match_circuit_create(&circuit, statement));
    mien_status status = read_witness(memory.opening, witness);
    if (status == MIEN_OK) {
        mien_match_assign(memory.rows, memory.digest, &circuit, memory.opening,
                          statement->threshold);
        status = check_witness(&memory, &circuit, statement->threshold);
    }
    if (status == MIEN_OK)
        status =
            write_proof(&writer, parameters, statement, &circuit, &memory, random, pool, progress);
    if (status == MIEN_OK)
        *length = writer.used;
    else
        mien_wipe(proof, writer.used);
    mien_wipe(workspace, needed);
    return status;
}
