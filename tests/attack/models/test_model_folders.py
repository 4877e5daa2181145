"""Model folders that would run code, or are not what they say: refused before anything is loaded, with file and remedy."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import pytest

from tunewright.core.errors import DataError, NotFoundError, TunewrightError
from tunewright.engines.language.model_folder import (
    base_name,
    check_adapter_folder,
    check_model_folder,
    resolve_base,
    served_digests,
)


@pytest.fixture
def folder(tiny_base: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_base, tmp_path / "base"))


def refusal(folder: Path, file: str) -> TunewrightError:
    with pytest.raises(DataError) as caught:
        check_model_folder(folder)
    assert file in caught.value.what
    assert caught.value.hint
    return caught.value


def test_a_clean_folder_passes(folder: Path) -> None:
    check_model_folder(folder)
    assert resolve_base(str(folder)) == folder.resolve()


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, ("touch /tmp/tunewright-was-here",)


@pytest.mark.parametrize(
    "name", ["pytorch_model.bin", "optimizer.pt", "x.pkl", "weights.pth", "a/b.ckpt", "e.npy"]
)
def test_a_pickle_is_refused_and_not_opened(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(pickle.dumps(_Bomb()))
    error = refusal(folder, name)
    assert "safetensors" in error.hint
    assert not Path("/tmp/tunewright-was-here").exists()


@pytest.mark.parametrize("name", ["modeling_evil.py", "deep/er/evil.py", "evil.so", "run.sh"])
def test_code_is_refused(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("import os")
    refusal(folder, name)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "generation_config.json"])
def test_auto_map_is_refused_wherever_it_hides(folder: Path, name: str) -> None:
    tree = json.loads((folder / name).read_text())
    tree["nested"] = [{"auto_map": {"AutoModelForCausalLM": "owner/repo--evil.Model"}}]
    (folder / name).write_text(json.dumps(tree))
    assert "auto_map" in refusal(folder, name).what


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text("{}")
    (folder / "added_tokens.json").symlink_to(outside)
    refusal(folder, "added_tokens.json")


def test_a_linked_folder_is_refused_too(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / "more").symlink_to(tmp_path / "elsewhere")
    refusal(folder, "more")


def test_a_link_inside_the_folder_is_fine(folder: Path) -> None:
    (folder / "copy.json").symlink_to("config.json")
    check_model_folder(folder)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04" + b"\0" * 100, pickle.dumps([1, 2, 3]), b"\xff" * 64])
def test_safetensors_that_are_none_are_refused(folder: Path, data: bytes) -> None:
    (folder / "model.safetensors").write_bytes(data)
    refusal(folder, "model.safetensors")


def test_truncated_safetensors_header_is_refused(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:40])
    refusal(folder, "model.safetensors")


def test_no_config_no_weights_no_json(folder: Path) -> None:
    (folder / "config.json").write_text("{not json")
    refusal(folder, "config.json")
    (folder / "config.json").write_text("[]")
    refusal(folder, "config.json")
    (folder / "config.json").write_text("{}")
    refusal(folder, "config.json")
    (folder / "config.json").unlink()
    refusal(folder, "config.json")


def test_no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(DataError, match=r"no \*.safetensors"):
        check_model_folder(folder)


def test_unknown_architecture_is_an_engine_error_not_a_traceback(folder: Path) -> None:
    from tunewright.core.errors import EngineError
    from tunewright.engines.language.transformers_model import load_model

    tree = json.loads((folder / "config.json").read_text())
    tree["model_type"] = "no-such-architecture"
    (folder / "config.json").write_text(json.dumps(tree))
    check_model_folder(folder)
    with pytest.raises(EngineError, match="does not load"):
        load_model(folder, threads=1)


@pytest.mark.parametrize(
    ("key", "value"), [("auto_mapping", {"parent_library": "os"}), ("megatron_config", {"a": 1})]
)
def test_an_adapter_that_imports_code_is_refused(tmp_path: Path, key: str, value: object) -> None:
    (tmp_path / "adapter_model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    (tmp_path / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA"}))
    check_adapter_folder(tmp_path)
    (tmp_path / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", key: value}))
    with pytest.raises(DataError, match=key):
        check_adapter_folder(tmp_path)


def test_an_adapter_in_a_pickle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA"}))
    (tmp_path / "adapter_model.bin").write_bytes(pickle.dumps(_Bomb()))
    with pytest.raises(DataError, match="pickle"):
        check_adapter_folder(tmp_path)


def test_unknown_base_says_what_it_can_be(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="neither"):
        resolve_base(str(tmp_path / "nothing"))
    with pytest.raises(NotFoundError):
        resolve_base("./owner/model")


def test_a_hub_id_without_network_is_an_engine_error() -> None:
    pytest.importorskip("huggingface_hub")
    from tunewright.core.errors import EngineError

    with pytest.raises(EngineError) as caught:
        resolve_base("no-such-owner-xyz/no-such-model")
    assert caught.value.retryable


def test_name_of_a_base_does_not_depend_on_its_path(folder: Path) -> None:
    assert base_name("builtin") == "tunewright/builtin"
    assert base_name("owner/model@abc") == "owner/model@abc"
    assert base_name(str(folder)) == folder.name


def test_served_digests_follow_each_part(folder: Path, tmp_path: Path) -> None:
    before = served_digests(folder, None)
    assert before["weights"] == ""
    assert before == served_digests(Path(shutil.copytree(folder, tmp_path / "copy")), None)
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text() + " ")
    changed = served_digests(folder, None)
    assert changed["chat_template"] != before["chat_template"]
    assert {key: changed[key] for key in ("base", "tokenizer")} == {
        key: before[key] for key in ("base", "tokenizer")
    }
    tokenizer = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**tokenizer, "model_max_length": 64}))
    assert served_digests(folder, None)["tokenizer"] != before["tokenizer"]
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "rms_norm_eps": 0.5}))
    assert served_digests(folder, None)["base"] != before["base"]
