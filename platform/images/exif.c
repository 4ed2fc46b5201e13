/* SPDX-License-Identifier: MIT */
#include "platform/images/exif.h"

#include "platform/base/bytes.h"
#include "platform/images/jpeg.h"

/* A TIFF block: all offsets count from its first byte. */
typedef struct tiff {
    const uint8_t *bytes;
    size_t length;
    bool big_endian;
} tiff;

static unsigned word16(const tiff *block, const uint8_t *p) {
    return block->big_endian ? (unsigned)p[0] << 8 | p[1] : mien_load_le16(p);
}

static int orientation_of_tiff(const uint8_t *bytes, size_t length) {
    tiff block = {bytes, length, false};
    if (length < 8) return 1;
    if (memcmp(bytes, "MM\0*", 4) == 0)
        block.big_endian = true;
    else if (memcmp(bytes, "II*\0", 4) != 0)
        return 1;
    const uint32_t at = block.big_endian ? mien_load_be32(bytes + 4) : mien_load_le32(bytes + 4);
    if (at > length) return 1;
    mien_reader folder = mien_reader_of(bytes + at, length - at);
    const uint8_t *view;
    if (mien_read_view(&folder, &view, 2) != MIEN_OK) return 1;
    for (unsigned count = word16(&block, view); count != 0; count--) {
        if (mien_read_view(&folder, &view, 12) != MIEN_OK) return 1;
        /* tag, type SHORT, one value, kept in the entry itself */
        if (word16(&block, view) != 0x0112) continue;
        const unsigned value = word16(&block, view + 8);
        return word16(&block, view + 2) == 3 && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

int mien_exif_orientation(const uint8_t *jpeg, size_t length) {
    mien_reader reader = mien_reader_of(jpeg, length), payload;
    int marker;
    if (mien_jpeg_segment(&reader, &marker, &payload) != MIEN_OK || marker != MIEN_JPEG_SOI)
        return 1;
    while (mien_jpeg_segment(&reader, &marker, &payload) == MIEN_OK && marker != MIEN_JPEG_SOS &&
           marker != MIEN_JPEG_EOI) {
        if (marker == MIEN_JPEG_APP1 && payload.left > 6 &&
            memcmp(payload.next, "Exif\0\0", 6) == 0)
            return orientation_of_tiff(payload.next + 6, payload.left - 6);
    }
    return 1;
}

/* Where pixel (x, y) of the upright picture lies in the stored one of width w and height h. */
static void stored_position(int orientation, int x, int y, int w, int h, int *sx, int *sy) {
    const bool swapped = orientation >= 5;
    int a = swapped ? y : x, b = swapped ? x : y;
    const bool mirror_a =
        orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool mirror_b =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    *sx = mirror_a ? w - 1 - a : a;
    *sy = mirror_b ? h - 1 - b : b;
}

mien_status mien_image_apply_orientation(mien_image *image, int orientation) {
    if (orientation < 1 || orientation > 8) return MIEN_ARGUMENT;
    if (orientation == 1) return MIEN_OK;
    const int w = image->width, h = image->height;
    mien_image upright;
    MIEN_TRY(mien_image_create(&upright, orientation >= 5 ? h : w, orientation >= 5 ? w : h));
    for (int y = 0; y < upright.height; y++)
        for (int x = 0; x < upright.width; x++) {
            int sx, sy;
            stored_position(orientation, x, y, w, h, &sx, &sy);
            memcpy(upright.rgb + 3 * ((size_t)y * (size_t)upright.width + (size_t)x),
                   image->rgb + 3 * ((size_t)sy * (size_t)w + (size_t)sx), 3);
        }
    mien_image_free(image);
    *image = upright;
    return MIEN_OK;
}
