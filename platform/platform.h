/* SPDX-License-Identifier: MIT */
/* Everything below the face model, the prover and the wallet: the operating system and what other
 * libraries give, behind interfaces that tests can replace. */
#ifndef MIEN_PLATFORM_PLATFORM_H
#define MIEN_PLATFORM_PLATFORM_H

#include "platform/base/bytes.h"
#include "platform/base/clock.h"
#include "platform/base/error.h"
#include "platform/base/progress.h"
#include "platform/base/random.h"
#include "platform/base/status.h"
#include "platform/console/console.h"
#include "platform/cpu/simd.h"
#include "platform/files/file.h"
#include "platform/frames/camera.h"
#include "platform/frames/frame_source.h"
#include "platform/images/draw.h"
#include "platform/images/image.h"
#include "platform/json/json.h"
#include "platform/memory/process.h"
#include "platform/memory/secret.h"
#include "platform/threads/pool.h"

#endif
