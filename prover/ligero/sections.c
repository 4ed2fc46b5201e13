/* SPDX-License-Identifier: MIT */
#include "prover/ligero/sections.h"

#include "prover/ligero/challenges.h"

size_t mien_ligero_section_row(const mien_ligero_sections *sections, size_t section) {
    size_t row = 0;
    for (size_t s = 0; s < section; s++) row += sections->section[s].rows;
    return row;
}

typedef struct shifted_sink {
    const mien_ligero_row_sink *sink;
    size_t row;
} shifted_sink;

static void take_shifted(void *context, size_t row, const mien_k *coefficients) {
    const shifted_sink *shifted = context;
    shifted->sink->take(shifted->sink->context, shifted->row + row, coefficients);
}

static mien_k combine(const void *instance, void *scratch, mien_k alpha, mien_k first,
                      const mien_ligero_row_sink *sink) {
    const mien_ligero_sections *sections = instance;
    shifted_sink shifted = {sink, 0};
    mien_ligero_row_sink own = {take_shifted, &shifted};
    mien_k target = MIEN_K_ZERO;
    for (size_t s = 0; s < sections->count; s++) {
        const mien_ligero_system *section = &sections->section[s];
        mien_k part = section->combine(section->instance, scratch, alpha, first, &own);
        target = mien_k_add(target, part);
        first = mien_k_mul(first, mien_ligero_power_var(alpha, section->constraint_count));
        shifted.row += section->rows;
    }
    return target;
}

/* Append a section; 0 when it does not fit. */
static int append(mien_ligero_system *joined, mien_ligero_product *products,
                  size_t product_capacity, const mien_ligero_system *section) {
    if (section->slots != joined->slots || section->product_count > product_capacity ||
        joined->product_count > product_capacity - section->product_count ||
        section->rows > MIEN_LIGERO_MAX_ROWS - joined->rows)
        return 0;
    for (size_t i = 0; i < section->product_count; i++) {
        const mien_ligero_product *product = &section->products[i];
        products[joined->product_count++] = (mien_ligero_product){
            (uint16_t)(joined->rows + product->left), (uint16_t)(joined->rows + product->right),
            (uint16_t)(joined->rows + product->result)};
    }
    if (section->reach > 0 && joined->rows + section->reach > joined->reach)
        joined->reach = joined->rows + section->reach;
    joined->rows += section->rows;
    joined->constraint_count += section->constraint_count;
    if (section->scratch_size > joined->scratch_size) joined->scratch_size = section->scratch_size;
    return 1;
}

mien_status mien_ligero_join(mien_ligero_system *joined, mien_ligero_sections *sections,
                             mien_ligero_product *products, size_t product_capacity,
                             const mien_ligero_system *section, size_t count) {
    memset(joined, 0, sizeof *joined);
    if (count < 1 || count > MIEN_LIGERO_MAX_SECTIONS) return MIEN_ARGUMENT;
    mien_ligero_system system = {
        .slots = section[0].slots, .products = products, .combine = combine, .instance = sections};
    sections->count = count;
    for (size_t s = 0; s < count; s++) {
        if (!append(&system, products, product_capacity, &section[s])) return MIEN_ARGUMENT;
        sections->section[s] = section[s];
    }
    if (system.reach > system.rows) return MIEN_ARGUMENT;
    *joined = system;
    return MIEN_OK;
}
