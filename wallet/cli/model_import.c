/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "face_model/eval/fit_whitening.h"
#include "face_model/eval/photos.h"
#include "face_model/import/import.h"
#include "face_model/pipeline/detect.h"
#include "face_model/pipeline/geometry.h"
#include "face_model/whitening/whitening.h"
#include "platform/base/bytes.h"
#include "platform/files/file.h"
#include "platform/frames/frame_source.h"
#include "wallet/cli/common.h"
#include "wallet/cli/model.h"

#define DEFAULT_SAMPLES 64
#define RANGES_MAX ((size_t)16 << 20)

static const mien_cli_option input_options[] = {
    {"offset", 0, "NUMBER", true, "what is subtracted from a byte, once or for each channel"},
    {"divisor", 0, "NUMBER", true, "what that is divided by (default 255)"},
    {"height", 0, "N", false, "of the input, where the file leaves it open"},
    {"width", 0, "N", false, "of the input, where the file leaves it open"},
    {"output", 0, "TENSOR", true, "cut the network there (default: the graph's outputs)"},
    MIEN_CLI_OPTIONS_END};

static const mien_cli_option import_options[] = {
    {"calibrate", 0, "FOLDER", false, "pictures to measure activations on; people in folders too"},
    {"people", 0, "FILE", false,
     "only pictures of these people: ids as fit-whitening writes them (fitted-people.txt)"},
    {"ranges", 0, "FILE", false, "ranges of an earlier import instead of pictures"},
    {"synthetic", 0, "N", false,
     "N random pictures instead: to learn costs, not for a network that is to be used"},
    {"view", 0, "frame|face|crop", false,
     "what the network is shown of a picture: all of it, the face's square, the aligned crop"},
    {"samples", 0, "N", false, "how many pictures, spread evenly (default 64)"},
    {"whitening", 0, "FILE", false, "append this half-whitening layer"},
    {"weight-bits", 0, "N", false, "4..16 (default 12)"},
    {"activation-bits", 0, "N", false, "6..12 (default 8)"},
    {"ranges-out", 0, "FILE", false, "write the measured ranges"},
    {"models", 0, "FOLDER", false, "detector and landmarks for --view face and crop"},
    {"out", 'o', "FILE", false, "where the network goes"},
    MIEN_CLI_OPTIONS_END};

static const mien_cli_option whitening_options[] = {
    {"faces", 'f', "DIR", false, "folder with PERSON/PHOTO.jpg; half of the people, by name"},
    {"all-people", 0, NULL, false, "take the other half as well"},
    {"ids-out", 0, "FILE", false, "write who was fitted on, as hashes of the names"},
    {"models", 0, "FOLDER", false, "detector and landmarks"},
    {"threads", 0, "N", false, "default: all processors"},
    {"out", 'o', "FILE", false, "where the layer goes"},
    MIEN_CLI_OPTIONS_END};

const mien_cli_option *const mien_cli_model_import_tables[] = {input_options, import_options, NULL};
const mien_cli_option *const mien_cli_model_whitening_tables[] = {input_options, whitening_options,
                                                                  NULL};

/* Up to the most channels of an input: "127" or "123.68". */
static mien_status read_numbers(const mien_cli *cli, const char *name, float *out, size_t *count,
                                mien_error *error) {
    const char *texts[MIEN_NETWORK_MAX_INPUT_CHANNELS];
    *count = mien_cli_values(cli, name, texts, MIEN_NETWORK_MAX_INPUT_CHANNELS);
    if (*count > MIEN_NETWORK_MAX_INPUT_CHANNELS)
        return mien_fail(error, MIEN_USAGE, "more than %d times --%s",
                         MIEN_NETWORK_MAX_INPUT_CHANNELS, name);
    for (size_t i = 0; i < *count; i++) {
        char *end;
        out[i] = strtof(texts[i], &end);
        if (end == texts[i] || *end != '\0')
            return mien_fail(error, MIEN_USAGE, "--%s must be a number", name);
    }
    return MIEN_OK;
}

static mien_status read_input_options(const mien_cli *cli, mien_import_options *options,
                                      mien_error *error) {
    size_t offsets, divisors;
    uint64_t height, width;
    MIEN_TRY(read_numbers(cli, "offset", options->offset, &offsets, error));
    MIEN_TRY(read_numbers(cli, "divisor", options->divisor, &divisors, error));
    options->normalisation_channels = offsets > divisors ? offsets : divisors;
    if (offsets > 1 && divisors > 1 && offsets != divisors)
        return mien_fail(error, MIEN_USAGE, "as many --offset as --divisor, or one of them");
    for (size_t i = offsets; i < options->normalisation_channels; i++)
        options->offset[i] = offsets != 0 ? options->offset[0] : 0;
    for (size_t i = divisors; i < options->normalisation_channels; i++)
        options->divisor[i] = divisors != 0 ? options->divisor[0] : 255;
    MIEN_TRY(mien_cli_number(cli, "height", &height, 0, 1, MIEN_NETWORK_MAX_SIDE, error));
    MIEN_TRY(mien_cli_number(cli, "width", &width, 0, 1, MIEN_NETWORK_MAX_SIDE, error));
    options->height = (uint32_t)height;
    options->width = (uint32_t)width;
    options->output_count =
        mien_cli_values(cli, "output", options->outputs, MIEN_NETWORK_MAX_OUTPUTS);
    if (options->output_count > MIEN_NETWORK_MAX_OUTPUTS)
        return mien_fail(error, MIEN_USAGE, "more than %d outputs", MIEN_NETWORK_MAX_OUTPUTS);
    return MIEN_OK;
}

static mien_status import(const mien_cli *cli, mien_float_network **network,
                          const uint8_t *whitening, size_t whitening_length, mien_error *error) {
    uint8_t *onnx;
    size_t length;
    mien_import_options options = {.whitening = whitening, .whitening_length = whitening_length};
    MIEN_TRY(read_input_options(cli, &options, error));
    MIEN_TRY(mien_file_read(&onnx, &length, cli->operands[0], MIEN_ONNX_MAX_FILE, 0, error));
    mien_status status = mien_float_network_import(network, onnx, length, &options, error);
    free(onnx);
    return status;
}

typedef enum picture_view { VIEW_FRAME, VIEW_FACE, VIEW_CROP } picture_view;

typedef struct sampler {
    const mien_float_network *network;
    mien_calibration *calibration;
    mien_face *face; /* NULL for VIEW_FRAME */
    mien_face_view *seen;
    picture_view view;
    uint8_t *input; /* as the network takes it */
    mien_shape shape;
    size_t used;
} sampler;

/* Where the network's input lies in the picture. */
static void placement(mien_affine *to_picture, const sampler *s, const mien_image *image) {
    if (s->view == VIEW_FRAME && s->shape.width == MIEN_DETECT_WIDTH &&
        s->shape.height == MIEN_DETECT_HEIGHT) {
        mien_detect_canvas(to_picture, image->width, image->height);
        return;
    }
    double x0 = 0, y0 = 0, width = image->width, height = image->height;
    if (s->view == VIEW_FACE) {
        const mien_face_point *box = s->seen->box;
        double w = (double)box[1].x - (double)box[0].x, h = (double)box[1].y - (double)box[0].y;
        width = height = w > h ? w : h;
        x0 = ((double)box[0].x + (double)box[1].x - width) / 2;
        y0 = ((double)box[0].y + (double)box[1].y - height) / 2;
    }
    mien_affine map = {width / s->shape.width, 0, x0, 0, height / s->shape.height, y0};
    *to_picture = map;
}

static mien_status fill_input(sampler *s, const mien_image *image) {
    mien_affine to_picture;
    mien_sampling sampling;
    int width = (int)s->shape.width, height = (int)s->shape.height;
    if (s->view == VIEW_CROP) {
        memcpy(s->input, s->seen->crop, MIEN_FACE_CROP_BYTES);
        return MIEN_OK;
    }
    placement(&to_picture, s, image);
    MIEN_TRY(mien_sampling_plan(&sampling, &to_picture));
    if (s->shape.channels == 1)
        mien_sampling_grey(s->input, width, height, image, &sampling);
    else
        mien_sampling_rgb(s->input, width, height, image, &sampling);
    return MIEN_OK;
}

/* A picture without a usable face is passed over. */
static mien_status take_picture(sampler *s, const char *path, mien_error *error) {
    mien_image image = {0};
    MIEN_TRY(mien_image_read(&image, path, error));
    mien_status status = MIEN_OK;
    bool usable = true;
    if (s->face != NULL) {
        mien_status seen = mien_face_align(s->face, s->seen, &image, error);
        usable = seen == MIEN_OK || (s->view == VIEW_FACE && s->seen->score > 0);
        if (mien_status_kind_of(seen) == MIEN_KIND_FAILURE) status = seen;
    }
    if (status == MIEN_OK && usable) status = fill_input(s, &image);
    if (status == MIEN_OK && usable) {
        status = mien_calibration_add(s->calibration, s->network, s->input,
                                      mien_shape_elements(s->shape));
        s->used++;
    }
    mien_image_free(&image);
    return status;
}

static mien_status take_pictures(mien_cli *cli, sampler *s, const mien_photos *photos,
                                 uint64_t wanted, mien_error *error) {
    mien_progress progress = mien_cli_progress(cli);
    size_t step = photos->photo_count > wanted ? photos->photo_count / (size_t)wanted : 1;
    for (size_t i = 0; i < photos->photo_count && s->used < wanted; i += step) {
        MIEN_TRY(take_picture(s, photos->photos[i].path, error));
        if (!mien_progress_report(&progress, "calibrate", s->used, (size_t)wanted))
            return MIEN_INTERRUPTED;
    }
    if (s->used == 0) return mien_fail(error, MIEN_NO_FACE, "no picture could be used");
    mien_cli_say(cli, "calibrated on %zu pictures", s->used);
    return mien_calibration_finish(s->calibration);
}

static mien_status check_view(const sampler *s, mien_error *error) {
    bool crop = s->shape.height == MIEN_FACE_CROP_SIDE && s->shape.width == MIEN_FACE_CROP_SIDE &&
                s->shape.channels == 3;
    if (s->view == VIEW_CROP && !crop)
        return mien_fail(error, MIEN_ARGUMENT, "--view crop is for 112x112 RGB inputs");
    if (s->shape.channels != 1 && s->shape.channels != 3)
        return mien_fail(error, MIEN_UNSUPPORTED, "pictures have 1 or 3 channels, this input %u",
                         s->shape.channels);
    if (s->shape.width > MIEN_SAMPLING_MAX_SIDE || s->shape.height > MIEN_SAMPLING_MAX_SIDE)
        return mien_fail(error, MIEN_UNSUPPORTED, "inputs of at most %d pixels a side",
                         MIEN_SAMPLING_MAX_SIDE);
    return MIEN_OK;
}

static mien_status read_view(const mien_cli *cli, picture_view *view, mien_error *error) {
    static const char *const names[] = {"frame", "face", "crop", NULL};
    const char *text = mien_cli_value(cli, "view");
    *view = VIEW_FRAME;
    for (int i = 0; text != NULL && i < 3; i++) {
        *view = (picture_view)i;
        if (strcmp(text, names[i]) == 0) return MIEN_OK;
    }
    return text == NULL ? MIEN_OK
                        : mien_fail(error, MIEN_USAGE, "--view must be frame, face or crop");
}

static bool is_listed(const void *ids, const char *name) {
    return mien_person_ids_hold(ids, name);
}

/* All photos of the folder, or of the people that --people lists. */
static mien_status list_pictures(const mien_cli *cli, mien_photos *photos, const char *folder,
                                 mien_error *error) {
    const char *people = mien_cli_value(cli, "people");
    mien_person_ids ids = {0};
    uint8_t *text;
    size_t length;
    if (people == NULL) return mien_photos_list(photos, folder, NULL, NULL, error);
    MIEN_TRY(mien_file_read(&text, &length, people, RANGES_MAX, 0, error));
    mien_status status = mien_person_ids_parse(&ids, (const char *)text, length, error);
    free(text);
    if (status == MIEN_OK) status = mien_photos_list(photos, folder, is_listed, &ids, error);
    mien_person_ids_free(&ids);
    return status;
}

static mien_status measure(mien_cli *cli, sampler *s, const char *folder, mien_error *error) {
    mien_photos photos = {0};
    uint64_t wanted;
    MIEN_TRY(mien_cli_number(cli, "samples", &wanted, DEFAULT_SAMPLES, 1, 100000, error));
    MIEN_TRY(read_view(cli, &s->view, error));
    MIEN_TRY(check_view(s, error));
    s->input = malloc(mien_shape_elements(s->shape));
    s->seen = calloc(1, sizeof *s->seen);
    if (s->input == NULL || s->seen == NULL) return mien_fail(error, MIEN_MEMORY, "no memory");
    if (s->view != VIEW_FRAME)
        MIEN_TRY(mien_face_open_aligner(&s->face, mien_cli_value(cli, "models"), error));
    MIEN_TRY(list_pictures(cli, &photos, folder, error));
    mien_status status = take_pictures(cli, s, &photos, wanted, error);
    mien_photos_free(&photos);
    return status;
}

static void sampler_end(sampler *s) {
    mien_face_close(s->face);
    if (s->input != NULL) mien_wipe(s->input, mien_shape_elements(s->shape));
    if (s->seen != NULL) mien_face_view_wipe(s->seen);
    free(s->input);
    free(s->seen);
}

static mien_status calibrate_synthetic(mien_cli *cli, mien_calibration **calibration,
                                       const mien_float_network *network, mien_error *error) {
    uint64_t count;
    MIEN_TRY(mien_cli_number(cli, "synthetic", &count, 1, 1, 1000, error));
    MIEN_TRY(mien_calibration_create(calibration, network));
    MIEN_TRY(mien_calibration_add_synthetic(*calibration, network, (size_t)count));
    return mien_calibration_finish(*calibration);
}

static mien_status calibrate(mien_cli *cli, mien_calibration **calibration,
                             const mien_float_network *network, mien_error *error) {
    const char *folder = mien_cli_value(cli, "calibrate"), *ranges = mien_cli_value(cli, "ranges");
    const char *synthetic = mien_cli_value(cli, "synthetic");
    if ((folder != NULL) + (ranges != NULL) + (synthetic != NULL) != 1)
        return mien_fail(error, MIEN_USAGE,
                         "one of --calibrate FOLDER, --ranges FILE and --synthetic N is needed");
    if (folder == NULL && mien_cli_value(cli, "people") != NULL)
        return mien_fail(error, MIEN_USAGE, "--people belongs to --calibrate");
    if (ranges != NULL) {
        uint8_t *text;
        size_t length;
        MIEN_TRY(mien_file_read(&text, &length, ranges, RANGES_MAX, 0, error));
        mien_status status =
            mien_calibration_parse(calibration, network, (const char *)text, length, error);
        free(text);
        return status;
    }
    if (synthetic != NULL) return calibrate_synthetic(cli, calibration, network, error);
    sampler s = {.network = network, .shape = mien_float_network_input(network)};
    MIEN_TRY(mien_calibration_create(calibration, network));
    s.calibration = *calibration;
    mien_status status = measure(cli, &s, folder, error);
    sampler_end(&s);
    return status;
}

static mien_status write_ranges(mien_cli *cli, const mien_calibration *calibration,
                                const mien_float_network *network, mien_error *error) {
    const char *path = mien_cli_value(cli, "ranges-out");
    char *text;
    if (path == NULL) return MIEN_OK;
    MIEN_TRY(mien_calibration_print(&text, calibration, network));
    mien_status status = mien_file_write(path, text, strlen(text), MIEN_FILE_PUBLIC, error);
    free(text);
    return status;
}

/* Quantise, write, and load once more what was written. */
static mien_status put_network(mien_cli *cli, const mien_float_network *network,
                               const mien_calibration *calibration, const char *path,
                               mien_error *error) {
    uint64_t weight_bits, activation_bits;
    uint8_t *bytes;
    size_t length;
    mien_network *loaded;
    MIEN_TRY(mien_cli_number(cli, "weight-bits", &weight_bits, 12, 4, 16, error));
    MIEN_TRY(mien_cli_number(cli, "activation-bits", &activation_bits, 8, 6, 12, error));
    mien_quantise_options options = {(uint32_t)weight_bits, (uint32_t)activation_bits};
    MIEN_TRY(mien_quantise(&bytes, &length, network, calibration, &options, error));
    mien_status status = mien_file_write(path, bytes, length, MIEN_FILE_PUBLIC, error);
    free(bytes);
    MIEN_TRY(status);
    MIEN_TRY(mien_network_read(&loaded, path, error));
    fprintf(cli->text, "%u layers, %zu bytes: %s\n", mien_network_layer_count(loaded), length,
            path);
    status = mien_json_set_hex(cli->result, "digest", mien_network_digest(loaded), 32);
    mien_network_free(loaded);
    MIEN_TRY(status);
    MIEN_TRY(mien_json_set(cli->result, "bytes", json_integer((json_int_t)length)));
    return mien_json_set(cli->result, "network", mien_cli_json_text(path));
}

static mien_status import_all(mien_cli *cli, const uint8_t *whitening, size_t whitening_length,
                              mien_error *error) {
    mien_float_network *network = NULL;
    mien_calibration *calibration = NULL;
    const char *path = mien_cli_value(cli, "out");
    if (path == NULL) return mien_fail(error, MIEN_USAGE, "-o FILE is missing");
    mien_status status = import(cli, &network, whitening, whitening_length, error);
    if (status == MIEN_OK) status = calibrate(cli, &calibration, network, error);
    if (status == MIEN_OK) status = write_ranges(cli, calibration, network, error);
    if (status == MIEN_OK) status = put_network(cli, network, calibration, path, error);
    mien_calibration_free(calibration);
    mien_float_network_free(network);
    return status;
}

mien_status mien_cli_model_import(mien_cli *cli, mien_error *error) {
    const char *path = mien_cli_value(cli, "whitening");
    uint8_t *whitening = NULL;
    size_t length = 0;
    if (path != NULL) MIEN_TRY(mien_file_read(&whitening, &length, path, RANGES_MAX, 0, error));
    mien_status status = import_all(cli, whitening, length, error);
    free(whitening);
    return status;
}

static mien_status put_whitening(mien_cli *cli, const mien_whitening *whitening, const char *ids,
                                 size_t ids_length, const mien_photo_counts *counts,
                                 mien_error *error) {
    const char *path = mien_cli_value(cli, "out"), *ids_path = mien_cli_value(cli, "ids-out");
    size_t size = mien_whitening_file_size(whitening);
    uint8_t *bytes = malloc(size);
    if (bytes == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the layer");
    mien_status status = mien_whitening_serialise(bytes, size, whitening);
    if (status == MIEN_OK) status = mien_file_write(path, bytes, size, MIEN_FILE_PUBLIC, error);
    free(bytes);
    if (status == MIEN_OK && ids_path != NULL)
        status = mien_file_write(ids_path, ids, ids_length, MIEN_FILE_PUBLIC, error);
    if (status == MIEN_OK)
        status = mien_json_set(cli->result, "photos", json_integer((json_int_t)counts->usable));
    if (status == MIEN_OK)
        status = mien_json_set(cli->result, "whitening", mien_cli_json_text(path));
    fprintf(cli->text, "fitted on %zu photos, %u of %u axes: %s\n", counts->usable,
            whitening->outputs, whitening->inputs, path);
    return status;
}

mien_status mien_cli_model_whitening(mien_cli *cli, mien_error *error) {
    mien_float_network *network;
    mien_whitening whitening = {0};
    mien_photo_counts counts = {0};
    char *ids = NULL;
    size_t ids_length = 0;
    uint64_t threads;
    MIEN_TRY(mien_cli_number(cli, "threads", &threads, 0, 1, 64, error));
    mien_progress progress = mien_cli_progress(cli);
    mien_fit_whitening_options options = {.faces = mien_cli_value(cli, "faces"),
                                          .models = mien_cli_value(cli, "models"),
                                          .all_people = mien_cli_flag(cli, "all-people"),
                                          .threads = (unsigned)threads,
                                          .progress = &progress};
    if (options.faces == NULL || mien_cli_value(cli, "out") == NULL)
        return mien_fail(error, MIEN_USAGE, "--faces DIR and -o FILE are needed");
    MIEN_TRY(import(cli, &network, NULL, 0, error));
    mien_status status =
        mien_fit_whitening(&whitening, &ids, &ids_length, &counts, network, &options, error);
    if (status == MIEN_OK) status = put_whitening(cli, &whitening, ids, ids_length, &counts, error);
    free(ids);
    mien_whitening_free(&whitening);
    mien_float_network_free(network);
    return status;
}
