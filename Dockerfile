# Two stages: the first installs from the lock with hashes, the second carries only what runs.
ARG PYTHON=3.12
FROM python:${PYTHON}-slim-bookworm AS build
WORKDIR /source
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/vejviser
COPY requirements.lock ./
RUN /opt/vejviser/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY bot bot
COPY adapters adapters
COPY knowledge knowledge
RUN /opt/vejviser/bin/pip install --no-deps --no-build-isolation .

FROM python:${PYTHON}-slim-bookworm
RUN useradd --system --create-home --home-dir /var/lib/vejviser vejviser
COPY --from=build /opt/vejviser /opt/vejviser
ENV PATH=/opt/vejviser/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TZ=Europe/Copenhagen \
    VEJVISER_HOME=/var/lib/vejviser
USER vejviser
WORKDIR /var/lib/vejviser
VOLUME /var/lib/vejviser
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["vejviser"]
CMD ["serve", "--host", "0.0.0.0"]
