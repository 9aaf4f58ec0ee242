from kmyriad.envs import make
from kmyriad.finetune import PPO
from kmyriad.heads import choose_head
from kmyriad.pretrain import Pretraining
from kmyriad.settings import FinetuneSettings, PretrainSettings

network = {"trunk": (64,), "adapter": 64, "objective": "log-volume", "update": "trust-region"}
steps = {"minibatch": 400, "learning_rate": {1: 1e-3}, "value_learning_rate": 1e-3, "value_hidden": (64, 64), "kl_limit": 0.2}
settings = PretrainSettings(envs=40, horizon=60, epochs=60, **network, trust_region=steps)
pretraining = Pretraining(make("gymnasium:boat:Boat-v0", 40), settings, heads=4, features=["obs_0", "obs_1"], seed=0)
epochs = pretraining.run()  # without a reward, the four heads spread over the water

task = make("gymnasium:boat:Boat-v0", 40, buoy=(-4.0, 3.0))
head, reason = choose_head(task, pretraining.policy, horizon=60, rollouts=5)
ppo_settings = FinetuneSettings(envs=40, horizon=60, env_steps=60_000, policy_learning_rate=1e-3, minibatch_rows=10, warmup=2)
updates = PPO(task, pretraining.policy.select_head(head), ppo_settings, seed=0).run()
print(f"head {head}, {reason}; after PPO {updates[-1].success:.0%} of the boats reach the buoy")
