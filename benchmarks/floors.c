/* What this core can do at best: bytes that it reads in a second, and products that it adds. */
#include <stddef.h>
#include <stdint.h>

/* Eight cache lines at once, each into a sum of its own, again and again. */
int64_t floor_read(const int64_t *words, size_t n, size_t times)
{
    int64_t sums[64] = {0}, total = 0;
    for (size_t t = 0; t < times; t++) {
        for (size_t i = 0; i + 64 <= n; i += 64) {
            for (size_t k = 0; k < 64; k++) {
                sums[k] += words[i + k];
            }
        }
        __asm__ volatile("" : : : "memory");
    }
    for (size_t k = 0; k < 64; k++) {
        total += sums[k];
    }
    return total;
}

/* Eight rows at once, so that no addition waits for the one before. */
#define FLOOR(name, x_t, row_t, sum_t)                                                                                   \
    sum_t name(const x_t *restrict x, const row_t *restrict rows, size_t n, size_t times)                          \
    {                                                                                                               \
        sum_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;                                               \
        for (size_t t = 0; t < times; t++) {                                                                        \
            for (size_t i = 0; i < n; i++) {                                                                        \
                a += x[i] * rows[i];                                                                                \
                b += x[i] * rows[n + i];                                                                            \
                c += x[i] * rows[2 * n + i];                                                                        \
                d += x[i] * rows[3 * n + i];                                                                        \
                e += x[i] * rows[4 * n + i];                                                                        \
                f += x[i] * rows[5 * n + i];                                                                        \
                g += x[i] * rows[6 * n + i];                                                                        \
                h += x[i] * rows[7 * n + i];                                                                        \
            }                                                                                                       \
            __asm__ volatile("" : : : "memory");                                                                    \
        }                                                                                                           \
        return a + b + c + d + e + f + g + h;                                                                       \
    }

FLOOR(floor_s8, uint8_t, int8_t, int32_t)
FLOOR(floor_s16, int16_t, int16_t, int32_t)
FLOOR(floor_f32, float, float, float)
