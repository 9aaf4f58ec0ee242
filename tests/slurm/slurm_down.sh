#!/usr/bin/env bash
# Stops what slurm_up.sh DIR started: its jobs, then its three daemons by their pids, then the link in /etc/slurm.
set -u
dir=$(cd "$1" && pwd) || exit 1
if [ -s "$dir/run/slurmctld.pid" ]; then
  export SLURM_CONF=$dir/slurm.conf
  # Jobs are processes of their own, which would outlive the daemons. scancel knocks, then kills after KillWait.
  timeout -k 5 20 scancel --user=root 2> /dev/null
  deadline=$((SECONDS + 60))
  while [ $SECONDS -lt $deadline ] && [ -n "$(timeout -k 5 20 squeue -h -o %i 2> /dev/null)" ]; do
    sleep 0.2
  done
fi
for daemon in slurmd slurmctld munged; do
  pid=$(cat "$dir/run/$daemon.pid" 2> /dev/null) || continue
  # The number may be another process's by now.
  [ "$(cat "/proc/$pid/comm" 2> /dev/null)" = "$daemon" ] || continue
  kill "$pid"
  for _ in $(seq 100); do
    kill -0 "$pid" 2> /dev/null || break
    sleep 0.1
  done
  kill -9 "$pid" 2> /dev/null
done
[ "$(readlink /etc/slurm/slurm.conf)" != "$dir/slurm.conf" ] || rm /etc/slurm/slurm.conf
[ ! -e "$dir/run/made-etc-slurm" ] || rmdir /etc/slurm
exit 0
