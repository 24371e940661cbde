# serl on CPUs:
#
#   docker build -t serl -f packaging/container/cpu.Dockerfile .
#   docker run --rm -it -v serl:/store -v "$PWD":/data serl run

FROM rust:1.95-slim-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --release --bin serl --locked --config 'profile.release.strip="symbols"'

FROM debian:bookworm-slim
# Whoever starts the container, the store belongs to one user.
RUN useradd --uid 10001 --no-log-init --create-home serl \
    && install -d -o serl -g serl /store /data
COPY --from=build /src/target/release/serl /usr/local/bin/serl
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/serl/
ENV SERL_STORE=/store
VOLUME /store
WORKDIR /data
USER 10001
ENTRYPOINT ["serl"]
CMD ["--help"]
