# One image for every service: docker run switchroom ingest | router | agents | reporting | carrier | switchroom ...
# Why it is built like this: docs/decisions/0012-one-image-plain-manifests.md
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS locked
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_NO_COMPILE=1
WORKDIR /build
RUN python3 -m venv --without-pip /opt/switchroom
COPY requirements.lock .
RUN python3 -m pip --python /opt/switchroom/bin/python install --require-hashes --only-binary :all: \
      --requirement requirements.lock

# The project alone, made by the locked builder: a layer of its own, so that a release is a small download.
FROM locked AS project
COPY pyproject.toml README.md LICENSE ./
COPY services services
COPY switchroom switchroom
RUN python3 -m pip --python /opt/switchroom/bin/python install --no-deps --no-build-isolation --prefix /project . \
 && /opt/switchroom/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /project/lib

# The builder leaves again: nothing of it is needed to run.
FROM locked AS dependencies
RUN python3 -m pip --python /opt/switchroom/bin/python uninstall --yes hatchling pathspec pluggy trove-classifiers \
 && python3 -m pip --python /opt/switchroom/bin/python check \
 && /opt/switchroom/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/switchroom/lib

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="switchroom" \
      org.opencontainers.image.description="Routes contacts of every channel to agents, and can say why." \
      org.opencontainers.image.licenses="Apache-2.0"
# Volumes are mounted over these folders: they are there, and belong to the one who writes to them.
RUN groupadd --gid 10001 switchroom \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin switchroom \
 && install --directory --owner=10001 --group=10001 /var/lib/switchroom /var/lib/switchroom/blobs \
      /var/lib/switchroom/documents
COPY --from=dependencies /opt/switchroom /opt/switchroom
COPY --from=project /project /opt/switchroom
COPY --chmod=0555 deploy/image/start deploy/image/healthy /usr/local/bin/
# Logs leave line by line. Nothing is written beside what is compiled already: the file system may be read-only.
ENV PATH=/opt/switchroom/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1
USER 10001:10001
WORKDIR /var/lib/switchroom
EXPOSE 8025 8080 8081 8082 8083 8084 8085
STOPSIGNAL SIGTERM
# No HEALTHCHECK: whoever starts a container knows which service it is, and asks its port (`healthy PORT`).
ENTRYPOINT ["start"]
