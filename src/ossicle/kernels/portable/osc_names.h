/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels that are compiled alone keep their names. In an emitted folder, a file of this name gives each of them
 * the model's name as a prefix, so that several models link into one program. */
#ifndef OSC_NAMES_H
#define OSC_NAMES_H

#endif
