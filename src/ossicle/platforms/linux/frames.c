/* SPDX-License-Identifier: Apache-2.0 */
/* Runs frames of any model: reads what they take from standard input, and writes what they give to standard output. If a
 * file is named, the state after each frame goes there.
 *
 * Compiled with OSC_MODEL, such as gru256, and OSC_HEADER, the name of its header in quotes; OSC_CALL, a call of its
 * function with `state`, `in` and `out`; OSC_READS and OSC_WRITES, the bytes of these two; and OSC_RESULT, the bytes of
 * the number that the function returns, or 0. */
#include <stdint.h>
#include <stdio.h>

#include OSC_HEADER

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

typedef union {
    uint8_t bytes[OSC_READS + OSC_WRITES];
    uint64_t aligned;
} arrays_t;

static JOIN(OSC_MODEL, _state_t) state;
static arrays_t arrays;

int main(int arguments, char **argument)
{
    uint8_t *const in = arrays.bytes, *const out = in + OSC_READS;
    FILE *const states = arguments > 1 ? fopen(argument[1], "wb") : NULL;
    int written = arguments == 1 || states;
    JOIN(OSC_MODEL, _reset)(&state);
    while (written && fread(in, 1, OSC_READS, stdin) == OSC_READS) {
#if OSC_RESULT
        const int32_t result = OSC_CALL;
        written = fwrite(&result, sizeof result, 1, stdout) == 1;
#else
        OSC_CALL;
#endif
        written = written && fwrite(out, 1, OSC_WRITES, stdout) == OSC_WRITES;
        written = written && (!states || fwrite(&state, sizeof state, 1, states) == 1);
    }
    return !written || (states && fclose(states) != 0);
}
