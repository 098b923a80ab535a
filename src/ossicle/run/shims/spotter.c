/* The names by which Python finds any spotter: compiled with OSC_MODEL, such as cnn, and OSC_HEADER, the name
 * of its header in quotes. */
#include <stddef.h>

#include OSC_HEADER

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define STATE JOIN(OSC_MODEL, _state_t)

size_t osc_host_state_bytes(void)
{
    return sizeof(STATE);
}

void osc_host_reset(void *state)
{
    JOIN(OSC_MODEL, _reset)(state);
}

void osc_host_set_threshold(void *state, float threshold)
{
    JOIN(OSC_MODEL, _set_threshold)(state, threshold);
}

void osc_host_push(void *state, const float *samples, float *posteriors, int32_t *words, size_t steps, size_t hop,
                   size_t classes)
{
    for (size_t i = 0; i < steps; i++) {
        words[i] = JOIN(OSC_MODEL, _push_f32)(state, samples + i * hop, posteriors + i * classes);
    }
}
