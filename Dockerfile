# The server: App Runner, ECS on Fargate, ECS Express Mode, Lightsail, docker run.
# Another model:  docker build --build-arg MODEL=models/NAME/VERSION .

FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY docker/rolldown.config.js tsconfig.json ./
COPY src src
RUN npx rolldown --config

FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS dependencies
ARG TARGETARCH
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY docker/prune.mjs ./
# One RUN: what a later layer deletes is shipped all the same.
RUN npm ci --no-audit --no-fund --omit=dev && node prune.mjs "$TARGETARCH" && rm -rf /root/.npm

FROM node:24-bookworm-slim
ENV NODE_ENV=production ORT_DISABLE_TELEMETRY=1
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/bundle bundle
COPY package.json ./
COPY src/page src/page
ARG MODEL=models/movielens/2
COPY ${MODEL} ${MODEL}
ENV MODEL_DIR=/app/${MODEL} PORT=8082
USER 1000:1000
EXPOSE 8082
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/livez').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# node itself is the first process, so that SIGTERM reaches it. Left to itself, V8 collects all garbage several times a second:
# docs/performance.md, Memory and Full collections.
CMD ["node", "--max-semi-space-size=16", "--initial-old-space-size=64", "--no-allocation-site-pretenuring", "bundle/server.js"]
