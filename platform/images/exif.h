/* SPDX-License-Identifier: MIT */
/* The one thing wanted from EXIF: which way up the picture is (EXIF 2.3 section 4.6.4 A, tag 0x0112
 * of IFD 0 in the APP1 segment of a JPEG). */
#ifndef MIEN_PLATFORM_IMAGES_EXIF_H
#define MIEN_PLATFORM_IMAGES_EXIF_H

#include <stddef.h>
#include <stdint.h>

#include "platform/images/image.h"

/* 1..8; 1 (upright) when the bytes are no JPEG, say nothing or are damaged. */
int mien_exif_orientation(const uint8_t *jpeg, size_t length);
/* Turn and mirror the picture so that a reader sees it upright; orientation 1..8, others are
 * MIEN_ARGUMENT. On error the picture is unchanged. */
MIEN_MUST_CHECK mien_status mien_image_apply_orientation(mien_image *image, int orientation);

#endif
