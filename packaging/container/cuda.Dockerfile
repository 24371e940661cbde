# serl on NVIDIA GPUs:
#
#   docker build -t serl:cuda -f packaging/container/cuda.Dockerfile .
#   docker run --rm -it --gpus all -v serl:/store -v "$PWD":/data serl:cuda run model.device=cuda model.dtype=bf16
#
# Kernels are compiled at run time: by NVRTC, with the toolkit's headers, which are looked for in CUDA_PATH. Of the
# toolkit, nothing else is needed; the driver comes from the host.

ARG CUDA=12.8.1

FROM nvidia/cuda:${CUDA}-devel-ubuntu24.04 AS toolkit
RUN mkdir -p /opt/cuda/lib64 \
    && cp -rL /usr/local/cuda/include /opt/cuda/include \
    && cp -a /usr/local/cuda/lib64/libnvrtc.so* /usr/local/cuda/lib64/libnvrtc-builtins.so* /opt/cuda/lib64/

FROM rust:1.95-slim-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
# That of the toolkit above: without nvcc, the build would take the newest that it knows.
ENV CUDARC_CUDA_VERSION=12080
WORKDIR /src
COPY . .
RUN cargo build --release --bin serl --features cuda --locked --config 'profile.release.strip="symbols"'

FROM nvidia/cuda:${CUDA}-base-ubuntu24.04
COPY --from=toolkit /opt/cuda /opt/cuda
# Whoever starts the container, the store belongs to one user.
RUN echo /opt/cuda/lib64 >/etc/ld.so.conf.d/serl-nvrtc.conf \
    && ldconfig \
    && useradd --uid 10001 --no-log-init --create-home serl \
    && install -d -o serl -g serl /store /data
COPY --from=build /src/target/release/serl /usr/local/bin/serl
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/serl/
ENV CUDA_PATH=/opt/cuda SERL_STORE=/store
VOLUME /store
WORKDIR /data
USER 10001
ENTRYPOINT ["serl"]
CMD ["--help"]
