/* SPDX-License-Identifier: MIT */
/* What tests and measurements need beyond face_model/face_model.h. */
#ifndef MIEN_FACE_MODEL_PIPELINE_FACE_H
#define MIEN_FACE_MODEL_PIPELINE_FACE_H

#include "face_model/pipeline/quality.h"

/* Other thresholds than mien_gates_default, for measuring what the gates refuse. */
void mien_face_set_gates(mien_face *face, const mien_gates *gates);

#endif
