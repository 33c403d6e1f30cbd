#!/usr/bin/env bash
# Reproduces the tables of "Interpretable Adversarial Perturbation in Input Embedding Space for Text" (IJCAI 2018).
# Sets up .venv when needed, then runs the job graph of workflow/Snakefile.  ./reproduce.sh --help says how.
set -euo pipefail
unset PYTHONPATH PYTHONHOME  # another Python's
unset CDPATH  # with which cd may print where it goes
# Of what the caller tells pip and uv, only where and how to download counts; not what to install and whether to check it.
for variable in ${!PIP_@} ${!UV_@}; do
    case ${variable#*_} in
        *INDEX*|FIND_LINKS|TRUSTED_HOST|INSECURE_HOST|CERT|CLIENT_CERT|NATIVE_TLS|SYSTEM_CERTS|PROXY|*TIMEOUT|*RETRIES) ;;
        CONFIG_FILE|NO_CONFIG|CACHE_DIR|NO_CACHE|NO_CACHE_DIR|KEYRING_PROVIDER|OFFLINE|LINK_MODE|CONCURRENT_*|CREDENTIALS_DIR) ;;
        *) unset "$variable" ;;
    esac
done
export PIP_USER=0  # into .venv, whatever the caller's pip.conf says

# Defaults.  The option of the same name overrides each: --scale paper, --seeds 5, ...
target=quick
scale=quick
seeds=1
corpus=         # of compare
recipe=paper
device=-1
methods=        # of compare; empty: those that are rows of all of the paper's tables
cores=          # empty: as many as this machine has
cluster=        # a profile; empty: jobs run on this machine
partition=
out=            # empty: out/ beside this script
dry_run=
subset=         # whether a source may have other numbers of documents than its corpus
sources=()
snakemake_options=()

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
venv=$root/.venv
targets="quick table1 table2 table3 table4 table5 table6 table7 figure4 report compare demo test setup help"

options=(--scale --source --subset --methods --seeds --recipe --device --cluster --partition --cores --out --dry-run
         --version --print-completion
         --help)

usage() {
    cat <<'USAGE'
usage: ./reproduce.sh [TARGET] [OPTIONS] [-- SNAKEMAKE OPTIONS]
       ./reproduce.sh demo [TEXT]
       ./reproduce.sh compare CORPUS [--methods M,M,...] [OPTIONS] [-- SNAKEMAKE OPTIONS]

Makes the paper's tables and figures: prepares the corpora, trains what is missing, and prints the result beside the
published numbers.  The first start sets up .venv, which takes about a minute.

targets
  quick             the default: Tables 1, 2, 3, 5, 6 and 7, Figures 1 and 4, and the page of all of it; the systems that
                    Table 3 quotes from other papers come with table3 and report
  table1 ... table6 one table and all that it needs
  table7            Table 7: adversarial texts made from perturbations; and how far perturbations point to words
  figure4           Figures 4 and 1: perturbations of iAdvT-Text and AdvT-Text, as they look in sentences and among word vectors
  report            one page to open in a browser, without a network: all tables, learning curves, perturbations to look at
  compare CORPUS    a table, curves and a page of methods on any corpus, side by side: one of the paper's, agnews, or
                    your own, called text-NAME or tags-NAME, with --source PATH
  demo [TEXT]       a sentence, yours or ours, explained by AdvT-Text and iAdvT-Text side by side, in a minute
  test [ARGS]       run the tests; ARGS go to pytest
  setup             only make .venv

options
  --scale SCALE     quick (default): small networks on sample corpora, minutes; reduced: the real corpora, smaller
                    networks; paper: the paper's sizes.  SCALE+VARIANT adds a file of configs/variants, e.g. reduced+epsilon-1
  --source PATH     the archive or folder of the real corpus; where a target needs several: --source NAME=PATH, repeated.
                    Table 6: imdb=PATH, amazon=PATH and text=PATH are texts that its word vectors are trained on besides;
                    Rotten Tomatoes: amazon=PATH is its unlabelled text
  --subset          take sources with other numbers of documents than the paper's, and mark what is made from them
  --methods M,M,... compare: the rows of its table (default: baseline,advt,iadvt,vat,ivat)
  --seeds N         runs of each method, seeds 0 to N-1 (default: 1)
  --recipe RECIPE   paper (default) or authors, see docs/reproduction/known-differences.md
  --device N[,N]    numbers of GPUs, one run on each at a time, or -1 for the CPU (default: -1); on a cluster 0 for its GPUs
  --cluster PROFILE give the jobs to a cluster: slurm, slurm-squeue (a Slurm without accounting), or the path of a profile of
                    Snakemake's; docs/cluster.md says how
  --partition P     of the cluster's queue (default: the queue's own)
  --cores N         jobs at once (default: all cores of this machine; on a cluster: what the profile says)
  --out DIR         folder of everything made; a relative one is taken from the folder you are in (default: out/ beside this
                    script)
  --dry-run         list the jobs that would run, say how many hours they may take, and stop
  --version         print the version and stop
  --print-completion SHELL
                    print what bash or zsh evaluates to complete the words of this script and of python -m STAGE

Finished jobs are not run again; whatever an edited configuration touches is; a killed run goes on where it stopped.
PYTHON=/path/to/python3 chooses the Python (3.11 to 3.13) that .venv is made with.  CUDA=12 or CUDA=13 chooses the CuPy for
--device 0 where nvidia-smi does not tell.  UNLOCKED=1 sets .venv up from the version ranges of requirements.txt instead of the
exact files of requirements.lock, whose hashes are checked.

examples
  ./reproduce.sh                                                    # samples, small networks: minutes
  ./reproduce.sh table3 --scale reduced --source aclImdb_v1.tar.gz  # the real IMDB, smaller networks
  ./reproduce.sh compare sample-sec --methods baseline,iadvt --seeds 3 --dry-run
USAGE
}

die() {  # STATUS MESSAGE
    echo "reproduce.sh: error: $2" >&2
    exit "$1"
}

# ---- options -------------------------------------------------------------------------------------------------------

one_of() {  # OPTION VALUE CHOICE...
    local option=$1 value=$2 choice
    shift 2
    for choice in "$@"; do
        [[ $value == "$choice" ]] && return
    done
    die 2 "$option $value$(did_you_mean "$value" "$@"): choose from: $*"
}

did_you_mean() {  # WORD CHOICE...: print a hint at the choice that WORD is a slip of, where there is one and no other
    local word=$1 choice near= fewest=3 edits
    shift
    (( ${#word} >= 6 )) || fewest=2  # as many edits are too many
    for choice in "$@"; do
        count_edits "$word" "$choice"
        if (( edits < fewest )); then
            near=$choice fewest=$edits
        elif (( edits == fewest )); then
            near=  # two choices are as near
        fi
    done
    [[ -z $near ]] || echo " (did you mean $near?)"
}

count_edits() {  # WORD OTHER: set "edits", the letters to put in, take out, replace or swap with the next to get OTHER
    local word=$1 other=$2 wide=$(( ${#2} + 1 )) i j at
    local -a to  # to[i * wide + j]: from the first i letters of WORD to the first j of OTHER
    for (( i = 0; i <= ${#word}; i++ )); do
        for (( j = 0; j < wide; j++ )); do
            at=$(( i * wide + j )) edits=$(( i + j ))
            if (( i && j )); then
                edits=$(( to[at - wide - 1] ))
                [[ ${word:i-1:1} == "${other:j-1:1}" ]] || edits=$(( edits + 1 ))
                edits=$(( edits < to[at - wide] + 1 ? edits : to[at - wide] + 1 ))
                edits=$(( edits < to[at - 1] + 1 ? edits : to[at - 1] + 1 ))
            fi
            if (( i > 1 && j > 1 )) && [[ ${word:i-2:2} == "${other:j-1:1}${other:j-2:1}" ]]; then
                edits=$(( edits < to[at - 2 * wide - 2] + 1 ? edits : to[at - 2 * wide - 2] + 1 ))
            fi
            to[at]=$edits
        done
    done
}

names_in() {  # FOLDER: the names of its configuration files
    local file
    for file in "$root/configs/$1"/*.toml; do
        basename "$file" .toml
    done
}

whole_number() {  # OPTION VALUE LOWEST
    if ! [[ $2 =~ ^(-1|0|[1-9][0-9]{0,4})$ ]] || (( $2 < $3 )); then
        die 2 "$1 $2: write a whole number, $3 or more"
    fi
}

read_options() {
    local given=
    while (( $# )); do
        case $1 in
            -h|--help|help) usage; exit 0 ;;
            --version) show_version; exit 0 ;;
            --print-completion|--print-completion=*) print_completion "$@" ;;
            --dry-run) dry_run=1 ;;
            --subset) subset=1 ;;
            --scale|--seeds|--recipe|--device|--cluster|--partition|--cores|--out|--methods|--source)
                (( $# >= 2 )) || die 2 "$1 needs a value; ./reproduce.sh --help shows all options"
                [[ -n $2 ]] || die 2 "$1 has an empty value"
                case $1 in
                    --source) sources+=("$2") ;;
                    *) printf -v "${1#--}" '%s' "$2" ;;
                esac
                shift ;;
            --scale=*|--seeds=*|--recipe=*|--device=*|--cluster=*|--partition=*|--cores=*|--out=*|--methods=*|--source=*)
                set -- "" "${1%%=*}" "${1#*=}" "${@:2}" ;;
            --) shift; snakemake_options=("$@"); break ;;
            -*) die 2 "unknown option $1$(did_you_mean "${1%%=*}" "${options[@]}"); ./reproduce.sh --help shows all options" ;;
            *)
                if [[ $given == compare && -z $corpus ]]; then
                    corpus=$1
                    shift
                    continue
                fi
                # shellcheck disable=SC2086  # one word for each name
                [[ " $targets " == *" $1 "* ]] || die 2 "unknown target $1$(did_you_mean "$1" $targets); choose from: $targets"
                [[ -z $given ]] || die 2 "one target at a time, not $given and $1"
                given=$1
                target=$1 ;;
        esac
        shift
    done
    # shellcheck disable=SC2046  # one word for each name
    one_of --scale "${scale%%+*}" $(names_in scales)
    # shellcheck disable=SC2046
    one_of --recipe "$recipe" $(names_in recipes)
    whole_number --seeds "$seeds" 1
    [[ $device =~ ^(-1|(0|[1-9][0-9]{0,4})(,(0|[1-9][0-9]{0,4}))*)$ ]] \
        || die 2 "--device $device: write the numbers of GPUs with commas between, or -1 for the CPU"
    [[ -z $cores ]] || whole_number --cores "$cores" 1
}

# ---- set-up --------------------------------------------------------------------------------------------------------

supported='import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

find_python() {  # print the first Python that can make .venv
    local candidate pyenv=${PYENV_ROOT:-${HOME:-/nonexistent}/.pyenv}
    if [[ -n ${PYTHON:-} ]]; then
        "$PYTHON" -c "$supported" >/dev/null 2>&1 \
            || die 1 "PYTHON=$PYTHON is not a Python 3.11, 3.12 or 3.13 with the modules venv and ensurepip"
        echo "$PYTHON"
        return
    fi
    for candidate in python3.13 python3.12 python3.11 python3 python "$pyenv"/versions/3.1[123]*/bin/python3; do
        if "$candidate" -c "$supported" >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    die 1 "no Python 3.11, 3.12 or 3.13 with venv found (Debian, Ubuntu: apt install python3-venv); \
install one, or name it: PYTHON=/path/to/python3 ./reproduce.sh"
}

attempt() {  # DESCRIPTION COMMAND...: run quietly; whether it worked
    local start=$SECONDS
    printf '  %s ... ' "$1"
    echo "--- $1: ${*:2}" >>"$venv/set-up.log"
    if "${@:2}" >>"$venv/set-up.log" 2>&1 </dev/null; then
        echo "$((SECONDS - start)) s"
    else
        echo "failed"
        return 1
    fi
}

step() {  # DESCRIPTION COMMAND...: run quietly; what it says is shown if it fails
    attempt "$@" && return
    tail -n 15 "$venv/set-up.log" | sed 's/^/    /' >&2
    local remedy="mend that and repeat the command"
    if grep -qiE 'do not match the hashes|hash mismatch' "$venv/set-up.log"; then
        remedy="a file was downloaded that is not the one $listed was made with.  If you trust the place that it comes from \
(a mirror that builds its own), UNLOCKED=1 before the command takes $requirements instead and checks no hashes"
    elif [[ $1 == *.lock* ]]; then
        remedy="$remedy.  If the place that you download from does not have these versions, UNLOCKED=1 before the command takes \
what $requirements allows"
    fi
    die 1 "${purpose:-}set-up stopped (all of it: $venv/set-up.log); $remedy"
}

gpu_requirements() {  # print the requirements file for the driver's CUDA
    local cuda=${CUDA:-}
    [[ -n $cuda ]] || cuda=$(nvidia-smi 2>/dev/null | sed -n 's/.*CUDA Version: *\([0-9]*\)\..*/\1/p') || true
    case ${cuda:-13} in
        13) echo requirements-gpu.txt ;;
        12) echo requirements-gpu-cuda12.txt ;;
        *)
            [[ -z ${CUDA:-} ]] || die 2 "CUDA=$CUDA: write 12 or 13"
            (( cuda > 13 )) || die 1 "the GPU's driver is for CUDA $cuda: update it to one for CUDA 12 or 13"
            echo requirements-gpu.txt ;;  # newer drivers run what was built for older CUDAs
    esac
}

listing() {  # all that .venv is made from; a start that finds other lists than those it was made from brings it up to date
    cat "$root"/requirements*.txt "$root"/requirements*.lock "$root"/build-constraints.*
}

set_up() {  # REQUIREMENTS FILE: make .venv hold what it lists
    local requirements=$1 stamp=$venv/set-up-${1%.txt}
    up_to_date() { listing 2>/dev/null | cmp -s - "$stamp" && [[ -x $venv/bin/python ]]; }
    up_to_date && return
    # Two starts at once: the second waits here.  A pip that outlives a killed set-up keeps the lock as well.
    if command -v flock >/dev/null; then
        exec 9<"$root/requirements.txt"
        flock -n 9 || { echo "Waiting for another set-up of $venv to end ..."; flock 9; }
        up_to_date && { exec 9<&-; return; }
    fi
    # The mark "unfinished" is there from the first to the last moment of a set-up: one that was killed starts afresh.
    local python
    if [[ -e $venv/unfinished ]] || ! "$venv/bin/python" -c "import pip; $supported" >/dev/null 2>&1; then
        python=$(find_python)
        echo "Setting up $venv with $("$python" --version) (once, about a minute):"
        rm -rf "$venv"
        mkdir "$venv"
        touch "$venv/unfinished"
        step "virtual environment" "$python" -m venv "$venv"
        # Whatever a pip.conf of the caller says on where packages go, these go into .venv.
        printf '[%s]\ntarget =\nprefix =\nroot =\nuser = no\n' global install >"$venv/pip.conf"
    else
        echo "Bringing $venv up to date with $requirements:"
        touch "$venv/unfinished"
    fi
    local other=
    case $requirements in
        requirements-gpu.txt) other=cupy-cuda12x ;;
        requirements-gpu-cuda12.txt) other=cupy-cuda13x ;;
    esac
    if [[ -n $other ]]; then  # two CuPys in one environment overwrite each other
        step "no $other" "$venv/bin/python" -m pip --disable-pip-version-check uninstall --yes "$other"
        rm -f "$venv"/set-up-requirements-gpu*
    fi
    install "$requirements"
    local name
    for name in requirements "${requirements%.txt}"; do  # every set holds the CPU set
        listing >"$venv/set-up-$name"
    done
    rm "$venv/unfinished"
    exec 9<&-
}

install() {  # REQUIREMENTS FILE: into .venv, from its lock file; with UNLOCKED from the file itself
    local requirements=$1 listed=${1%.txt}.lock tools=build-constraints.lock check=(--require-hashes)
    if [[ -n ${UNLOCKED:-} && ${UNLOCKED:-} != 0 ]]; then
        listed=$requirements tools=build-constraints.txt check=()
    fi
    # Chainer's build imports pkg_resources, which the last releases of setuptools do not have: the tools are listed, too.
    if uv --version >/dev/null 2>&1; then
        # From here, because uv reads the settings of the project that it is called in.
        (cd "$root" && attempt "$listed, by uv" uv pip install --python "$venv/bin/python" --build-constraints "$tools" \
            ${check[@]+"${check[@]}"} -r "$listed") && return
    fi
    local pip=("$venv/bin/python" -m pip install --disable-pip-version-check ${check[@]+"${check[@]}"})
    step "build tools" "${pip[@]}" -r "$root/$tools"
    step "$listed" "${pip[@]}" --no-build-isolation -r "$root/$listed"
}

# ---- what is asked for -----------------------------------------------------------------------------------------------

run_tests() {  # PYTEST ARGUMENTS
    set_up requirements-dev.txt
    cd "$root"
    # One thread for each of at most four workers; no order, hash or example that differs from one start to the next.
    export PYTHONPATH=$root PYTHONHASHSEED=0 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
    exec "$venv/bin/python" -m pytest -p no:randomly --hypothesis-profile=ci -n logical --maxprocesses=4 "$@"
}

show_version() {
    sed -n 's/^__version__ = "\(.*\)"$/interpretable_adv \1/p' "$root/iadv_foundation/version.py"
}

print_completion() {  # --print-completion SHELL, or --print-completion=SHELL
    local shell=${2:-}
    [[ $1 != *=* ]] || shell=${1#*=}
    one_of --print-completion "$shell" bash zsh
    set_up requirements.txt >&2
    PYTHONPATH=$root exec "$venv/bin/python" -P -m workflow.completion "$shell"
}

run_demo() {  # TEXT
    set_up requirements.txt
    PYTHONPATH=$root exec "$venv/bin/python" -P -m interpretable_adv demo --out "$root/out" "$@"
}

run_pipeline() {
    local requirements=requirements.txt
    [[ $device == -1 ]] || requirements=$(gpu_requirements)
    set_up "$requirements"
    if [[ -n $cluster ]]; then
        purpose="--cluster needs Snakemake's executor for Slurm, which could not be installed; without --cluster \
everything runs on this machine; "
        set_up requirements-cluster.txt
    fi
    [[ $target != setup ]] || { echo "$venv is ready."; return; }
    local arguments=("$target" --scale "$scale" --recipe "$recipe" --seeds "$seeds" --device "$device")
    arguments+=(${corpus:+"--corpus=$corpus"} ${methods:+"--methods=$methods"})
    local source
    for source in ${sources[@]+"${sources[@]}"}; do
        arguments+=("--source=$source")
    done
    [[ -z $cores ]] || arguments+=(--cores "$cores")
    arguments+=(${cluster:+"--cluster=$cluster"} ${partition:+"--partition=$partition"})
    [[ -z $dry_run ]] || arguments+=(--dry-run)
    [[ -z $subset ]] || arguments+=(--subset)
    # -P: whatever folder the user stands in is not searched for modules.
    PYTHONPATH=$root exec "$venv/bin/python" -P -m workflow "${arguments[@]}" "--out=${out:-$root/out}" \
        -- ${snakemake_options[@]+"${snakemake_options[@]}"}
}

if [[ ${1:-} == test ]]; then
    run_tests "${@:2}"
elif [[ ${1:-} == demo ]]; then
    run_demo "${@:2}"
else
    read_options "$@"
    [[ $target != test ]] || die 2 "test stands first: ./reproduce.sh test [ARGS for pytest]"
    [[ $target != demo ]] || die 2 "demo stands first: ./reproduce.sh demo [TEXT]"
    run_pipeline
fi
