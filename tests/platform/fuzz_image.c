/* SPDX-License-Identifier: MIT */
/* Any bytes through the picture decoder: an error, or a picture within the limits. */
#include <stdlib.h>

#include "platform/images/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mien_image image;
    mien_error error = {MIEN_OK, ""};
    mien_status status = mien_image_decode(&image, data, size, &error);
    if (status == MIEN_OK) {
        if (image.rgb == NULL || image.width < 1 || image.width > MIEN_IMAGE_MAX_SIDE ||
            image.height < 1 || image.height > MIEN_IMAGE_MAX_SIDE)
            abort();
        unsigned sum = 0;
        for (size_t i = 0; i < (size_t)image.width * (size_t)image.height * 3; i++)
            sum += image.rgb[i];
        if (sum == UINT32_MAX) abort(); /* reads every pixel */
    } else if (image.rgb != NULL || error.message[0] == '\0') {
        abort();
    }
    mien_image_free(&image);
    return 0;
}
