/* SPDX-License-Identifier: MIT */
#define MIEN_VECTOR_LEVEL 0
#define MIEN_KERNELS mien_sum_kernels_portable
#define MIEN_KERNELS_NAME "portable"
#include "prover/sumcheck/kernels_template.h"
