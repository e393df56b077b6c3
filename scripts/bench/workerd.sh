#!/bin/sh
# The runtime without its standard output, for runtime.ts: the service's log lines are made and written, but the process
# that measures doesn't have to read them.
exec "$BENCH_WORKERD" "$@" >/dev/null
