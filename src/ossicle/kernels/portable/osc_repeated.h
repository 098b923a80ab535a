/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of n values and of others that go with them. */
#ifndef OSC_REPEATED_H
#define OSC_REPEATED_H

/* The body of a kernel: y = RESULT(value of X, j) for each of n values, where j is the place of the others that go with
 * it. There are `size` of them; they are gone through again and again, and each stands for `inner` values in turn. A single
 * one stands for all values. */
#define OSC_REPEATED(X, RESULT)                                                                                       \
    const int run = size == 1 ? n : inner;                                                                            \
    if (run == 1) {                                                                                                   \
        for (int i = 0; i < n; i += size) {                                                                           \
            for (int j = 0; j < size; j++) {                                                                          \
                y[i + j] = RESULT(X[i + j], j);                                                                       \
            }                                                                                                         \
        }                                                                                                             \
    } else {                                                                                                          \
        for (int i = 0, j = 0; i < n; i += run, j = j + 1 < size ? j + 1 : 0) {                                       \
            for (int k = i; k < i + run; k++) {                                                                       \
                y[k] = RESULT(X[k], j);                                                                               \
            }                                                                                                         \
        }                                                                                                             \
    }

#endif
