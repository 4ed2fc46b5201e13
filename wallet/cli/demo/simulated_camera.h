/* SPDX-License-Identifier: MIT */
/* A simulated camera: turns one portrait into as many different frames as a demonstration needs.
 *
 * It moves, turns (in the plane and, as a flat picture, a little out of it), relights, blurs and
 * adds sensor noise. What it cannot do is change an expression or show the far side of a nose, so
 * its frames are easier than life: recognition rates come from `mien eval` on real photos, never
 * from here. */
#ifndef MIEN_WALLET_CLI_DEMO_SIMULATED_CAMERA_H
#define MIEN_WALLET_CLI_DEMO_SIMULATED_CAMERA_H

#include <stdint.h>

#include "platform/images/image.h"

#define MIEN_SIMULATED_WIDTH 640
#define MIEN_SIMULATED_HEIGHT 480

/* How far frames may differ from the portrait. Every frame draws uniformly within these bounds. */
typedef struct mien_simulated_spread {
    float shift;      /* of the frame's width, each axis */
    float roll;       /* radians */
    float turn;       /* radians of yaw; half of it for pitch */
    float zoom;       /* 0.1: scale 0.9..1.1 */
    float exposure;   /* 0.2: gain 0.8..1.2 */
    float side_light; /* 0.2: one side up to 20 % brighter, the other darker */
    float colour;     /* 0.05: red and blue gain 0.95..1.05 */
    float blur;       /* largest standard deviation of the lens blur, pixels of the frame */
    float noise;      /* largest standard deviation of the sensor noise, grey levels of 255 */
} mien_simulated_spread;

/* A person in front of a laptop. */
extern const mien_simulated_spread mien_simulated_desk;

/* One frame of MIEN_SIMULATED_WIDTH x MIEN_SIMULATED_HEIGHT pixels; the caller frees *frame. The
 * picture covers the frame and is mirrored at its edges. The same seed gives the same
 * frame. MIEN_ARGUMENT for an empty portrait, MIEN_MEMORY. */
MIEN_MUST_CHECK mien_status mien_simulated_frame(mien_image *frame, const mien_image *portrait,
                                                 const mien_simulated_spread *spread,
                                                 uint64_t seed);

#endif
