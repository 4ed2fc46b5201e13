/* SPDX-License-Identifier: MIT */
#if defined(__x86_64__)
#define MIEN_KERNELS mien_cnn_run_kernels_avx2
#include "prover/cnn/requantise_template.h"
#else
typedef int mien_no_empty_translation_unit;
#endif
