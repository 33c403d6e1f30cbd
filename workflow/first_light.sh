#!/usr/bin/env bash
# Takes the first look at a GPU, in one or more stretches of a few minutes on a machine that may have no package index.
# Every step is bounded in time, what fails does not stop what follows, and results are written as they come.
# workflow/first_light.sh --help says how.
set -uo pipefail

device=0
corpus=imdb
scale=paper
source=
wheels=
time_limit=420
methods=baseline,advt,iadvt
epochs=1
lm_seconds=180
size="LSTM 1024"      # of the benchmarks lstm and lm
step_size="mean 240, LSTM 1024"
profile=(--method advt)
settings=()
again=
make_wheels=
for_python=3.12

unset CDPATH
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
out=$root/out
results=${OUT:-}
# Packages that a machine with PyTorch, CuPy, SciPy, pandas and pytest may lack; gensim is not needed for reviews.
PACKAGES=(pydantic pydantic_core annotated-types typing-inspection pooch platformdirs shtab)
SHORTEST=12  # seconds with which a step is begun
ENDING=8     # seconds kept back for the last results

usage() {
    cat <<'USAGE'
usage: workflow/first_light.sh [OPTIONS]
       workflow/first_light.sh --make-wheels DIR [--for-python 3.12]

In this order, each bounded in time: what the machine is, self-test, GPU tests, benchmarks lstm, step and lm beside PyTorch at
the paper's size, the corpus's language model for three minutes, the methods for one epoch each, scored on test, and a
profile of one step of AdvT-Text.  The corpus is prepared meanwhile, on the processor.  The same command again, on the
same machine or one that has the folder of everything made, does what is left.

options
  --device N       number of a GPU (default 0), or -1 for the CPU
  --source PATH    archive or folder of the corpus; not needed where it is prepared already
  --wheels DIR     packages that python3 (PYTHON names another) lacks, installed without an index; else .venv or PYTHON is used
  --time-limit S   seconds for all of it (default 420)
  --out DIR        folder of everything made (default: out/ beside reproduce.sh)
  --results DIR    folder for at most 8 files of results, each written anew as they come (default: $OUT, or first-light/results
                   in the folder of everything made)
  --corpus NAME    (default imdb)            --scale S      (default paper)
  --methods M,...  (default baseline,advt,iadvt)             --epochs N     of each method (default 1)
  --lm-seconds S   for the language model (default 180); the methods start from it if it is finished by then, otherwise from
                   random vectors
  --set KEY=VALUE  for the language model (lm.*) or the methods; repeated
  --small          benchmarks and profile of small networks, to rehearse
  --again NAME     do this step once more, e.g. tests (names: summary.txt)
  --make-wheels DIR  on a machine with an index: gather Chainer, built, and the other packages for --wheels; 4 MB

exit status: 0 everything was done and went well, 3 something is left for the next stretch, 1 something failed, 2 wrong usage
USAGE
}

die() {  # STATUS MESSAGE
    echo "first_light.sh: error: $2" >&2
    exit "$1"
}

read_options() {
    while (( $# )); do
        case $1 in
            -h|--help) usage; exit 0 ;;
            --small) size="mean 20, LSTM 256" step_size="advt, mean 20, LSTM 256" profile=(--mean 8 --hidden 16) ;;
            --device|--corpus|--scale|--source|--wheels|--time-limit|--out|--results|--methods|--epochs|--lm-seconds|--set|\
            --again|--make-wheels|--for-python)
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
    [[ $epochs =~ ^[1-9][0-9]*$ ]] || die 2 "--epochs $epochs: write a whole number, 1 or more"
    [[ $lm_seconds =~ ^[1-9][0-9]*$ ]] || die 2 "--lm-seconds $lm_seconds: write a whole number of seconds"
    [[ -z $wheels || -d $wheels || -d $out/first-light/packages ]] || die 1 "--wheels $wheels: there is no such folder"
    [[ -z $source || -e $source ]] || die 1 "--source $source: there is no file or folder"
}

gather_wheels() {  # on a machine with an index
    local python=${PYTHON:-python3} build
    build=$(mktemp -d)
    mkdir -p "$make_wheels"
    # Chainer's source build imports pkg_resources, which setuptools 81 has for the last time.
    "$python" -m venv "$build" && "$build/bin/python" -m pip install --quiet "setuptools<81" wheel \
        && "$build/bin/python" -m pip wheel --quiet --no-deps --no-build-isolation -w "$make_wheels" chainer==7.8.1 \
        && "$build/bin/python" -m pip download --quiet --no-deps --only-binary=:all: --python-version "$for_python" \
            --implementation cp --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 \
            --platform manylinux2014_x86_64 -d "$make_wheels" "${PACKAGES[@]}" || die 1 "the wheels could not be gathered"
    rm -rf "$build"
    du -sh "$make_wheels"
}

left() {
    echo $((time_limit - SECONDS))
}

note() {  # a line of the summary, also on the screen
    printf '%5d s  %s\n' "$SECONDS" "$*" | tee -a "$state/summary.txt"
    cp "$state/summary.txt" "$results/summary.txt"
}

keep() {  # FILE...: copy logs to the results, and pack all small files of the runs
    local file
    for file in "$@"; do tail -c 8000000 "$state/$file" >"$results/$file" 2>/dev/null; done
    (cd "$out" && find lm runs benchmarks -type f -size -8M ! -name '*.npz' -o -name 'predictions.npz' 2>/dev/null \
        | tar -czf "$state/made.tar.gz" -T - 2>/dev/null)
    if [[ $(stat -c %s "$state/made.tar.gz" 2>/dev/null || echo 0) -lt 16000000 ]]; then
        mv "$state/made.tar.gz" "$results/made.tar.gz"
    fi
}

# step NAME SECONDS LOG COMMAND...: once, in at most so many seconds.  A job that its own time limit ends (status 3) goes on
# in the next stretch, all others are done when they have had their time.  SECONDS_LEFT in a command is that limit: the rest is for
# the last update or evaluation and the snapshot.
step() {
    local name=$1 seconds=$2 log=$3 status=0 began=$SECONDS most=$(( $(left) - ENDING ))
    shift 3
    [[ ! -e $state/done/$name || $name == "$again" ]] || return 0
    (( seconds < most )) || seconds=$most
    if (( seconds < SHORTEST )); then
        remaining+=("$name")
        return 0
    fi
    printf '\n== %s: %s\n' "$name" "$*" >>"$state/$log"
    # An interrupted pytest still shows what failed.
    local limit=$(( seconds - (seconds < 60 ? seconds / 3 : 20) ))
    timeout --foreground --signal=INT --kill-after=5 "$seconds" "${@//SECONDS_LEFT/$limit}" >>"$state/$log" 2>&1 || status=$?
    case $status in
        0) touch "$state/done/$name"; note "$name: done in $((SECONDS - began)) s" ;;
        3) remaining+=("$name"); note "$name: stopped after $((SECONDS - began)) s, goes on: $(tail -n 1 "$state/$log")" ;;
        124|137) touch "$state/done/$name"; overrun+=("$name"); note "$name: had its $seconds s; what there is: $log" ;;
        130|143) exit "$status" ;;
        *) touch "$state/done/$name"; failed+=("$name"); note "$name: FAILED ($status), see $log: $(tail -n 1 "$state/$log")" ;;
    esac
    keep "$log"
}

find_python() {
    export PYTHONPATH=$root PYTHONUNBUFFERED=1
    python=${PYTHON:-python3}
    if [[ -n $wheels ]]; then
        local packages=$state/packages
        if [[ ! -e $packages/complete ]]; then
            rm -rf "$packages"
            "$python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-compile --no-cache-dir \
                --target "$packages" "$wheels"/*.whl && touch "$packages/complete" \
                || die 1 "the wheels in $wheels cannot be installed by $python"
        fi
        PYTHONPATH=$root:$packages
    elif [[ -z ${PYTHON:-} && -x $root/.venv/bin/python ]]; then
        python=$root/.venv/bin/python
    fi
    "$python" -c "import chainer" 2>/dev/null || "$python" -c "import iadv_foundation, chainer" \
        || die 1 "$python has no Chainer: give --wheels DIR, or PYTHON=/path/to/python"
}

about() {
    "$python" --version
    nvidia-smi || true
    "$python" -m pip list --disable-pip-version-check | grep -iE "^(numpy|scipy|cupy|torch|chainer|pydantic|nvidia|cuda)" || true
    nproc
    git -C "$root" rev-parse HEAD || true
}

prepare() {  # in the background; the others meanwhile
    [[ -n $source && ! -f $out/corpora/$corpus/corpus.json ]] || return 0
    nice "$python" -m data_prep "$corpus" --source "$source" --out "$out" >"$state/prepare.txt" 2>&1 9>&- &
    preparing=$!
}

wait_for_corpus() {
    [[ -n ${preparing:-} ]] || return 0
    while kill -0 "$preparing" 2>/dev/null && (( $(left) > ENDING )); do sleep 1; done
    if kill -0 "$preparing" 2>/dev/null; then
        kill "$preparing"
        note "prepare: not ready in time"
    elif wait "$preparing"; then
        note "prepare: done"
    else
        failed+=(prepare)
        note "prepare: FAILED, $(tail -n 1 "$state/prepare.txt")"
    fi
    preparing=
}

settings_for() {  # PATTERN: set "given" to --set and value of the settings whose keys match
    local setting
    given=()
    for setting in ${settings[@]+"${settings[@]}"}; do
        # shellcheck disable=SC2053  # a pattern
        [[ $setting != $1 ]] || given+=(--set "$setting")
    done
}

train() {
    local method given common=(--recipe paper --scale "$scale" --device "$device" --out "$out" --time-limit SECONDS_LEFT)
    wait_for_corpus
    if [[ ! -f $out/corpora/$corpus/corpus.json ]]; then
        note "no corpus: nothing was trained; give --source PATH"
        remaining+=(corpus)
        return
    fi
    settings_for 'lm.*'
    local used began=$SECONDS
    used=$(cat "$state/language-model-seconds" 2>/dev/null || echo 0)
    step language-model $(( lm_seconds - used )) training.txt "$python" -m pretrain_lm "$corpus" "${common[@]}" "${given[@]}"
    used=$(( used + SECONDS - began ))
    echo "$used" >"$state/language-model-seconds"
    # Its share and no more: what follows starts from it if it is finished, and from random vectors if not.
    local start=() folder=$out/lm/$corpus/paper/$scale/seed-0
    if [[ ! -f $folder/best.npz || ! -f $folder/metrics.json ]]; then
        start=(--set training.initialise=random)
        if [[ ! -e $state/done/language-model ]]; then
            if (( lm_seconds - used < SHORTEST )); then
                touch "$state/done/language-model"
                unset 'remaining[-1]'
            else
                remaining+=(${methods//,/ })
                return
            fi
        fi
    fi
    settings_for '[!l]*'
    for method in ${methods//,/ }; do
        step "$method" $(( $(left) - PROFILE )) training.txt "$python" -m interpretable_adv train "$corpus" --method "$method" \
            "${common[@]}" --set "training.max_epochs=$epochs" ${start[@]+"${start[@]}"} "${given[@]}"
    done
}

main() {  # all of it is read before it begins, so that an edit does not change a run
    read_options "$@"
    [[ -z $make_wheels ]] || { gather_wheels; exit; }
    mkdir -p "$out" || die 1 "--out $out cannot be made"
    out=$(cd "$out" && pwd -P)
    state=$out/first-light
    results=${results:-$state/results}
    mkdir -p "$state/done" "$results" "$out/benchmarks"
    results=$(cd "$results" && pwd -P)
    [[ -z $source ]] || source=$(realpath "$source")
    [[ -z $wheels || ! -d $wheels ]] || wheels=$(cd "$wheels" && pwd -P)
    cd "$root" || exit 1
    remaining=() failed=() overrun=() preparing=
    which=gpu
    [[ $device != -1 ]] || which="not gpu"
    PROFILE=35  # seconds that the methods leave to the profile
    trap 'kill ${preparing:-} 2>/dev/null' EXIT

    find_python
    note "a stretch of $time_limit s begins, device $device, $("$python" --version)"
    prepare
    export -f about
    export python root
    step machine 30 doctor.txt bash -c about
    step doctor 60 doctor.txt "$python" -m interpretable_adv doctor --device "$device"
    step tests 150 tests.txt "$python" -m pytest -p no:cacheprovider -q -rs --tb=long --durations=15 -m "$which" \
        --deselect tests/gpu/test_on_the_stand_in.py --basetemp "$state/tests" tests/gpu
    step benchmark-lstm 45 benchmarks.txt "$python" -m benchmarks lstm --size "$size" --device "$device" \
        --json "$out/benchmarks/lstm.json"
    step benchmark-step 90 benchmarks.txt "$python" -m benchmarks step --size "$step_size" --device "$device" \
        --json "$out/benchmarks/step.json"
    step benchmark-lm 45 benchmarks.txt "$python" -m benchmarks lm --size "${size##*, }" --device "$device" \
        --json "$out/benchmarks/lm.json"
    train
    step profile "$PROFILE" profile.txt "$python" -m benchmarks.profile_step "${profile[@]}" --device "$device"
    keep doctor.txt
    note "left for the next stretch: ${remaining[*]:-nothing}; failed: ${failed[*]:-nothing};" \
        "ran out of their time: ${overrun[*]:-nothing}"
    (( ! ${#failed[@]} )) || exit 1
    (( ! ${#remaining[@]} )) || exit 3
}

main "$@"; exit
