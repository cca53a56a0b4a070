#!/usr/bin/env bash
# From a bare Debian 12 to a running meshtrace with traces in it.
set -euo pipefail

usage() {
  cat <<'HELP'
Usage: deploy/quickstart.sh [--once]

Installs the packages of deploy/packages.txt, builds meshtrace into build/,
starts a redis-server if none answers at REDIS_URL, starts meshtrace on the
first free port of 8000, 8090-8099, publishes a few traces, prints one as a
tree and runs until Ctrl-C. Everything that it started ends with it.

  --once      end after the demo, with exit code 0 if all of it worked
  --help      this text
  REDIS_URL   which Redis to use (redis://localhost:6379)
HELP
}

once=no
for word in "$@"; do
  case "$word" in
    --once) once=yes ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

here="$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
cd "$here/.."
export REDIS_URL="${REDIS_URL:-redis://localhost:6379}"

# The demo keeps out of the way of everything real in this Redis. It reads what
# agents write, in a group of its own: in the group of another meshtrace it
# would stand by, or take events from it. It publishes into a stream of its own,
# so that made-up traces reach nobody else. Group and stream go when it ends.
demo=meshtrace-quickstart
demo_stream="$demo:traces"
agent_streams=mcp-mesh:traces,mesh:trace

say() {
  printf '\n\033[1m%s\033[0m\n' "$*"
}

fail() {
  echo "quickstart: $*" >&2
  exit 1
}

redis() {
  case "$REDIS_URL" in
    unix://*) timeout 10 redis-cli -e -s "${REDIS_URL#unix://}" "$@" ;;
    *) timeout 10 redis-cli -e --no-auth-warning -u "$REDIS_URL" "$@" ;;
  esac
}

answers() {
  [ "$(redis ping 2>/dev/null)" = PONG ]
}

work=""
redis_pid=""
service_pid=""
group=""

end_child() { # pid
  kill -TERM "$1" 2>/dev/null || return 0
  local i
  for i in $(seq 1 120); do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

forget_demo() {
  local stream key
  redis del "$demo_stream" || return 0
  for stream in ${agent_streams//,/ }; do
    redis xgroup destroy "$stream" "$group" || true
  done
  redis --scan --pattern "$group:*" | while read -r key; do
    redis del "$key" || true
  done
}

clean_up() {
  local code=$?
  trap - EXIT INT TERM
  [ -z "$service_pid" ] || end_child "$service_pid"
  if [ -n "$redis_pid" ]; then
    end_child "$redis_pid"
  elif [ -n "$group" ]; then
    forget_demo >/dev/null 2>&1 || true
  fi
  [ -z "$work" ] || rm -rf "$work"
  exit "$code"
}
trap clean_up EXIT
trap 'echo; exit 0' INT TERM

start_redis() {
  if answers; then
    echo "using the Redis at ${REDIS_URL##*@}"
    return
  fi
  [[ "$REDIS_URL" =~ ^redis://(localhost|127\.0\.0\.1)(:([0-9]+))?/?$ ]] \
    || fail "no Redis answers at $REDIS_URL, and only a plain one on this" \
      "machine can be started here"
  local port="${BASH_REMATCH[3]:-6379}"
  # A session of its own: Ctrl-C must reach meshtrace before its Redis.
  setsid redis-server --port "$port" --bind 127.0.0.1 --dir "$work" --save '' \
    --appendonly no >"$work/redis.log" 2>&1 </dev/null &
  redis_pid=$!
  local i
  for i in $(seq 1 50); do
    if answers; then
      echo "started a redis-server on port $port (keeps nothing on disk)"
      return
    fi
    sleep 0.1
  done
  tail -5 "$work/redis.log" >&2
  fail "the redis-server did not come up on port $port"
}

free_port() {
  python3 - 8000 {8090..8099} <<'PYTHON'
import socket, sys
for port in map(int, sys.argv[1:]):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
    print(port)
    break
PYTHON
}

start_service() {
  local binary=build/meshtrace port i reason=""
  port="$(free_port)"
  [ -n "$port" ] || fail "no free port among 8000, 8090-8099"
  url="http://localhost:$port"
  group="$demo-$port"
  log="$PWD/build/quickstart.log"
  HOST=127.0.0.1 PORT="$port" MCP_MESH_DISTRIBUTED_TRACING_ENABLED=true \
    TRACE_CONSUMER_GROUP="$group" TRACE_DATA_DIR="$work/data" \
    TRACE_STREAMS="$agent_streams,$demo_stream" \
    setsid "$binary" >"$log" 2>&1 </dev/null &
  service_pid=$!
  for i in $(seq 1 100); do
    reason="$(curl -s -m 2 "$url/readyz" || true)"
    if curl -sf -m 2 -o /dev/null "$url/readyz"; then
      echo "meshtrace answers at $url"
      return
    fi
    kill -0 "$service_pid" 2>/dev/null || break
    sleep 0.1
  done
  tail -20 "$log" >&2
  fail "meshtrace is not ready: ${reason:-it does not answer}"
}

# -- what is published --------------------------------------------------------

# Seconds with decimals, `$1` milliseconds after the start of the story.
at() {
  local ms=$((story_ms + $1))
  printf '%d.%03d' $((ms / 1000)) $((ms % 1000))
}

# execution SPAN PARENT AGENT RUNTIME FUNCTION START END [FIELD VALUE...]
execution() {
  redis xadd "$demo_stream" '*' trace_id "$story" span_id "$1" \
    parent_span "$2" agent_name "$3" agent_id "$3-1" agent_ip 127.0.0.1 \
    runtime "$4" function_name "$5" start_time "$(at "$6")" \
    end_time "$(at "$7")" duration_ms "$(($7 - $6))" "${@:8}" >/dev/null
}

# half TYPE SPAN PARENT AGENT OPERATION AT [FIELD VALUE...]
half() {
  redis xadd "$demo_stream" '*' trace_id "$story" event_type "$1" \
    span_id "$2" parent_span "$3" agent_name "$4" agent_id "$4-1" \
    ip_address 127.0.0.1 runtime go operation "$5" timestamp "$(at "$6")" \
    "${@:7}" >/dev/null
}

# A traveller asks for a plan: the first look at the weather fails, the second
# works, and a model writes the plan. Spans come as they end, the root last.
tell_story() {
  local planner=trip-planner weather=weather-service model=llm-gateway
  story="$(tr -d - </proc/sys/kernel/random/uuid)"
  story_ms=$(($(date +%s%3N) - 2000))
  half span_start 00000000000000b1 00000000000000a2 "$weather" get_forecast 14
  half error 00000000000000b1 00000000000000a2 "$weather" get_forecast 95 \
    success false duration_ms 81 capability weather_forecast \
    error_message 'HTTP 503: forecast provider is overloaded'
  execution 00000000000000a2 00000000000000a1 "$planner" python \
    proxy_call_wrapper 12 97 success False error 'HTTP 503' \
    dependencies '["weather_forecast"]'
  half span_start 00000000000000b2 00000000000000a3 "$weather" get_forecast 300
  half span_end 00000000000000b2 00000000000000a3 "$weather" get_forecast 342 \
    success true duration_ms 42 capability weather_forecast \
    response_bytes 1834
  execution 00000000000000a3 00000000000000a1 "$planner" python \
    proxy_call_wrapper 298 345 success True error null \
    dependencies '["weather_forecast"]'
  execution 00000000000000c1 00000000000000a1 "$model" java chat_completion \
    350 1530 success true llm_model claude-sonnet-4 llm_provider anthropic \
    llm_input_tokens 812 llm_output_tokens 304 llm_total_tokens 1116
  execution 00000000000000a1 null "$planner" python 'POST /plan-trip' 0 1541 \
    success True error null args_count 2
}

publish_demo() {
  local seed
  seed="$(date +%s)"
  local what=(--traces 20 --spans 2..8 --seed "$seed" --start-time "$seed"
    --failures 0.2 --llm 0.3)
  build/bench/publish --redis "$REDIS_URL" --streams "$demo_stream" \
    "${what[@]}"
  tell_story
  build/bench/publish --verify "$url" --wait 10 "${what[@]}" \
    || fail "not every trace came back"
  local i
  for i in $(seq 1 100); do
    [ "$(curl -s -m 2 "$url/trace/$story" | jq -r .state)" != complete ] \
      || return 0
    sleep 0.1
  done
  fail "the story did not complete: $url/trace/$story"
}

print_urls() {
  cat <<URLS
  $url/trace/$story
  $url/trace/list
  $url/trace/search?success=false
  $url/trace/search?min_duration_ms=1000
  $url/trace/search?agent_name=llm-gateway
  $url/trace/stats
  $url/trace/status
  log and console exporter: tail -f $log
URLS
}

say "Packages"
deploy/install-packages.sh
echo "all there"
say "Building (the first time takes some minutes)"
deploy/build.sh meshtrace publish
echo "build/meshtrace"
work="$(mktemp -d)"
say "Starting"
start_redis
start_service
say "Publishing traces of both protocols"
publish_demo
say "One of them"
deploy/print-tree.py "$url" "$story"
say "To open"
print_urls
[ "$once" = no ] || exit 0
say "Running until Ctrl-C"
wait "$service_pid" || fail "meshtrace ended by itself, see $log"
fail "meshtrace ended by itself, see $log"
