#!/usr/bin/env bash
# One-node Slurm for the tests, without systemd, accounting or cgroups: slurm_up.sh DIR. Needs root; slurm_down.sh undoes it.
#
# All state is in DIR. /etc/slurm gets one link, slurm.conf, for inside its jobs Snakemake's plugin drops SLURM_CONF.
# CPUS and MEMORY (MB) are what the node claims to have; CTL_PORT and NODE_PORT must be free.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mkdir -p "$1" && cd "$1" && pwd)
cpus=${CPUS:-8} memory=${MEMORY:-64000} ctl_port=${CTL_PORT:-16817} node_port=${NODE_PORT:-16818}
host=$(hostname -s)

# Exit code 77: there can be no Slurm here, which is nobody's fault.
cannot() {
  echo "slurm_up: $1" >&2
  exit 77
}

[ "$(id -u)" = 0 ] || cannot "needs root"
# A dangling link is what a killed test left; anything else is somebody's cluster.
[ ! -e /etc/slurm/slurm.conf ] || cannot "this machine has a Slurm already (/etc/slurm/slurm.conf)"
missing=()
for program in slurmctld slurmd sbatch munged; do
  PATH=$PATH:/usr/sbin command -v "$program" > /dev/null || missing+=("$program")
done
if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get > /dev/null || cannot "no ${missing[*]}, and no apt-get to install them with"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q || cannot "apt-get update failed"
  apt-get install -y -q --no-install-recommends slurmctld slurmd slurm-client munge || cannot "apt-get install failed"
fi

mkdir -p "$dir"/{state,spool,log,run}
install -d -m 0711 "$dir/munge"
(umask 077 && head -c 128 /dev/urandom > "$dir/munge/key")
cat > "$dir/slurm.conf" << CONF
ClusterName=kmyriad-test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$ctl_port
SlurmdPort=$node_port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.log
# No cgroups, no accounting database: neither is there in a container.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/log/jobs.log
MpiDefault=none
SwitchType=switch/none
# The node claims cores, memory and GPUs that the machine needn't have, so that nothing waits for a small machine.
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory Gres=gpu:1 State=UNKNOWN
PartitionName=cpu Nodes=$host Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes=$host MaxTime=INFINITE State=UP
# Schedule at once; a loaded machine answers late; squeue still knows a job an hour after its end.
SchedulerParameters=sched_min_interval=100000,batch_sched_delay=0
SlurmdTimeout=300
MinJobAge=3600
KillWait=10
ReturnToService=2
CONF
echo "NodeName=$host Name=gpu File=/dev/null" > "$dir/gres.conf"
if [ ! -d /etc/slurm ]; then
  mkdir /etc/slurm
  touch "$dir/run/made-etc-slurm"
fi
ln -sfn "$dir/slurm.conf" /etc/slurm/slurm.conf
# Where anything below fails, nothing of ours may stay.
trap '"$here/slurm_down.sh" "$dir"' ERR

export PATH=$PATH:/usr/sbin SLURM_CONF=$dir/slurm.conf
munged --force --socket="$dir/munge/socket" --key-file="$dir/munge/key" --pid-file="$dir/run/munged.pid" \
  --log-file="$dir/munge/log" --seed-file="$dir/munge/seed"
slurmctld
slurmd -N "$host"
# A loaded machine takes its time.
deadline=$((SECONDS + 120))
while [ $SECONDS -lt $deadline ]; do
  [ "$(timeout -k 5 20 sinfo -h -p cpu -o %T 2> /dev/null)" != idle ] || exit 0
  sleep 0.2
done
tail -n 20 "$dir"/log/slurm*.log >&2
"$here/slurm_down.sh" "$dir"
exit 1
