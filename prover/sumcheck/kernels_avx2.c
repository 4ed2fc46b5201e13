/* SPDX-License-Identifier: MIT */
#if defined(__x86_64__)
#define MIEN_VECTOR_LEVEL 1
#define MIEN_KERNELS mien_sum_kernels_avx2
#define MIEN_KERNELS_NAME "avx2"
#include "prover/sumcheck/kernels_template.h"
#else
typedef int mien_no_empty_translation_unit;
#endif
