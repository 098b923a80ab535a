/* The names by which Python finds any model: compiled with OSC_MODEL, such as gru256, and OSC_HEADER, the name
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
