/* SPDX-License-Identifier: MIT */
#if defined(__x86_64__)
#define MIEN_CNN_WEIGH mien_cnn_weigh_avx2
#include "prover/cnn/weigh_template.h"
#else
typedef int mien_no_empty_translation_unit;
#endif
