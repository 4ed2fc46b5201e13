/* SPDX-License-Identifier: MIT */
#define MIEN_VECTOR_LEVEL 0
#define MIEN_KERNELS mien_hash_kernels_portable
#define MIEN_KERNELS_NAME "portable"
#include "prover/hash/leaves_template.h"
