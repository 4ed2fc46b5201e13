/* SPDX-License-Identifier: MIT */
#include "wallet/proof/sureness.h"

#include "prover/prover.h"

static mien_status check_count(const mien_sureness *sureness, mien_error *error) {
    if (sureness->count != 0 && sureness->count <= MIEN_SURENESS_TERMS) return MIEN_OK;
    return mien_fail(error, MIEN_INTERNAL, "%zu terms of security do not fit into a table of %d",
                     sureness->count, MIEN_SURENESS_TERMS);
}

mien_status mien_sureness_of_match(mien_sureness *sureness, mien_error *error) {
    sureness->count =
        mien_match_security(sureness->terms, MIEN_SURENESS_TERMS, mien_proof_parameters_default());
    return check_count(sureness, error);
}

mien_status mien_sureness_of_face(mien_sureness *sureness, const mien_proof_face *face,
                                  uint32_t parameters, mien_error *error) {
    const mien_inference_parameters *set = mien_proof_face_parameters(parameters);
    sureness->count = 0;
    if (set == NULL)
        return mien_fail(error, MIEN_ARGUMENT, "there is no set of parameters with the number %u",
                         (unsigned)parameters);
    sureness->count = mien_proof_face_security(sureness->terms, MIEN_SURENESS_TERMS, face, set);
    return check_count(sureness, error);
}

const mien_security_term *mien_sureness_total(const mien_sureness *sureness) {
    return &sureness->terms[sureness->count - 1];
}

mien_status mien_sureness_enough(const mien_security_term *total, unsigned bits,
                                 mien_error *error) {
    if (total->bits >= bits) return MIEN_OK;
    return mien_fail(error, MIEN_PROOF_INVALID,
                     "the proof's parameters have %.1f bits of security, %u are asked for",
                     total->bits, bits);
}
