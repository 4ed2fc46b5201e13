/* SPDX-License-Identifier: MIT */
/* Cameras, what the machine sees in a picture, and the networks that see it. */
#include <stdlib.h>
#include <string.h>

#include "face_model/network/network.h"
#include "platform/base/bytes.h"
#include "platform/frames/camera.h"
#include "platform/frames/frame_source.h"
#include "platform/memory/secret.h"
#include "wallet/cli/common.h"
#include "wallet/cli/model.h"
#include "wallet/cli/verbs.h"

static mien_status run_devices(mien_cli *cli, mien_error *error) {
    mien_camera_info cameras[MIEN_CAMERA_MAX];
    size_t count = 0, refused = 0;
    mien_status status = mien_camera_list(cameras, &count, &refused, MIEN_CAMERA_MAX, NULL);
    if (status != MIEN_OK) return mien_fail(error, status, "the cameras could not be listed");
    if (count == 0 && refused != 0)
        return mien_fail(error, MIEN_PERMISSION,
                         "%zu cameras may not be opened by this user; membership in the group "
                         "\"video\" allows it",
                         refused);
    if (count == 0)
        return mien_fail(error, MIEN_NO_CAMERA,
                         "no camera: pictures and videos work as well, with --source FILE");
    json_t *list = json_array();
    MIEN_TRY(mien_json_set(cli->result, "cameras", list));
    for (size_t i = 0; i < count; i++) {
        char name[sizeof cameras[i].name], bus[sizeof cameras[i].bus]; /* the device chose them */
        mien_console_clean(name, sizeof name, cameras[i].name);
        mien_console_clean(bus, sizeof bus, cameras[i].bus);
        json_t *camera = json_pack("{s:s, s:s, s:s, s:b, s:b, s:b}", "path", cameras[i].path,
                                   "name", name, "bus", bus, "yuyv", cameras[i].yuyv, "grey",
                                   cameras[i].grey, "mjpeg", cameras[i].mjpeg);
        if (camera == NULL || json_array_append_new(list, camera) != 0) return MIEN_MEMORY;
        fprintf(cli->text, "camera:%-14s %s (%s)\n", cameras[i].path, name, bus);
    }
    return MIEN_OK;
}

static const mien_cli_option show_options[] = {
    {"out", 'o', "FILE.png", false, "where the picture goes (default face.png)"},
    {"models", 0, "FOLDER", false, "other networks than the ones that ship with mien"},
    MIEN_CLI_OPTIONS_END};

static mien_status show_json(json_t *out, const mien_face_view *view, mien_status verdict,
                             const mien_error *why) {
    MIEN_TRY(mien_json_set(out, "verdict", json_string(mien_status_name(verdict))));
    if (verdict != MIEN_OK)
        MIEN_TRY(mien_json_set(out, "message", mien_cli_json_text(mien_error_words(why))));
    MIEN_TRY(mien_json_set(out, "score", json_real((double)view->score)));
    MIEN_TRY(mien_json_set(out, "box",
                           json_pack("[f, f, f, f]", (double)view->box[0].x, (double)view->box[0].y,
                                     (double)view->box[1].x, (double)view->box[1].y)));
    MIEN_TRY(mien_json_set(out, "eye_distance", json_real((double)view->eye_distance)));
    MIEN_TRY(mien_json_set(out, "sharpness", json_real((double)view->sharpness)));
    MIEN_TRY(mien_json_set(out, "brightness", json_real((double)view->brightness)));
    MIEN_TRY(mien_json_set(out, "turn", json_real((double)view->turn)));
    MIEN_TRY(mien_json_set(out, "quality", json_real((double)view->quality)));
    return mien_json_set(out, "milliseconds",
                         json_pack("{s:f, s:f, s:f}", "detection", (double)view->milliseconds[0],
                                   "landmarks_and_crop", (double)view->milliseconds[1], "embedding",
                                   (double)view->milliseconds[2]));
}

/* Look, draw, write. A refusal is drawn as well and then returned, so the exit code tells it. */
static mien_status show_frame(mien_cli *cli, mien_face *face, const mien_frame *frame,
                              mien_face_view *view, mien_error *error) {
    const char *path = mien_cli_value(cli, "out");
    mien_image picture = {0};
    mien_error why = {0};
    if (path == NULL) path = "face.png";
    mien_status verdict = mien_face_look(face, view, &frame->image, &why);
    if (mien_status_kind_of(verdict) == MIEN_KIND_FAILURE) {
        *error = why;
        return verdict;
    }
    mien_status status = mien_face_show(&picture, &frame->image, view,
                                        verdict != MIEN_OK ? mien_error_words(&why) : NULL);
    if (status == MIEN_OK) status = mien_image_write_png(path, &picture, error);
    mien_image_free(&picture);
    if (status == MIEN_OK) status = mien_json_set(cli->result, "picture", mien_cli_json_text(path));
    if (status == MIEN_OK) status = show_json(cli->result, view, verdict, &why);
    if (status != MIEN_OK) return status;
    if (verdict != MIEN_OK) {
        mien_cli_say(cli, "What was seen is in %s", path);
        *error = why;
        return verdict;
    }
    fprintf(cli->text, "One face, %.0f pixels between the eyes, score %.2f: %s\n",
            (double)view->eye_distance, (double)view->score, path);
    return MIEN_OK;
}

static mien_status show_first(mien_cli *cli, mien_frame_source *source, mien_face *face,
                              mien_error *error) {
    mien_frame frame = {0};
    void *memory = NULL;
    MIEN_TRY(mien_frame_source_next(source, &frame, error));
    mien_status status = mien_secret_alloc(&memory, sizeof(mien_face_view), error);
    if (status == MIEN_OK) status = show_frame(cli, face, &frame, memory, error);
    mien_secret_free(memory);
    mien_image_free(&frame.image);
    return status;
}

static mien_status run_show(mien_cli *cli, mien_error *error) {
    mien_frame_source *source = NULL;
    mien_face *face = NULL;
    mien_status status = mien_frame_source_open(&source, cli->operands[0], error);
    if (status == MIEN_OK) status = mien_face_open(&face, mien_cli_value(cli, "models"), error);
    if (status == MIEN_OK) status = show_first(cli, source, face, error);
    if (status == MIEN_END) status = mien_fail(error, MIEN_NO_FACE, "the source has no pictures");
    mien_face_close(face);
    mien_frame_source_close(source);
    return status;
}

static const mien_cli_option *const show_tables[] = {show_options, NULL};

const mien_cli_verb mien_cli_face_verbs[] = {
    {"devices", "cameras that can be used", NULL, 0, 0, NULL, NULL,
     "mien devices\nmien devices --json", run_devices},
    {"face show", "draw what the machine sees: box, landmarks, crop", "SOURCE", 1, 1, show_tables,
     "Takes the first frame. A face that is refused is drawn too, with the reason, and the exit\n"
     "code is 4. The picture shows a face: treat it as one.",
     "mien face show portrait.jpg -o seen.png\nmien face show camera", run_show},
    {"model info", "layers, shapes, figures and proven bounds of a network", "FILE.mien", 1, 1,
     NULL, NULL, "mien model info assets/models/embedding.mien\nmien model info a.mien --json",
     mien_cli_model_info},
    {"model compile", "what a proof about a network will cost", "FILE.mien", 1, 1, NULL,
     "Says it before anything starts, and names the layer that cannot be proved, if there is one.",
     "mien model compile assets/models/embedding.mien\nmien model compile a.mien --json",
     mien_cli_model_compile},
    {"model import", "turn an ONNX network into an integer network", "FILE.onnx", 1, 1,
     mien_cli_model_import_tables,
     "Folds, calibrates on pictures (or on ranges of an earlier import), quantises, proves that "
     "no\n"
     "accumulator overflows, and writes the canonical file. Operators that are not known are "
     "named.",
     "mien model import net.onnx --calibrate photos/ -o net.mien\n"
     "mien model import fr_feature.onnx --view crop --offset 127 --divisor 128 --calibrate "
     "people/ \\\n"
     "    --whitening whitening.bin -o embedding.mien --ranges-out ranges.json",
     mien_cli_model_import},
    {"model fit-whitening", "fit the half-whitening layer on people's photos", "FILE.onnx", 1, 1,
     mien_cli_model_whitening_tables,
     "FOLDER holds PERSON/PHOTO.jpg. The embeddings of these people are used in float and not "
     "kept.",
     "mien model fit-whitening fr_feature.onnx --faces people/ --offset 127 --divisor 128 -o w.bin",
     mien_cli_model_whitening},
    {0}};
