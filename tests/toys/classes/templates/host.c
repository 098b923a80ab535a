void osc_host_classify(void *state, const int16_t *readings, int32_t *classes, size_t frames)
{
    for (size_t i = 0; i < frames; i++) {
        classes[i] = JOIN(OSC_MODEL, _classify)(state, readings + 8 * i);
    }
}
