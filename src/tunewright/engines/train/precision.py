"""What the numbers of a training run depend on beside the recipe: device, precision, threads, library versions."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

_BF16_FLAGS = ("amx_bf16", "avx512_bf16")
_LIBRARIES = ("torch", "transformers", "peft", "trl", "accelerate")


def cpu_has_bf16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this CPU multiplies bfloat16 in hardware; without it bfloat16 is slower than float32 and gains nothing."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "").split()
    return any(flag in flags for flag in _BF16_FLAGS)


def precision(wanted_bf16: bool, device: str) -> str:
    """``bf16`` (autocast over float32 master weights) where wanted and supported, else ``fp32``."""
    import torch

    if not wanted_bf16:
        return "fp32"
    supported = torch.cuda.is_bf16_supported() if device == "cuda" else cpu_has_bf16()
    return "bf16" if supported else "fp32"


def library_versions() -> dict[str, str]:
    """Versions of the libraries whose arithmetic the weights depend on."""
    return {name: version(name) for name in _LIBRARIES}
