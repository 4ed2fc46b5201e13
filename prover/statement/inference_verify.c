/* SPDX-License-Identifier: MIT */
#include "prover/ligero/verify.h"
#include "prover/statement/inference_check.h"
#include "prover/statement/inference_protocol.h"

typedef struct memory {
    mien_inference_setup *setup;
    mien_k *wire, *frame;
    void *pads, *stage; /* argument, opening and zk-Ligero use `stage` one after the other */
    size_t stage_size;
} memory;

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

/* 0 when a part refuses the sizes. */
static size_t carve(memory *m, void *workspace, const mien_inference_setup *setup) {
    const mien_inference_statement *s = setup->statement;
    mien_arena arena = {workspace, 0};
    size_t opening = mien_tensor_parts_verify_workspace_size(setup->parts, setup->part_count);
    if (s->weights != NULL) {
        const mien_tensor_shape parts[2] = {setup->weights.theta, setup->weights.mask};
        opening = larger(opening, mien_tensor_parts_verify_workspace_size(parts, 2));
    }
    size_t ligero = mien_ligero_verify_workspace_size(&setup->ligero, &setup->system);
    if (opening == 0 || ligero == 0) return 0;
    m->setup = mien_arena_take(&arena, 1, sizeof *m->setup);
    m->wire = mien_arena_take(&arena, setup->pads_shape.pad_count, sizeof *m->wire);
    m->frame = mien_arena_take(&arena, mien_inference_frame_scratch(s->cnn), sizeof *m->frame);
    m->pads = mien_arena_take(&arena, mien_inference_setup_size(setup), 1);
    m->stage_size =
        larger(larger(opening, ligero), mien_inference_check_workspace_size(s->plan, s->cnn));
    m->stage = mien_arena_take(&arena, m->stage_size, 1);
    return arena.used;
}

size_t mien_inference_verify_workspace_size(const mien_inference_parameters *parameters,
                                            const mien_inference_statement *statement) {
    memory m;
    mien_inference_setup setup;
    if (mien_inference_setup_make(&setup, parameters, statement) != MIEN_OK) return 0;
    return carve(&m, NULL, &setup);
}

static mien_status read_head(mien_reader *reader, const mien_inference_setup *setup) {
    uint8_t expected[MIEN_INFERENCE_HEAD_SIZE];
    const uint8_t *head;
    mien_inference_head(expected, setup);
    MIEN_TRY(mien_read_view(reader, &head, sizeof expected));
    return memcmp(head, expected, sizeof expected) == 0 ? MIEN_OK : MIEN_PROOF_INVALID;
}

static mien_status argument(const memory *m, mien_inference_end *end, mien_receiver *receiver,
                            const mien_checker *checker) {
    const mien_inference_statement *s = m->setup->statement;
    const int16_t *output = s->output == MIEN_OUTPUT_PUBLIC ? s->output_values : NULL;
    const mien_cnn_weights *weights = s->weights != NULL ? &s->weights->layout : NULL;
    MIEN_TRY(mien_inference_check(end, receiver, checker, s->plan, s->cnn, output, weights,
                                  m->stage, m->stage_size));
    return mien_inference_link(m->setup, end->output, end->xi);
}

static mien_status opening(const memory *m, const mien_inference_end *end,
                           const uint8_t root[MIEN_MERKLE_DIGEST], mien_receiver *receiver,
                           const mien_checker *checker) {
    uint8_t roots[2][MIEN_MERKLE_DIGEST];
    mien_form claim;
    mien_inference_roots(roots, m->setup, root);
    mien_inference_opening_claim(&claim, m->setup, end->point, end->value, m->frame);
    return mien_tensor_verify_parts(m->setup->parts, (const uint8_t(*)[MIEN_MERKLE_DIGEST])roots,
                                    m->setup->part_count, end->point, &claim, receiver, checker,
                                    m->stage, m->stage_size);
}

/* theta(s*), behind the registered root. */
static mien_status opening_of_weights(const memory *m, const mien_inference_end *end,
                                      const uint8_t mask[MIEN_MERKLE_DIGEST],
                                      mien_receiver *receiver, const mien_checker *checker) {
    const mien_private_weights *weights = m->setup->statement->weights;
    uint8_t roots[2][MIEN_MERKLE_DIGEST];
    mien_form claim;
    if (weights == NULL) return MIEN_OK;
    const mien_tensor_shape parts[2] = {m->setup->weights.theta, m->setup->weights.mask};
    memcpy(roots[0], weights->root, MIEN_MERKLE_DIGEST);
    memcpy(roots[1], mask, MIEN_MERKLE_DIGEST);
    mien_form_constant(&claim, MIEN_K_ZERO);
    mien_form_add(&claim, MIEN_K_ONE, end->weights_value);
    return mien_tensor_verify_parts(parts, (const uint8_t(*)[MIEN_MERKLE_DIGEST])roots, 2,
                                    end->weights_point, &claim, receiver, checker, m->stage,
                                    m->stage_size);
}

static mien_status read_root(uint8_t root[MIEN_MERKLE_DIGEST], const char *label,
                             mien_transcript *transcript, mien_reader *reader) {
    const uint8_t *bytes;
    MIEN_TRY(mien_read_view(reader, &bytes, MIEN_MERKLE_DIGEST));
    memcpy(root, bytes, MIEN_MERKLE_DIGEST);
    mien_transcript_digest(transcript, label, root);
    return MIEN_OK;
}

static mien_status read_proof(const memory *m, mien_reader *reader) {
    mien_transcript transcript;
    uint8_t root[MIEN_MERKLE_DIGEST], mask[MIEN_MERKLE_DIGEST], ligero_root[MIEN_MERKLE_DIGEST];
    mien_inference_end end = {.value = 0};
    mien_receiver receiver = {&transcript, reader, m->wire, m->setup->pads_shape.pad_count, 0};
    mien_checker checker = mien_pads_checker(&m->setup->pads);
    MIEN_TRY(read_head(reader, m->setup));
    mien_inference_absorb(&transcript, m->setup);
    MIEN_TRY(mien_ligero_verify_start(ligero_root, &transcript, reader));
    MIEN_TRY(read_root(root, "witness", &transcript, reader));
    if (m->setup->statement->weights != NULL)
        MIEN_TRY(read_root(mask, "weights mask", &transcript, reader));
    MIEN_TRY(argument(m, &end, &receiver, &checker));
    MIEN_TRY(opening(m, &end, root, &receiver, &checker));
    MIEN_TRY(opening_of_weights(m, &end, mask, &receiver, &checker));
    MIEN_TRY(mien_pads_complete(&m->setup->pads));
    MIEN_TRY(mien_ligero_verify_finish(ligero_root, &transcript, reader, &m->setup->ligero,
                                       &m->setup->system, m->stage, m->stage_size));
    return mien_read_end(reader);
}

mien_status mien_inference_verify(const mien_inference_parameters *parameters,
                                  const mien_inference_statement *statement, const uint8_t *proof,
                                  size_t length, void *workspace, size_t workspace_size) {
    memory m;
    mien_reader reader = mien_reader_of(proof, length);
    if (workspace_size < sizeof(mien_inference_setup) || (uintptr_t)workspace % 64 != 0)
        return MIEN_ARGUMENT;
    MIEN_TRY(mien_inference_setup_make(workspace, parameters, statement));
    size_t needed = carve(&m, workspace, workspace);
    if (needed == 0 || workspace_size < needed) return MIEN_ARGUMENT;
    MIEN_TRY(mien_inference_setup_pads(m.setup, m.wire, m.pads));
    return read_proof(&m, &reader) == MIEN_OK ? MIEN_OK : MIEN_PROOF_INVALID;
}
