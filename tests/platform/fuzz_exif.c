/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "platform/images/exif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const int orientation = mien_exif_orientation(data, size);
    if (orientation < 1 || orientation > 8) abort();
    return 0;
}
