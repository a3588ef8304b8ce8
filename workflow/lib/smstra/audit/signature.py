"""A signature under a manifest, checked by the user's own minisign or GnuPG."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from smstra.errors import SmstraError

_FINGERPRINT = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")


def fault(signed: Path, signature: Path, public_key: str) -> str:
    """Return what is wrong with a signature, ``""`` for a good one.

    Parameters
    ----------
    signed
        The manifest.
    signature
        A file that ends in ``.minisig`` is minisign's; any other is GnuPG's.
    public_key
        For minisign the key or its file; for GnuPG the whole fingerprint of the key, which must lie in the
        user's keyring: a good signature by any other key in it is none.

    Raises
    ------
    SmstraError
        A file or the program is missing, or the key is not given as it must be.
    """
    for path in (signed, signature):
        if not path.is_file():
            raise SmstraError(f"{path.as_posix()}: there is no such file; mend the path.")
    if signature.suffix == ".minisig":
        given = ["-p", public_key] if Path(public_key).is_file() else ["-P", public_key]
        done = _run("minisign", "-V", "-q", *given, "-m", str(signed), "-x", str(signature))
        return "" if done.returncode == 0 else _said(done, "minisign")
    wanted = public_key.replace(" ", "").upper()
    if not _FINGERPRINT.fullmatch(wanted):
        raise SmstraError(
            f"--public-key {public_key}: write the whole fingerprint of the key, 40 digits, as `gpg "
            "--fingerprint` shows it; a shorter one can be made to fit another key."
        )
    done = _run("gpg", "--batch", "--status-fd", "1", "--verify", str(signature), str(signed))
    told = [line.split()[1:] for line in done.stdout.decode(errors="replace").splitlines()]
    valid = [words[1:] for words in told if words[:1] == ["VALIDSIG"]]
    # GnuPG ends well for a key that is expired or revoked, but calls only the others good.
    if done.returncode != 0 or not valid or ["GOODSIG"] not in [words[:1] for words in told]:
        return _said(done, "gpg")
    # First the fingerprint of the key that signed, last that of the key to which it belongs.
    if any(wanted in (words[0], words[-1]) for words in valid):
        return ""
    return f"it is by the key {valid[0][0]}, not by {wanted}"


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run([program, *arguments], capture_output=True, check=False, timeout=120)
    except FileNotFoundError:
        raise SmstraError(
            f"`{program}` is not installed, so the signature cannot be checked; install it, or leave "
            "`--signature` out."
        ) from None
    except subprocess.TimeoutExpired:
        raise SmstraError(
            f"`{program}` did not answer within two minutes; run it by hand."
        ) from None


def _said(done: subprocess.CompletedProcess[bytes], program: str) -> str:
    words = " ".join(done.stderr.decode(errors="replace").split())
    return f"{program} says: {words or f'exit code {done.returncode}'}"
