# The authorizer, and nothing that it does not need: no Envoy, no pip, no compiler.
#
#   docker build -t authz .
#   docker run --rm --read-only --cap-drop ALL -v "$PWD/policies/quickstart:/policies:ro" authz
#
# docs/operations.md, "In a container", has the rest: which address to listen on, and how to probe it.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src

# What the authorizer imports, in an environment of its own: locked versions, checked hashes, wheels only.
COPY deploy/requirements.txt deploy/requirements-dev.txt deploy/
RUN python -m venv --without-pip /opt/authz \
 && pip --python /opt/authz/bin/python install --require-hashes --only-binary :all: -r deploy/requirements.txt

# What builds our wheel, from the lock for development: hatchling and all that it imports.
RUN awk '/^[a-z]/ { wanted = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/ } wanted' \
        deploy/requirements-dev.txt > build.txt \
 && pip install --require-hashes --only-binary :all: -r build.txt

COPY pyproject.toml README.md LICENSE ./
COPY authz authz
RUN pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && pip --python /opt/authz/bin/python install --no-deps --no-index dist/authz-*.whl


FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="authz" \
      org.opencontainers.image.description="An external authorizer for Envoy that decides as Istio does" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/authz /opt/authz
ENV PATH=/opt/authz/bin:$PATH PYTHONDONTWRITEBYTECODE=1 AUTHZ_HEALTH_ADDRESS=127.0.0.1:9191

# By number, so that Kubernetes' runAsNonRoot can tell. It needs no home, no shell and no place to write.
USER 65532:65532
WORKDIR /
EXPOSE 9191

# grpc.health.v1 with the grpcio that is there already: an empty request asks for the whole server, 08 01 is SERVING.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["python", "-c", "\
import grpc, os, sys; \
ask = grpc.insecure_channel(os.environ['AUTHZ_HEALTH_ADDRESS']).unary_unary('/grpc.health.v1.Health/Check'); \
sys.exit(ask(b'', timeout=2) != bytes([8, 1]))"]

ENTRYPOINT ["authz"]
CMD ["serve", "--policies", "/policies"]
