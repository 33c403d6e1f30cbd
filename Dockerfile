# NOT YET BUILT by us: it was written on machines that cannot build images.  A test checks that what it copies is there.
#
#   docker build -t interpretable-adv .                                   for the CPU
#   docker build -t interpretable-adv:gpu --build-arg CUDA=13 .           for a GPU whose driver is for CUDA 13; 12 for CUDA 12
#   docker run --rm -v "$PWD:/work" --user "$(id -u):$(id -g)" interpretable-adv reproduce.sh --out out
#   docker run --rm -v "$PWD:/work" --gpus all interpretable-adv:gpu reproduce.sh --out out --device 0
#   docker run --rm -v "$PWD:/work" interpretable-adv interpretable-adv train sample-sec --method iadvt --out out
#
# The packages are those of the lock files, with their hashes checked.  Records of runs made in a container name no git commit:
# the repository's history is not copied.
FROM python:3.12-slim-bookworm

ARG CUDA=
WORKDIR /opt/interpretable_adv
COPY reproduce.sh requirements*.txt requirements*.lock build-constraints.* ./
COPY configs configs
RUN if [ -n "$CUDA" ]; then CUDA="$CUDA" ./reproduce.sh setup --device 0; else ./reproduce.sh setup; fi

COPY README.md LICENSE CITATION.cff CHANGELOG.md MANIFEST.in pyproject.toml setup.py ./
COPY iadv_foundation iadv_foundation
COPY data_prep data_prep
COPY pretrain_lm pretrain_lm
COPY word_vectors word_vectors
COPY interpretable_adv interpretable_adv
COPY quoted_systems quoted_systems
COPY results results
COPY workflow workflow
COPY config config
COPY measured measured
# Commands that work in any folder.
RUN .venv/bin/python -m pip install --no-deps --no-build-isolation --editable .

ENV PATH=/opt/interpretable_adv/.venv/bin:/opt/interpretable_adv:$PATH \
    MPLCONFIGDIR=/tmp/matplotlib \
    CUPY_CACHE_DIR=/tmp/cupy \
    OMP_NUM_THREADS=1
WORKDIR /work
CMD ["interpretable-adv", "--help"]
