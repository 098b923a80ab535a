/* Frames of a network without a front end, called from Python. OSC_ARGUMENTS are its arrays within a frame of
 * OSC_INPUTS and OSC_OUTPUTS values, such as in+0,in+33,out+0. */
void osc_host_run(void *state, const float *in, float *out, size_t frames)
{
    for (size_t i = 0; i < frames; i++, in += OSC_INPUTS, out += OSC_OUTPUTS) {
        JOIN(OSC_MODEL, _step)(state, OSC_ARGUMENTS);
    }
}
