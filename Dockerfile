# layertar in a slim image, for CI jobs: `docker build -t layertar .`
# For builds that are the same again, give BASE with a digest and SOURCE_DATE_EPOCH.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
ARG SOURCE_DATE_EPOCH=0
ENV SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH} PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY layertar layertar
RUN python -m venv /opt/layertar && /opt/layertar/bin/pip install ".[lz4]"

FROM ${BASE}
LABEL org.opencontainers.image.title="layertar" \
      org.opencontainers.image.description="Proves every digest that a saved container image records" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/layertar /opt/layertar
COPY ci/verify.sh /usr/local/bin/layertar-ci
ENV PATH=/opt/layertar/bin:${PATH} PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 65532 --no-create-home layertar
USER 65532:65532
WORKDIR /archives
ENTRYPOINT ["layertar"]
CMD ["--help"]
