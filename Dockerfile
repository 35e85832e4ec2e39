# One static binary in an empty image: no shell, no package manager, not root,
# nothing to write to but what is mounted.
#
# The base images are arguments, so that a build without a registry can bring its
# own: deploy/testimages/build --bases makes them from Debian's packages.
ARG GO_IMAGE=golang:1.26-bookworm
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS page
WORKDIR /src/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM ${GO_IMAGE} AS build
WORKDIR /src
ARG VERSION=
ENV CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOTOOLCHAIN=local
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=page /src/web/node_modules web/node_modules
RUN go run ./deploy/build \
 && go build -tags release -trimpath -ldflags="-s -w -X github.com/neoforge-dev/neoforge/app/version.given=${VERSION}" -o /out/neoforge ./app/neoforge \
 && go run ./deploy/licenses /out/licenses \
 && mkdir -p /out/etc /out/var && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ \
 && printf 'neoforge:x:10001:10001::/:/none\n' > /out/etc/passwd

FROM scratch
COPY --from=build /out/etc/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/etc/passwd /etc/passwd
COPY --from=build --chown=10001:10001 /out/var /var/lib/neoforge
COPY --from=build /out/licenses /licenses
COPY --from=build /out/neoforge /neoforge
ENV APP_ENV=production ADDR=0.0.0.0:8080 ADMIN_ADDR=0.0.0.0:9090
USER 10001:10001
WORKDIR /var/lib/neoforge
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/neoforge", "healthcheck"]
ENTRYPOINT ["/neoforge"]
CMD ["serve"]
