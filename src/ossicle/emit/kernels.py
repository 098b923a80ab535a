"""The kernels that a text calls, from the kernel sets of a target."""

import re

from ossicle.kernels import Kernels

KERNEL_NAME = re.compile(r"\bosc_[a-z0-9_]+\b")
DECLARATION = re.compile(r"^\w[\w *]*\([^{};]*\);", re.MULTILINE)
"""Of a function in a header, which needs none of them."""


def find_kernels(caller: str, kernels: Kernels) -> dict[str, str]:
    """The kernel sources and headers that the text of ``caller`` needs, and those that these need in turn."""
    found = {name: kernels.file(name) for name in ("osc_kernels.h", "osc_math.h", "osc_names.h")}
    pending = [caller, found["osc_math.h"]]
    while pending:
        for name in sorted(set(KERNEL_NAME.findall(pending.pop()))):
            for file in (f"{name}.c", f"{name}.h"):
                text = kernels.file(file)
                if text and file not in found:
                    found[file] = text
                    pending.append(DECLARATION.sub("", text) if file.endswith(".h") else text)
    return found
