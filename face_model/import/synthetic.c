/* SPDX-License-Identifier: MIT */
/* Pictures that nobody took: a smooth random background with fine noise on it. */
#include <stdlib.h>

#include "face_model/import/import.h"

#define GRID 5 /* random points a side of the background */

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Between the points around place `at` of `side`, in 256ths: exact integers, so that every machine
 * sees the same picture. */
static uint32_t position(uint32_t *cell, uint32_t at, uint32_t side) {
    uint32_t place = at * (GRID - 1) * 256 / side;
    *cell = place / 256;
    return place % 256;
}

static uint8_t pixel(const uint8_t grid[GRID][GRID], mien_shape shape, uint32_t y, uint32_t x,
                     uint64_t noise) {
    uint32_t row, column, down = position(&row, y, shape.height);
    uint32_t right = position(&column, x, shape.width);
    uint32_t top = grid[row][column] * (256 - right) + grid[row][column + 1] * right;
    uint32_t bottom = grid[row + 1][column] * (256 - right) + grid[row + 1][column + 1] * right;
    int32_t value = (int32_t)((top * (256 - down) + bottom * down) >> 16);
    value += (int32_t)(noise & 31) - 16;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

void mien_synthetic_picture(uint8_t *picture, mien_shape shape, uint64_t seed) {
    uint64_t state = seed;
    for (uint32_t c = 0; c < shape.channels; c++) {
        uint8_t grid[GRID][GRID];
        for (int i = 0; i < GRID * GRID; i++) grid[i / GRID][i % GRID] = (uint8_t)next(&state);
        for (uint32_t y = 0; y < shape.height; y++)
            for (uint32_t x = 0; x < shape.width; x++)
                picture[((size_t)y * shape.width + x) * shape.channels + c] =
                    pixel(grid, shape, y, x, next(&state));
    }
}

mien_status mien_calibration_add_synthetic(mien_calibration *calibration,
                                           const mien_float_network *network, size_t count) {
    mien_shape shape = mien_float_network_input(network);
    size_t length = mien_shape_elements(shape);
    uint8_t *picture = malloc(length);
    mien_status status = picture != NULL ? MIEN_OK : MIEN_MEMORY;
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        mien_synthetic_picture(picture, shape, i + 1);
        status = mien_calibration_add(calibration, network, picture, length);
    }
    free(picture);
    return status;
}
