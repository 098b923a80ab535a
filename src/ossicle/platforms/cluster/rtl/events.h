/* What happened when, as lines of text: "event CYCLE CORE KIND VALUE". */
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>

class Events {
public:
    explicit Events(const char *path) : file_(path ? std::fopen(path, "w") : nullptr)
    {
        if (path && !file_) {
            std::fprintf(stderr, "cannot write %s\n", path);
            std::exit(1);
        }
    }

    ~Events()
    {
        if (file_) {
            std::fclose(file_);
        }
    }

    void event(uint64_t cycle, int core, const char *kind, uint64_t value)
    {
        if (file_) {
            std::fprintf(file_, "event %llu %d %s %llu\n", (unsigned long long)cycle, core, kind,
                         (unsigned long long)value);
        }
    }

    void count(int core, const char *name, uint64_t value)
    {
        if (file_) {
            std::fprintf(file_, "core %d %s %llu\n", core, name, (unsigned long long)value);
        }
    }

private:
    std::FILE *file_;
};

/* The run cannot go on: one line says why. */
template <typename... Values> [[noreturn]] void fail(const char *format, Values... values)
{
    std::fprintf(stderr, format, values...);
    std::fputc('\n', stderr);
    std::exit(1);
}
