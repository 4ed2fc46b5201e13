/* SPDX-License-Identifier: MIT */
/* How large the values of each channel get, from samples or from a stored collection. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "face_model/import/float_network.h"
#include "platform/base/bytes.h"
#include "platform/json/json.h"

/* Histogram of magnitudes: 32 bins an octave from 2^-20 to 2^12. */
#define BINS 1024
#define LOWEST_EXPONENT (-20)
#define TAIL 20000 /* one value in so many may lie above the range */

struct mien_calibration {
    uint32_t tensors;
    size_t samples;
    size_t first[MIEN_NETWORK_MAX_LAYERS + 2]; /* channel numbers, tensor after tensor */
    float *ranges;                             /* [all channels] */
    uint32_t *histogram;                       /* [all channels][BINS], NULL when parsed */
};

mien_status mien_calibration_create(mien_calibration **calibration,
                                    const mien_float_network *network) {
    mien_calibration *made = calloc(1, sizeof *made);
    if (made == NULL) return MIEN_MEMORY;
    made->tensors = network->layer_count + 1;
    for (uint32_t t = 0; t < made->tensors; t++)
        made->first[t + 1] = made->first[t] + mien_float_tensor_shape(network, t).channels;
    size_t channels = made->first[made->tensors];
    made->ranges = calloc(channels, sizeof *made->ranges);
    made->histogram = calloc(channels, BINS * sizeof *made->histogram);
    if (made->ranges == NULL || made->histogram == NULL) {
        mien_calibration_free(made);
        return MIEN_MEMORY;
    }
    *calibration = made;
    return MIEN_OK;
}

void mien_calibration_free(mien_calibration *calibration) {
    if (calibration == NULL) return;
    free(calibration->ranges);
    free(calibration->histogram);
    free(calibration);
}

/* Bits of a positive float order like the float: exponent and five bits of the fraction. */
static uint32_t bin_of(float value) {
    uint32_t bits, least = (uint32_t)(127 + LOWEST_EXPONENT) << 5;
    float magnitude = fabsf(value);
    memcpy(&bits, &magnitude, sizeof bits);
    bits >>= 18;
    return bits < least ? 0 : bits - least >= BINS ? BINS - 1 : bits - least;
}

/* Upper end of a bin. */
static double bin_end(uint32_t bin) {
    return ldexp(1.0 + (double)(bin % 32 + 1) / 32, LOWEST_EXPONENT + (int)(bin / 32));
}

static void count_tensor(void *context, uint32_t tensor, mien_shape shape, const float *values) {
    mien_calibration *calibration = context;
    size_t pixels = (size_t)shape.height * shape.width;
    uint32_t *histogram = calibration->histogram + calibration->first[tensor] * BINS;
    for (size_t c = 0; c < shape.channels; c++)
        for (size_t p = 0; p < pixels; p++)
            histogram[c * BINS + bin_of(values[p * shape.channels + c])]++;
}

mien_status mien_calibration_add(mien_calibration *calibration, const mien_float_network *network,
                                 const uint8_t *input, size_t length) {
    mien_float_observer observer = {count_tensor, calibration};
    if (calibration->histogram == NULL || calibration->tensors != network->layer_count + 1)
        return MIEN_ARGUMENT;
    MIEN_TRY(mien_float_network_run(network, NULL, input, length, &observer));
    calibration->samples++;
    return MIEN_OK;
}

static double magnitude_of(const uint32_t *histogram) {
    uint64_t total = 0, above = 0;
    uint32_t bin = BINS - 1;
    for (uint32_t b = 0; b < BINS; b++) total += histogram[b];
    for (; bin > 0 && above + histogram[bin] <= total / TAIL; bin--) above += histogram[bin];
    return bin == 0 ? 0 : bin_end(bin);
}

/* Four digits, so that JSON says exactly what is used. */
static float round_to_four_digits(double value) {
    char text[32];
    snprintf(text, sizeof text, "%.3e", value);
    return (float)strtod(text, NULL);
}

mien_status mien_calibration_finish(mien_calibration *calibration) {
    if (calibration->histogram == NULL || calibration->samples == 0) return MIEN_ARGUMENT;
    for (size_t c = 0; c < calibration->first[calibration->tensors]; c++)
        calibration->ranges[c] =
            round_to_four_digits(magnitude_of(calibration->histogram + c * BINS));
    return MIEN_OK;
}

size_t mien_calibration_samples(const mien_calibration *calibration) {
    return calibration->samples;
}

const float *mien_calibration_ranges(const mien_calibration *calibration, uint32_t tensor) {
    return calibration->ranges + calibration->first[tensor];
}

/* ---- JSON ---- */

static const char *tensor_name(const mien_float_network *network, uint32_t tensor) {
    return tensor == 0 ? "input" : network->layers[tensor - 1].shape.name;
}

static json_t *ranges_to_json(const float *ranges, size_t count) {
    json_t *list = json_array();
    for (size_t c = 0; list != NULL && c < count; c++) {
        char text[32];
        snprintf(text, sizeof text, "%.4g", (double)ranges[c]);
        if (json_array_append_new(list, json_real(strtod(text, NULL))) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static mien_status tensor_to_json(json_t *tensors, const mien_calibration *calibration,
                                  const mien_float_network *network, uint32_t tensor) {
    json_t *entry = json_object();
    size_t count = calibration->first[tensor + 1] - calibration->first[tensor];
    if (entry == NULL || json_array_append_new(tensors, entry) != 0) return MIEN_MEMORY;
    MIEN_TRY(mien_json_set(entry, "name", json_string(tensor_name(network, tensor))));
    return mien_json_set(entry, "ranges",
                         ranges_to_json(mien_calibration_ranges(calibration, tensor), count));
}

static mien_status fill_json(json_t *object, const mien_calibration *calibration,
                             const mien_float_network *network) {
    json_t *tensors = json_array();
    MIEN_TRY(mien_json_set(object, "samples", json_integer((json_int_t)calibration->samples)));
    MIEN_TRY(mien_json_set(object, "tensors", tensors));
    for (uint32_t t = 0; t < calibration->tensors; t++)
        MIEN_TRY(tensor_to_json(tensors, calibration, network, t));
    return MIEN_OK;
}

/* One tensor a line, numbers with four digits. */
mien_status mien_calibration_print(char **text, const mien_calibration *calibration,
                                   const mien_float_network *network) {
    json_t *object = json_object();
    mien_status status = object != NULL ? fill_json(object, calibration, network) : MIEN_MEMORY;
    if (status == MIEN_OK) {
        *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(4));
        if (*text == NULL) status = MIEN_MEMORY;
    }
    json_decref(object);
    return status;
}

static mien_status parse_ranges(float *ranges, size_t count, const json_t *list, const char *name,
                                mien_error *error) {
    if (json_array_size(list) != count)
        return mien_fail(error, MIEN_FORMAT, "calibration: tensor %s has %zu channels, not %zu",
                         name, count, json_array_size(list));
    for (size_t c = 0; c < count; c++) {
        const json_t *number = json_array_get(list, c);
        double value = json_is_number(number) ? json_number_value(number) : -1;
        if (!(value >= 0) || !(value < 1e6))
            return mien_fail(error, MIEN_FORMAT, "calibration: tensor %s: not a magnitude", name);
        ranges[c] = (float)value;
    }
    return MIEN_OK;
}

static mien_status parse_tensors(mien_calibration *calibration, const mien_float_network *network,
                                 const json_t *object, mien_error *error) {
    int64_t samples;
    json_t *tensors, *list;
    MIEN_TRY(mien_json_get_integer(&samples, object, "samples", 1, INT32_MAX, error));
    MIEN_TRY(mien_json_get_array(&tensors, object, "tensors", error));
    calibration->samples = (size_t)samples;
    if (json_array_size(tensors) != calibration->tensors)
        return mien_fail(error, MIEN_FORMAT,
                         "calibration: %zu tensors, the network has %u: made for another network",
                         json_array_size(tensors), calibration->tensors);
    for (uint32_t t = 0; t < calibration->tensors; t++) {
        const char *name, *expected = tensor_name(network, t);
        const json_t *entry = json_array_get(tensors, t);
        MIEN_TRY(mien_json_get_string(&name, entry, "name", error));
        if (strcmp(name, expected) != 0)
            return mien_fail(error, MIEN_FORMAT, "calibration: tensor %s stands where %s should",
                             name, expected);
        MIEN_TRY(mien_json_get_array(&list, entry, "ranges", error));
        MIEN_TRY(parse_ranges(calibration->ranges + calibration->first[t],
                              calibration->first[t + 1] - calibration->first[t], list, expected,
                              error));
    }
    return MIEN_OK;
}

mien_status mien_calibration_parse(mien_calibration **calibration,
                                   const mien_float_network *network, const char *text,
                                   size_t length, mien_error *error) {
    json_t *object = NULL;
    mien_calibration *made = NULL;
    mien_status status = mien_json_parse(&object, text, length, "calibration", error);
    if (status == MIEN_OK) status = mien_calibration_create(&made, network);
    if (status == MIEN_OK) {
        free(made->histogram);
        made->histogram = NULL;
        status = parse_tensors(made, network, object, error);
    }
    json_decref(object);
    if (status != MIEN_OK) {
        mien_calibration_free(made);
        return status;
    }
    *calibration = made;
    return MIEN_OK;
}
