/* SPDX-License-Identifier: Apache-2.0 */
/* audio.c of a suppressor on an STM32F407, such as that of the STM32F4DISCOVERY: an I2S microphone and an I2S amplifier, by DMA in
 * rings of two halves. `ossicle compile gru128 --target stm32f407 -o board`, then put this file into `board`.
 *
 * Wiring (AF5 and AF6 in the datasheet DS8626, table 9): PB12 to WS, PB13 to SCK of both; PB15 to the amplifier's data in;
 * PB14 to the microphone's data out. The microphone sends in the left slot.
 *
 * Registers are those of the reference manual RM0090: RCC (7.3), GPIO (8.4), DMA (10.5; requests in table 42), SPI and I2S
 * (28.5; full duplex in 28.4.3, rates in 28.4.4), NVIC and VTOR as in Arm's manual of the core. */
#include "audio.h"

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define RCC_CR REGISTER(0x40023800)
#define RCC_AHB1ENR REGISTER(0x40023830)
#define RCC_APB1ENR REGISTER(0x40023840)
#define RCC_PLLI2SCFGR REGISTER(0x40023884)
#define GPIOB_MODER REGISTER(0x40020400)
#define GPIOB_AFRH REGISTER(0x40020424)
#define DMA1_LISR REGISTER(0x40026000)
#define DMA1_LIFCR REGISTER(0x40026008)
#define NVIC_ISER0 REGISTER(0xE000E100)
#define VTOR REGISTER(0xE000ED08)

/* SPI2 is the I2S that sends and has the clock; I2S2ext receives beside it. */
#define SPI2 0x40003800
#define I2S2EXT 0x40003400
#define CR2(port) REGISTER((port) + 0x04)
#define DR(port) ((port) + 0x0C)
#define I2SCFGR(port) REGISTER((port) + 0x1C)
#define I2SPR(port) REGISTER((port) + 0x20)

/* Streams of DMA1: 3 with channel 3 is I2S2_EXT_RX, 4 with channel 0 is SPI2_TX. */
#define RECEIVE 3
#define SEND 4
#define STREAM(n, offset) REGISTER(0x40026010 + 0x18 * (n) + (offset))
#define IN_HALFWORDS (1u << 13 | 1u << 11 | 1u << 10 | 1u << 8) /* MSIZE, PSIZE, MINC, CIRC */
#define HALF_FILLED (1u << 26)                                  /* HTIF3 */
#define ALL_FILLED (1u << 27)                                   /* TCIF3 */
#define DMA1_STREAM3_IRQ 14

/* Samples of a half of the rings: the hop of the model. */
#define HOP 100
/* A sample is two slots of 32 bits, left and right, each of two halfwords, the upper one first. */
#define HALFWORDS 4

enum { CORE_VECTORS = 16, VECTORS = CORE_VECTORS + 82 };

/* DMA1 reaches SRAM, where variables lie, but not the core-coupled memory. No cache is in front of SRAM. */
static volatile int16_t received[2][HOP][HALFWORDS];
static volatile int16_t sent[2][HOP][HALFWORDS];
static uint32_t vectors[VECTORS] __attribute__((aligned(512)));

/* The half that was filled last, or -1 where it has been read; halves that nobody read in time. */
static volatile int filled = -1;
volatile uint32_t audio_overruns;
static int half, position = HOP;

void DMA1_Stream3_IRQHandler(void);

void DMA1_Stream3_IRQHandler(void)
{
    const uint32_t flags = DMA1_LISR & (HALF_FILLED | ALL_FILLED);
    DMA1_LIFCR = flags;
    audio_overruns += filled >= 0;
    filled = flags & ALL_FILLED ? 1 : 0;
}

/* The table of startup.c has no vectors of the chip: it goes to RAM, and one is added. */
static void set_vector(void)
{
    const uint32_t *const core = (const uint32_t *)(uintptr_t)VTOR;
    for (int i = 0; i < CORE_VECTORS; i++) {
        vectors[i] = core[i];
    }
    vectors[CORE_VECTORS + DMA1_STREAM3_IRQ] = (uint32_t)(uintptr_t)DMA1_Stream3_IRQHandler;
    __asm__ volatile("dsb" ::: "memory");
    VTOR = (uint32_t)(uintptr_t)vectors;
    NVIC_ISER0 = 1u << DMA1_STREAM3_IRQ;
}

/* 16 kHz: the input of the PLLs is 1 MHz (clock.c), times 256, by 5, is 51.2 MHz; by 64 bits and 2 * 25 that is the rate.
 * It comes from the internal oscillator: where the rate has to be exact, let clock.c start from the crystal. */
static void start_clocks(void)
{
    RCC_AHB1ENR |= 1u << 21 | 1u << 1; /* DMA1EN, GPIOBEN */
    RCC_APB1ENR |= 1u << 14;           /* SPI2EN */
    RCC_PLLI2SCFGR = 5u << 28 | 256u << 6;
    RCC_CR |= 1u << 26; /* PLLI2SON */
    while (!(RCC_CR & 1u << 27)) {
    }
}

static void start_pins(void)
{
    GPIOB_AFRH = (GPIOB_AFRH & 0x0000FFFFu) | 0x56550000u; /* 12, 13, 15: AF5; 14: AF6 */
    GPIOB_MODER = (GPIOB_MODER & 0x00FFFFFFu) | 0xAA000000u;
}

static void start_stream(int n, uint32_t channel, uint32_t mode, uint32_t port, volatile int16_t *ring)
{
    STREAM(n, 0x04) = 2 * HOP * HALFWORDS;
    STREAM(n, 0x08) = DR(port);
    STREAM(n, 0x0C) = (uint32_t)(uintptr_t)ring;
    STREAM(n, 0x00) = channel << 25 | IN_HALFWORDS | mode;
    STREAM(n, 0x00) |= 1u;
}

void audio_start(void)
{
    set_vector();
    start_clocks();
    start_pins();
    start_stream(RECEIVE, 3, 1u << 4 | 1u << 3, I2S2EXT, &received[0][0][0]); /* TCIE, HTIE */
    start_stream(SEND, 0, 1u << 6, SPI2, &sent[0][0][0]);                     /* from memory to the port */
    CR2(I2S2EXT) = 1u << 0;                                                   /* RXDMAEN */
    CR2(SPI2) = 1u << 1;                                                      /* TXDMAEN */
    I2SPR(SPI2) = I2SPR(I2S2EXT) = 25;
    /* I2SMOD, I2SE, slave that receives or master that sends, Philips standard, 32 bits in slots of 32. */
    I2SCFGR(I2S2EXT) = 1u << 11 | 1u << 8 | 2u << 1 | 1u;
    I2SCFGR(SPI2) = 1u << 11 | 2u << 8 | 2u << 1 | 1u;
    I2SCFGR(I2S2EXT) |= 1u << 10;
    I2SCFGR(SPI2) |= 1u << 10;
}

/* Sleeps until an interrupt; one that comes after the question ends the sleep too, since it is pending. */
static void wait_for_half(void)
{
    while (filled < 0) {
        __asm__ volatile("cpsid i" ::: "memory");
        if (filled < 0) {
            __asm__ volatile("wfi");
        }
        __asm__ volatile("cpsie i" ::: "memory");
    }
    half = filled;
    filled = -1;
    position = 0;
}

int audio_read(int16_t *samples, int count)
{
    if (position == HOP) {
        wait_for_half();
    }
    const int left = HOP - position, taken = count < left ? count : left;
    for (int i = 0; i < taken; i++) {
        samples[i] = received[half][position + i][0];
    }
    position += taken;
    return taken;
}

/* Into the half that was read last: both rings turn together, so that DMA sends the other one now. */
void audio_write(const int16_t *samples, int count)
{
    for (int i = 0; i < count; i++) {
        volatile int16_t *const slots = sent[half][position - count + i];
        slots[0] = slots[2] = samples[i];
        slots[1] = slots[3] = 0;
    }
}

void audio_stop(void)
{
    I2SCFGR(SPI2) &= ~(1u << 10);
}
