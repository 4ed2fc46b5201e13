/* SPDX-License-Identifier: MIT */
#if defined(__x86_64__)
#define MIEN_VECTOR_LEVEL 2
#define MIEN_KERNELS mien_hash_kernels_avx512
#define MIEN_KERNELS_NAME "avx512"
#include "prover/hash/leaves_template.h"
#else
typedef int mien_no_empty_translation_unit;
#endif
