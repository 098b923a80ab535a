"""Fourier transforms of rows. A complex value has one more axis: the real part, then the imaginary one."""

from ossicle.importers.tflite.translation import Site, translates


@translates("RFFT2D")
def _rfft(site: Site) -> None:
    rows, length = site.numbers(1)
    x, (output,) = site.at(0), site.outputs
    if rows != 1 or x.shape[-2] != 1:
        raise site.obstacle(f"it transforms {rows} rows at once", "transform each row on its own")
    pairs = site.reshaped(x.name, (*x.shape, 1))
    axis = len(x.shape) - 1
    site.emit("DFT", [pairs], [output], dft_length=length, inverse=0, axis=axis, onesided=1)


@translates("COMPLEX_ABS")
def _magnitudes(site: Site) -> None:
    (output,) = site.outputs
    site.emit("ReduceL2", [site.input(0)], [output], axes=(len(site.at(0).shape) - 1,), keepdims=0)


@translates("REAL", "IMAG")
def _part(site: Site) -> None:
    (output,), first = site.outputs, int(site.record.kind == "IMAG")
    shape = site.at(0).shape
    part = site.between(output, (*shape[:-1], 1))
    cut = {"axes": (len(shape) - 1,), "starts": (first,), "ends": (first + 1,), "steps": (1,)}
    site.emit("Slice", [site.input(0)], [part], **cut)
    site.reshape_to(part, output)
