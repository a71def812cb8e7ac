#!/bin/bash
# Process 1 of the lab's machine: `init.sh <lab> <packages> <supervisor ...>`. It makes the machine from the host's
# files and namespaces of its own, starts the supervisor and reaps orphans; when the supervisor ends, everything does.
set -euo pipefail
lab=$1 packages=$2 configuration=${BASH_SOURCE[0]%/*}/rootfs
shift 2
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/run
hostname lab

# Files. What the lab keeps is in its own directory, /run/lab here: a short path, since those of sockets end at 107
# bytes. The host's directories are seen through overlays, with the node's packages and configuration on top; what the
# programs write there goes with the sandbox.
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/lab /run/packages /run/configuration
mount --bind "$lab" /run/lab
mount --bind "$packages" /run/packages
mount --bind "$configuration" /run/configuration
for directory in etc opt usr var; do
  lower=/$directory
  [ ! -d "/run/packages/$directory" ] || lower=/run/packages/$directory:$lower
  [ ! -d "/run/configuration/$directory" ] || lower=/run/configuration/$directory:$lower
  mkdir -p "/run/overlay/$directory/upper" "/run/overlay/$directory/work"
  mount -t overlay -o "lowerdir=$lower,upperdir=/run/overlay/$directory/upper,workdir=/run/overlay/$directory/work" overlay "/$directory"
done

# The kubelet insists on these values and would set them for the host's kernel: it is shown that they are set.
while read -r key value; do
  echo "$value" >"/run/${key//\//-}"
  mount --bind "/run/${key//\//-}" "/proc/sys/$key"
done <<'END'
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
END

# Control groups, mounted again so that the group that the sandbox was started in is their root.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  umount /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  # A group with processes of its own cannot pass controllers on: they move to a group beside those of the pods.
  mkdir /sys/fs/cgroup/init
  while read -r process; do echo "$process" >/sys/fs/cgroup/init/cgroup.procs || true; done </sys/fs/cgroup/cgroup.procs
  for controller in $(</sys/fs/cgroup/cgroup.controllers); do echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control; done
else
  while IFS=: read -r _ controllers _; do
    case $controllers in
      '') hierarchy=/sys/fs/cgroup/unified type=cgroup2 options=rw ;;
      name=*) hierarchy=/sys/fs/cgroup/${controllers#name=} type=cgroup options=none,$controllers ;;
      *) hierarchy=/sys/fs/cgroup/$controllers type=cgroup options=$controllers ;;
    esac
    mountpoint --quiet "$hierarchy" || continue
    umount "$hierarchy"
    mount -t "$type" -o "$options" cgroup "$hierarchy"
  done <<<"$(</proc/self/cgroup)"
fi
mount --make-rshared /

# Network: the pods' bridge is the node's only interface, its address the node's.
ip link set lo up
ip link add cni0 type bridge
ip address add 10.88.0.1/16 dev cni0
ip link set cni0 up
ip route add 10.96.0.0/16 dev cni0
echo 1 >/proc/sys/net/ipv4/ip_forward
if [ -d /proc/sys/net/bridge ]; then echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables; fi

ulimit -n 1048576 2>/dev/null || true
"$@" &
# Only the supervisor is waited for by name; the shell reaps the orphans that it is given meanwhile.
wait $!
