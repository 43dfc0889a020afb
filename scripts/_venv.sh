# shellcheck shell=bash
# What the scripts of this folder share: finding an interpreter and making a virtual environment.
# Written for bash 3.2, the one that macOS brings.

checkout=$(CDPATH="" cd -- "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Print the version X.Y of the interpreter $1, or fail where it does not run.
version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

# End the script, saying why.
die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Set $python, absolute, and $version to the interpreter that the user chose with PYTHON=, or python3.
choose_python() {
    python=${PYTHON:-python3}
    version=$(version_of "$python") || die "'$python' does not run. Name a Python >= 3.10: PYTHON=/path/to/python $0"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        die "'$python' is Python $version; exparse needs 3.10 or newer. Name another: PYTHON=/path/to/python $0"
    python=$("$python" -c 'import sys; print(sys.executable)')
}

# make_venv FOLDER INTERPRETER EXTRAS: a virtual environment with the project, editable, and its extras.
# It is made again only when what it was made from has changed.
make_venv() {
    local venv=$1 interpreter=$2 extras=$3 stamp
    stamp=$(
        printf '%s\n' "$checkout" "$extras"
        "$interpreter" -c 'import sys; print(sys.version, sys.base_prefix)'
        cat "$checkout/setup.cfg" "$checkout/pyproject.toml"
    )
    if [ -x "$venv/bin/python" ] && [ "$(cat "$venv/made-from" 2>/dev/null)" = "$stamp" ]; then
        return 0
    fi
    printf 'making %s\n' "$venv"
    "$interpreter" -m venv --clear "$venv" || {
        printf 'no virtual environment with %s; on Debian: apt-get install python3-venv\n' "$interpreter" >&2
        return 1
    }
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check -e "$checkout[$extras]" || return 1
    printf '%s\n' "$stamp" >"$venv/made-from"
}
