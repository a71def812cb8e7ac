#!/bin/bash
# Becomes the lab's machine: `sandbox.sh <lab> <packages> <supervisor ...>`. It puts itself into a control group of the
# lab's own, so that what the lab leaves there can be told from the host's, and goes on as `unshare`, which starts
# init.sh as process 1 of new namespaces and takes it along when it dies.
set -euo pipefail
name=cnpg-credentials-${1##*/}

# Version 2 has all controllers in one hierarchy: the group goes below its root, the only group that may have processes
# beside groups with controllers. (Written after the kernel's documentation; tried on version 1 only.)
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  group=/sys/fs/cgroup/$name
  mkdir -p "$group"
  for controller in $(</sys/fs/cgroup/cgroup.controllers); do
    echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control || true
  done
  echo $$ >"$group/cgroup.procs"
# Version 1 has a hierarchy for each: in all of them the group goes below the one that this process is in already, whose
# limits it thereby keeps.
else
  while IFS=: read -r _ controllers path; do
    hierarchy=/sys/fs/cgroup/${controllers#name=}
    [ -n "$controllers" ] || hierarchy=/sys/fs/cgroup/unified
    [ -d "$hierarchy" ] || continue
    parent=$hierarchy${path%/}
    group=$parent/$name
    mkdir -p "$group"
    # A new group of this controller has no processors and no memory, and takes no process until it has.
    if [ -f "$group/cpuset.cpus" ]; then
      cat "$parent/cpuset.cpus" >"$group/cpuset.cpus"
      cat "$parent/cpuset.mems" >"$group/cpuset.mems"
    fi
    echo $$ >"$group/cgroup.procs"
  # Read at once: the file changes as this process moves.
  done <<<"$(</proc/self/cgroup)"
fi

exec unshare --net --mount --uts --ipc --cgroup --pid --fork --kill-child=KILL --mount-proc --propagation private \
  "${BASH_SOURCE[0]%/*}/init.sh" "$@"
