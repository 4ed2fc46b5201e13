/* SPDX-License-Identifier: MIT */
#include "prover/ligero/verify.h"
#include "prover/statement/registration_protocol.h"

typedef struct memory {
    mien_registration_setup *setup;
    mien_k *wire;
    void *pads, *stage; /* argument, opening and zk-Ligero use `stage` one after the other */
    size_t stage_size;
} memory;

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

/* 0 when a part refuses the sizes. */
static size_t carve(memory *m, void *workspace, const mien_registration_setup *setup) {
    mien_arena arena = {workspace, 0};
    size_t opening = mien_tensor_parts_verify_workspace_size(setup->parts, setup->part_count);
    size_t ligero = mien_ligero_verify_workspace_size(&setup->ligero, &setup->system);
    size_t pads = mien_pads_workspace_size(&setup->pads_shape);
    if (opening == 0 || ligero == 0 || pads == 0) return 0;
    m->setup = mien_arena_take(&arena, 1, sizeof *m->setup);
    m->wire = mien_arena_take(&arena, setup->pads_shape.pad_count, sizeof *m->wire);
    m->pads = mien_arena_take(&arena, pads, 1);
    m->stage_size = larger(larger(opening, ligero), mien_registration_check_workspace_size());
    m->stage = mien_arena_take(&arena, m->stage_size, 1);
    return arena.used;
}

size_t mien_registration_verify_workspace_size(const mien_inference_parameters *parameters,
                                               const mien_registration *registration) {
    memory m;
    mien_registration_setup setup;
    if (mien_registration_setup_make(&setup, parameters, registration) != MIEN_OK) return 0;
    return carve(&m, NULL, &setup);
}

static mien_status read_head(mien_reader *reader, const mien_registration_setup *setup) {
    uint8_t expected[MIEN_REGISTRATION_HEAD_SIZE];
    const uint8_t *head;
    mien_registration_head(expected, setup);
    MIEN_TRY(mien_read_view(reader, &head, sizeof expected));
    return memcmp(head, expected, sizeof expected) == 0 ? MIEN_OK : MIEN_PROOF_INVALID;
}

static mien_status opening(const memory *m, const mien_registration_end *end,
                           const uint8_t mask[MIEN_MERKLE_DIGEST], mien_receiver *receiver,
                           const mien_checker *checker) {
    const mien_registration *r = m->setup->registration;
    uint8_t roots[3][MIEN_MERKLE_DIGEST];
    size_t count = 0;
    mien_form claim;
    if (r->before != NULL) memcpy(roots[count++], r->before->root, MIEN_MERKLE_DIGEST);
    memcpy(roots[count++], r->weights->root, MIEN_MERKLE_DIGEST);
    memcpy(roots[count], mask, MIEN_MERKLE_DIGEST);
    mien_form_constant(&claim, MIEN_K_ZERO);
    mien_form_add(&claim, MIEN_K_ONE, end->value);
    return mien_tensor_verify_parts(m->setup->parts, (const uint8_t(*)[MIEN_MERKLE_DIGEST])roots,
                                    m->setup->part_count, end->point, &claim, receiver, checker,
                                    m->stage, m->stage_size);
}

static mien_status read_proof(const memory *m, mien_reader *reader) {
    const mien_registration_setup *setup = m->setup;
    mien_transcript transcript;
    uint8_t root[MIEN_MERKLE_DIGEST];
    const uint8_t *mask;
    mien_registration_end end = {.value = 0};
    mien_receiver receiver = {&transcript, reader, m->wire, setup->pads_shape.pad_count, 0};
    mien_checker checker = mien_pads_checker(&m->setup->pads);
    MIEN_TRY(read_head(reader, setup));
    mien_registration_absorb(&transcript, setup);
    MIEN_TRY(mien_ligero_verify_start(root, &transcript, reader));
    MIEN_TRY(mien_read_view(reader, &mask, MIEN_MERKLE_DIGEST));
    mien_transcript_digest(&transcript, "mask", mask);
    MIEN_TRY(mien_registration_check(&end, &receiver, &checker, setup, m->stage));
    MIEN_TRY(opening(m, &end, mask, &receiver, &checker));
    MIEN_TRY(mien_pads_complete(&m->setup->pads));
    MIEN_TRY(mien_ligero_verify_finish(root, &transcript, reader, &setup->ligero, &setup->system,
                                       m->stage, m->stage_size));
    return mien_read_end(reader);
}

mien_status mien_registration_verify(const mien_inference_parameters *parameters,
                                     const mien_registration *registration, const uint8_t *proof,
                                     size_t length, void *workspace, size_t workspace_size) {
    memory m;
    mien_reader reader = mien_reader_of(proof, length);
    if (workspace_size < sizeof(mien_registration_setup) || (uintptr_t)workspace % 64 != 0)
        return MIEN_ARGUMENT;
    MIEN_TRY(mien_registration_setup_make(workspace, parameters, registration));
    size_t needed = carve(&m, workspace, workspace);
    if (needed == 0 || workspace_size < needed) return MIEN_ARGUMENT;
    MIEN_TRY(mien_pads_init(&m.setup->pads, &m.setup->pads_shape, m.wire, m.pads,
                            mien_pads_workspace_size(&m.setup->pads_shape)));
    return read_proof(&m, &reader) == MIEN_OK ? MIEN_OK : MIEN_PROOF_INVALID;
}
