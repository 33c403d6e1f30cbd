#!/usr/bin/env bash
# Uses a few minutes of a GPU: checks that it computes right, measures how fast, then goes on with the language model and the
# methods of Table 3 where the slice before stopped.  workflow/gpu_slice.sh --help says how.
set -euo pipefail

# Defaults.  The option of the same name overrides each.
time_limit=600
device=0
corpus=imdb
scale=paper
recipe=paper
seeds=1
methods=baseline,advt,iadvt,vat,ivat,random,random-semi,iadvt-rand,iadvt-best,ivat-rand,ivat-best
source=
wheels=${WHEELS:-}
queue_only=
settings=()

unset CDPATH  # with which cd may print where it goes
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
out=$root/out
# Seconds kept back from a job's time limit: Python starts, the last update or evaluation ends, the snapshot is written.
RESERVE=20
BENCHMARKS_SHARE=3  # at most this part of the time limit: a third
SHORTEST=15  # seconds that must be left for another job to be begun

usage() {
    cat <<'USAGE'
usage: workflow/gpu_slice.sh [OPTIONS]

In this order: self-test (python -m interpretable_adv doctor), GPU tests, benchmarks beside PyTorch on the same GPU (both again
only after a change; the benchmarks for a third of the time at most, records in benchmarks/ of the folder of everything made),
language model of the corpus, one run after another of the methods of Table 3.  What is left when time is over goes on in the
next slice, with the same command, on this machine or another one that has the folder of everything made.

options
  --time-limit S   seconds for all of it (default 600)
  --device N       number of a GPU (default 0), or -1 for the CPU
  --corpus NAME    (default imdb); must be prepared (python -m data_prep NAME), or give
  --source PATH    its archive or folder, from which it is prepared first
  --scale S        quick, reduced or paper (default)
  --recipe R       paper (default) or authors
  --seeds N        runs of each method (default 1)
  --methods M,...  those to run, in this order (default: the eleven of Table 3)
  --out DIR        folder of everything made (default: out/ beside reproduce.sh)
  --wheels DIR     do not use .venv, but python3 (PYTHON names another) and the wheels in this folder, installed without an
                   index and without their dependencies; for machines with NumPy and CuPy but no Chainer.  Also: WHEELS=DIR
  --queue-only     no self-test, no GPU tests, no benchmarks
  --set KEY=VALUE  for every command that has this setting (lm.* the language model, others training); repeated

Without --wheels, PYTHON=/path/to/python names an environment to use as it is; otherwise .venv is used, and made if need be.

exit status: 0 everything is done, 3 time was over, the same command goes on, 1 something failed, 2 wrong usage
USAGE
}

die() {  # STATUS MESSAGE
    echo "gpu_slice.sh: error: $2" >&2
    exit "$1"
}

read_options() {
    while (( $# )); do
        case $1 in
            -h|--help) usage; exit 0 ;;
            --queue-only) queue_only=1 ;;
            --time-limit|--device|--corpus|--source|--scale|--recipe|--seeds|--methods|--out|--wheels|--set)
                [[ -n ${2:-} ]] || die 2 "$1 needs a value; --help shows all options"
                local name=${1#--}
                [[ $name == set ]] && settings+=("$2") || printf -v "${name//-/_}" '%s' "$2"
                shift ;;
            *) die 2 "unknown option $1; --help shows all options" ;;
        esac
        shift
    done
    [[ $time_limit =~ ^[1-9][0-9]*$ ]] || die 2 "--time-limit $time_limit: write a whole number of seconds"
    [[ $device =~ ^(-1|[0-9]+)$ ]] || die 2 "--device $device: write the number of a GPU, or -1 for the CPU"
    [[ $seeds =~ ^[1-9][0-9]*$ ]] || die 2 "--seeds $seeds: write a whole number, 1 or more"
    [[ -z $wheels || -d $wheels ]] || die 1 "--wheels $wheels: there is no such folder"
    [[ -z $source || -e $source ]] || die 1 "--source $source: there is no file or folder"
}

left() {
    echo $((time_limit - SECONDS))
}

say() {
    echo "== $* ($(left) s left)"
}

over() {
    say "time is over: $1; the same command goes on"
    exit 3
}

# ---- environment -----------------------------------------------------------------------------------------------------

find_python() {  # set python, and PYTHONPATH
    export PYTHONPATH=$root PYTHONUNBUFFERED=1
    if [[ -n $wheels ]]; then
        python=${PYTHON:-python3}
        local packages=$state/packages
        if ! [[ $(ls -l "$wheels" | cat - <("$python" --version)) == "$(cat "$packages/made-from" 2>/dev/null)" ]]; then
            rm -rf "$packages"
            "$python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps --target "$packages" \
                "$wheels"/*.whl || die 1 "the wheels in $wheels cannot be installed by $python"
            ls -l "$wheels" | cat - <("$python" --version) >"$packages/made-from"
        fi
        PYTHONPATH=$root:$packages
    elif [[ -n ${PYTHON:-} ]]; then
        python=$PYTHON
    else
        "$root/reproduce.sh" setup --device "$device"
        python=$root/.venv/bin/python
    fi
    "$python" -c "" || die 1 "$python cannot be run"
}

# ---- checks ----------------------------------------------------------------------------------------------------------

state_of() {  # FOLDER...: print a checksum of their code, of the installed packages and of the GPUs
    { local folder
      for folder in "$@"; do cat "$root/$folder"/{*,*/*}.{py,cu} 2>/dev/null || true; done
      "$python" -m pip freeze 2>/dev/null || true
      nvidia-smi -L 2>/dev/null || true; } | cksum
}

check() {
    say "self-test"
    timeout --foreground "$(left)" "$python" -m interpretable_adv doctor --device "$device" \
        || die 1 "the self-test found something wrong; nothing was trained"
    local what now
    now=$(state_of iadv_foundation pretrain_lm interpretable_adv tests/gpu)
    [[ $now != "$(cat "$state/tested" 2>/dev/null)" ]] || return 0
    if ! "$python" -c "import pytest, hypothesis" 2>/dev/null; then
        say "no GPU tests: pytest or hypothesis is not installed (./reproduce.sh test --co adds both to .venv)"
        return
    fi
    what=gpu
    [[ $device != -1 ]] || what="not gpu"
    say "tests: $what"
    timeout --foreground "$(( $(left) / 2 + 1 ))" "$python" -m pytest -q -rs -p no:cacheprovider -m "$what" tests/gpu \
        || die 1 "the GPU tests failed or took more than half of the time; nothing was trained"
    echo "$now" >"$state/tested"
}

measure() {  # the longest benchmark last, because what is left when their time is over is left out
    [[ $device != -1 ]] || return 0
    local now seconds status=0
    now=$(state_of iadv_foundation pretrain_lm interpretable_adv benchmarks)
    [[ $now != "$(cat "$state/measured" 2>/dev/null)" ]] || return 0
    if ! "$python" -c "import torch, tabulate, threadpoolctl; torch.zeros(1, device='cuda:$device')" 2>/dev/null; then
        say "no benchmarks: PyTorch for this GPU or one of tabulate and threadpoolctl is not installed"
        return
    fi
    seconds=$(( $(left) / 2 < time_limit / BENCHMARKS_SHARE ? $(left) / 2 : time_limit / BENCHMARKS_SHARE ))
    (( seconds >= SHORTEST )) || return 0
    say "benchmarks, for $seconds s at most"
    timeout --foreground --kill-after=5 "$seconds" "$python" -m benchmarks lstm lm step --device "$device" \
        --json "$out/benchmarks/gpu-${now%% *}.json" || status=$?
    case $status in
        0) ;;
        124|137) say "the benchmarks' time is over: what was measured is in $out/benchmarks" ;;
        130|143) exit "$status" ;;
        *) total=$((total + 1)); failures+=("benchmarks"); return ;;
    esac
    echo "$now" >"$state/measured"
}

# ---- queue -----------------------------------------------------------------------------------------------------------

prepare() {
    [[ ! -f $out/corpora/$corpus/corpus.json ]] || return 0
    [[ -n $source ]] || die 1 "$out/corpora/$corpus is missing: run python -m data_prep $corpus first, or give --source PATH"
    say "preparing $corpus"
    timeout --foreground "$(left)" "$python" -m data_prep "$corpus" --source "$source" --out "$out" \
        || failed $? "preparing $corpus"
}

settings_for() {  # PATTERN: print --set and value, one a line, for the settings whose keys match
    local setting
    for setting in ${settings[@]+"${settings[@]}"}; do
        # shellcheck disable=SC2053  # a pattern
        [[ $setting != $1 ]] || printf '%s\n' --set "$setting"
    done
}

failed() {  # STATUS WHAT
    case $1 in
        3|124|137) over "$2" ;;
        130|143) exit "$1" ;;
        *) failures+=("$2") ;;
    esac
}

job() {  # FOLDER WHAT COMMAND...: unless its result is there already
    local folder=$1 what=$2
    shift 2
    total=$((total + 1))
    if ! [[ -f $folder/metrics.json && -f $folder/best.npz ]]; then
        (( $(left) >= SHORTEST )) || over "$what is next"
        say "$what"
        timeout --foreground --kill-after=5 "$(left)" "$python" "$@" \
            --recipe "$recipe" --scale "$scale" --device "$device" --out "$out" \
            --time-limit "$(( $(left) > 2 * RESERVE ? $(left) - RESERVE : $(left) / 2 ))" \
            || { failed $? "$what"; return 1; }
    fi
    finished=$((finished + 1))
}

queue() {
    local lm_settings run_settings method seed
    mapfile -t lm_settings < <(settings_for 'lm.*')
    mapfile -t run_settings < <(settings_for '[!l]*')
    prepare
    job "$out/lm/$corpus/$recipe/$scale/seed-0" "language model of $corpus" -m pretrain_lm "$corpus" "${lm_settings[@]}" \
        || die 1 "without its language model nothing of $corpus can be trained"
    for (( seed = 0; seed < seeds; ++seed )); do
        for method in ${methods//,/ }; do
            job "$out/runs/$corpus/$recipe/$scale/$method/seed-$seed" "$corpus $method seed $seed" \
                -m interpretable_adv train "$corpus" --method "$method" --seed "$seed" "${run_settings[@]}" || true
        done
    done
}

read_options "$@"
mkdir -p "$out"
out=$(cd "$out" && pwd -P)
[[ -z $source ]] || source=$(realpath "$source")
[[ -z $wheels ]] || wheels=$(cd "$wheels" && pwd -P)
state=$out/gpu-slice
mkdir -p "$state"
if command -v flock >/dev/null; then
    exec 9>"$state/lock"
    flock -n 9 || die 1 "another slice is at work in $out"
fi
cd "$root"
total=0 finished=0 failures=()
find_python
[[ -n $queue_only ]] || { check; measure; }
queue
if (( ${#failures[@]} )); then
    printf 'failed: %s\n' "${failures[@]}" >&2
    die 1 "${#failures[@]} of $total jobs failed, $finished are done"
fi
say "all $total jobs are done: python -m results table 3 --recipe $recipe --scale $scale --out $out"
