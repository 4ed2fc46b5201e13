/* SPDX-License-Identifier: MIT */
/* Several systems in one matrix: their rows stand one behind the other, the constraints of the next
 * follow those of the one before, one proof holds for all.
 *
 * Row numbers that a section gives to its sink count from its own first row and may reach into
 * sections behind it: so a constraint can speak of slots of two sections. */
#ifndef MIEN_PROVER_LIGERO_SECTIONS_H
#define MIEN_PROVER_LIGERO_SECTIONS_H

#include "platform/base/status.h"
#include "prover/ligero/system.h"

#define MIEN_LIGERO_MAX_SECTIONS 4

typedef struct mien_ligero_sections {
    mien_ligero_system section[MIEN_LIGERO_MAX_SECTIONS];
    size_t count;
} mien_ligero_sections;

/* First row of a section in the joined matrix. */
size_t mien_ligero_section_row(const mien_ligero_sections *sections, size_t section);

/* Make `joined` of `count` sections (1 .. 4, equal slots). `sections` and `products` are filled and
 * have to outlive it, like what the sections point to; products: the sum of their product counts.
 * MIEN_ARGUMENT when sections do not fit each other or there are too many rows or products. */
MIEN_MUST_CHECK mien_status mien_ligero_join(mien_ligero_system *joined,
                                             mien_ligero_sections *sections,
                                             mien_ligero_product *products, size_t product_capacity,
                                             const mien_ligero_system *section, size_t count);

#endif
