/* SPDX-License-Identifier: MIT */
#define MIEN_CNN_WEIGH mien_cnn_weigh_portable
#include "prover/cnn/weigh_template.h"
