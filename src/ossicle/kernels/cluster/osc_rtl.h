/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the RTL testbench, 32 bits each: the program and the testbench itself are built with this file. */
#ifndef OSC_RTL_H
#define OSC_RTL_H

#define OSC_RTL_ORIGIN 0x1A000000u

enum {
    OSC_RTL_FORK,            /* load: is answered when all workers and the controller have loaded it */
    OSC_RTL_JOIN,            /* load: likewise */
    OSC_RTL_BARRIER,         /* load: likewise, of the workers alone */
    OSC_RTL_CYCLE,           /* load: cycles since reset */
    OSC_RTL_MARK,            /* store: puts a number into the log of events */
    OSC_RTL_EXIT,            /* store: ends the run with this code */
    OSC_RTL_FAULT_ADDRESS,   /* store: where an exception was */
    OSC_RTL_FAULT,           /* store: its cause; ends the run */
    OSC_RTL_CONSOLE_ADDRESS, /* store: of bytes that one of the next two moves at once, which takes no time */
    OSC_RTL_CONSOLE_READ,    /* store: bytes wanted; load: bytes got */
    OSC_RTL_CONSOLE_WRITE,   /* store: bytes */
    OSC_RTL_DMA_L1,          /* store: where the next transfer goes to */
    OSC_RTL_DMA_L2,          /* store: where it comes from */
    OSC_RTL_DMA_BYTES,       /* store */
    OSC_RTL_DMA_START,       /* store: its transfer id; the store waits while 16 transfers are under way */
    OSC_RTL_WORKERS,         /* store: how many the program is built for, which has to be how many there are */
    OSC_RTL_DMA_WAIT = 16,   /* and the 15 after it, load: is answered when the id's latest transfer has ended */
    OSC_RTL_REGISTERS = OSC_RTL_DMA_WAIT + 16
};

#define OSC_RTL(number) (*(volatile uint32_t *)(OSC_RTL_ORIGIN + 4u * (number)))

#endif
