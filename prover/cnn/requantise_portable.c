/* SPDX-License-Identifier: MIT */
#define MIEN_KERNELS mien_cnn_run_kernels_portable
#include "prover/cnn/requantise_template.h"
