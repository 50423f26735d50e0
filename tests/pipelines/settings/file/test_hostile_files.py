"""Settings files that no person writes: a sentence, exit code 2, and no long wait."""

import os
import time
from pathlib import Path

import pytest

from pipelines.settings import SettingsError, load_settings
from tests.pipelines.settings.test_settings import ENVIRON, GOOD
from tests.support.commands import call_okr

_BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40)
)
_MERGES = "m0: &m0 {k: v}\n" + "".join(
    f"m{n}: &m{n}\n  <<: [{', '.join([f'*m{n - 1}'] * 9)}]\n" for n in range(1, 30)
)
FILES: dict[str, tuple[bytes, str]] = {
    "not UTF-8": ("organization: {name: Käse}".encode("latin-1"), "is not UTF-8"),
    "UTF-16": (GOOD.encode("utf-16"), "is not UTF-8"),
    "a NUL": (b"organization: {name: \0}\n", "not valid YAML"),
    "nothing but NULs": (bytes(5_000), "not valid YAML"),
    "an escaped NUL": (GOOD.replace("Acme", '"A\\0cme"').encode(), "not printable (U+0000)"),
    "an escape sequence": (GOOD.replace("Acme", '"A\\e[31m"').encode(), "not printable (U+001B)"),
    "half a pair": (GOOD.replace("Acme", '"A\\uD800"').encode(), "not printable (U+D800)"),
    "no such character": (b'a: "\\UFFFFFFFF"\n', "not valid YAML"),
    "aliases of aliases": (_BOMB.encode(), "once its aliases are written out"),
    "merges of merges": (_MERGES.encode(), "once its aliases are written out"),
    "an alias within itself": (b"a: &a [*a]\n", ":1: an alias stands within"),
    "a merge of itself": (b"a: &a\n  <<: *a\n", ":1: an alias stands within"),
    "lists without end": (b"[" * 100_000, "nested too deeply"),
    "mappings without end": (b"{a: " * 50_000, "nested too deeply"),
    "dashes without end": (b"- " * 50_000, "nested too deeply"),
    "three megabytes": (b"# " + b"x" * 3_000_000, "is larger than 2,048 kB"),
    "a list": (b"- a\n- b\n", "expected keys such as"),
    "a key that is a list": (b"? [a]\n: b\n", "not valid YAML"),
    "a key that is null": (GOOD.encode() + b"\n~: x\n", "nothing is written here"),
    "Python objects": (b"a: !!python/object/apply:os.system [id]\n", "not valid YAML"),
    "a binary": (b"\x7fELF\x02\x01\x01" + bytes(range(128, 256)), "is not UTF-8"),
}


@pytest.mark.parametrize(("content", "said"), FILES.values(), ids=FILES)
def test_a_hostile_settings_file_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "okr.yaml"
    path.write_bytes(content)
    began = time.process_time()
    with pytest.raises(SettingsError) as caught:
        load_settings(path, ENVIRON, with_secrets=False)
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert time.process_time() - began < 5


SECRETS: dict[str, tuple[str, str]] = {
    "a folder": ("secrets", "file: it is no file"),
    "a device": ("/dev/zero", "file: it is no file"),
    "a pipe": ("pipe", "file: it is no file"),
    "nothing": ("none", "file: No such file"),
    "a binary": ("binary", "is not UTF-8"),
    "a large file": ("large", "is larger than 64 kB"),
}


@pytest.mark.parametrize(("name", "said"), SECRETS.values(), ids=SECRETS)
def test_a_secret_file_that_is_none_is_named_and_not_waited_for(
    tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "secrets").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "large").write_bytes(b"x" * 100_000)
    path = tmp_path / "okr.yaml"
    assert "file: secrets/notion" in GOOD
    path.write_text(GOOD.replace("file: secrets/notion", f"file: {name}"), "utf-8")
    with pytest.raises(
        SettingsError, match=r"sources\.notion\.token: cannot read the secret file"
    ) as caught:
        load_settings(path, ENVIRON)
    assert said in str(caught.value)


def test_an_address_with_a_password_is_refused_and_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "okr.yaml"
    text = GOOD.replace("secrets/notion", "token")
    assert "url: https://" in text
    path.write_text(text.replace("url: https://", "url: https://mia:hunter2hunter2@"), "utf-8")
    (tmp_path / "token").write_text("n0tion-secret", "utf-8")
    with pytest.raises(SettingsError, match="must not be part of the address") as caught:
        load_settings(path, ENVIRON)
    assert "hunter2" not in str(caught.value)


def test_the_command_prints_the_sentence_and_exits_with_2(tmp_path: Path) -> None:
    path = tmp_path / "okr.yaml"
    path.write_bytes(_BOMB.encode())
    answer = call_okr(tmp_path, {}, "show", "-c", str(path))
    assert answer.returncode == 2
    assert "aliases" in answer.stderr
