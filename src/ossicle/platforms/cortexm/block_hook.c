/* Called by the emulator at the start of each basic block: counts blocks by the layer that they run for.
 *
 * A block of a layer's own function makes that layer the current one; blocks of kernels, which layers share,
 * count for the layer that is current. Arrays have an entry for each halfword of code. */
#include <stdint.h>

typedef struct {
    uint64_t begin;          /* address of the code */
    uint64_t halfwords;      /* of code */
    const int16_t *layer_of; /* layer that a block makes the current one, or -1 */
    uint16_t *bytes;         /* of the block that begins here */
    uint64_t *count;         /* executions, by layer and halfword */
    uint64_t *taken;         /* likewise, of those that did not go on with the next instruction */
    uint64_t layer;          /* the current one */
    uint64_t previous;       /* index of the block before */
    uint64_t previous_end;   /* address behind it */
    uint64_t strays;         /* blocks outside the code, or whose size changed */
} osc_profile_t;

void osc_profile_block(void *engine, uint64_t address, uint32_t bytes, void *user)
{
    osc_profile_t *const profile = user;
    const uint64_t halfword = (address - profile->begin) >> 1;
    (void)engine;
    if (address < profile->begin || halfword >= profile->halfwords) {
        profile->strays++;
        return;
    }
    if (profile->bytes[halfword] != bytes) {
        profile->strays += profile->bytes[halfword] != 0;
        profile->bytes[halfword] = (uint16_t)bytes;
    }
    profile->taken[profile->previous] += address != profile->previous_end;
    if (profile->layer_of[halfword] >= 0) {
        profile->layer = (uint64_t)profile->layer_of[halfword];
    }
    profile->previous = profile->layer * profile->halfwords + halfword;
    profile->previous_end = address + bytes;
    profile->count[profile->previous]++;
}
