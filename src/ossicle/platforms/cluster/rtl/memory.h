/* L1 and L2 as bytes at their addresses, and the ELF file that fills them. */
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "events.h"

class Memory {
public:
    static constexpr uint8_t rubbish = 0xA5; /* what memory holds before anything is written, as on a chip */

    Memory(uint32_t origin, uint32_t bytes) : origin_(origin), data_(bytes, rubbish) {}

    bool holds(uint32_t address, uint32_t bytes = 4) const
    {
        return address >= origin_ && bytes <= data_.size() && address - origin_ <= data_.size() - bytes;
    }

    uint8_t *at(uint32_t address) { return &data_[address - origin_]; }

    uint32_t word(uint32_t address) const
    {
        uint32_t value;
        std::memcpy(&value, &data_[address - origin_], sizeof value);
        return value;
    }

    /* Writes those bytes of a word whose bits are set in `enable`. */
    void store(uint32_t address, uint32_t value, unsigned enable)
    {
        uint8_t *const bytes = at(address);
        for (int i = 0; i < 4; i++) {
            if (enable >> i & 1) {
                bytes[i] = (uint8_t)(value >> (8 * i));
            }
        }
    }

private:
    uint32_t origin_;
    std::vector<uint8_t> data_;
};

struct Memories {
    static constexpr uint32_t l1_origin = 0x10000000, l2_origin = 0x1C000000;

    Memories(uint32_t l1_bytes, uint32_t l2_bytes) : l1(l1_origin, l1_bytes), l2(l2_origin, l2_bytes) {}

    /* The memory that holds all these bytes, or none. */
    Memory *find(uint32_t address, uint32_t bytes = 4)
    {
        return l1.holds(address, bytes) ? &l1 : l2.holds(address, bytes) ? &l2 : nullptr;
    }

    /* Puts an ELF file's segments where they are to be loaded; returns its entry. */
    uint32_t load(const char *path)
    {
        std::ifstream stream(path, std::ios::binary);
        const std::string file((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
        const auto copy = [&](void *to, size_t offset, size_t bytes) {
            if (offset > file.size() || bytes > file.size() - offset) {
                fail("cannot read %s, or it is cut short", path);
            }
            std::memcpy(to, file.data() + offset, bytes);
        };
        Elf32_Ehdr header;
        copy(&header, 0, sizeof header);
        if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_machine != EM_RISCV) {
            fail("%s is no ELF file for RISC-V", path);
        }
        for (int i = 0; i < header.e_phnum; i++) {
            Elf32_Phdr segment;
            copy(&segment, header.e_phoff + (size_t)i * sizeof segment, sizeof segment);
            if (segment.p_type == PT_LOAD && segment.p_filesz > 0) {
                Memory *const memory = find(segment.p_paddr, segment.p_filesz);
                if (!memory) {
                    fail("%s has %u bytes at 0x%08x, where there is no memory", path, segment.p_filesz,
                         segment.p_paddr);
                }
                copy(memory->at(segment.p_paddr), segment.p_offset, segment.p_filesz);
            }
        }
        return header.e_entry;
    }

    Memory l1, l2;
};
