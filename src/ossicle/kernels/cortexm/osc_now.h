/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OSC_NOW_H
#define OSC_NOW_H

/* Keeps GCC, which is told not to order instructions itself, from adding each product as soon as it is begun. */
#if defined(__arm__) && !defined(__clang__)
#define OSC_NOW(value) __asm__("" : "+t"(value))
#else
#define OSC_NOW(value)
#endif

#endif
