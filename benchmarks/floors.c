/* What this core can do at best: bytes that it reads in a second, and products that it adds. */
#include <stddef.h>
#include <stdint.h>

int64_t floor_read(const int64_t *words, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += words[i];
    }
    return sum;
}

int32_t floor_s16(const int16_t *restrict a, const int16_t *restrict b, size_t n, size_t times)
{
    int32_t sum = 0;
    for (size_t t = 0; t < times; t++) {
        for (size_t i = 0; i < n; i++) {
            sum += a[i] * b[i];
        }
        __asm__ volatile("" : "+r"(sum) : : "memory");
    }
    return sum;
}

float floor_f32(const float *restrict a, const float *restrict b, size_t n, size_t times)
{
    float sum = 0;
    for (size_t t = 0; t < times; t++) {
        for (size_t i = 0; i < n; i++) {
            sum += a[i] * b[i];
        }
        __asm__ volatile("" : "+x"(sum) : : "memory");
    }
    return sum;
}
