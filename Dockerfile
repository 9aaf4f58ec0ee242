# The software of the jobs on CPUs, from requirements.lock. The code is not in it: it runs in a checkout.
FROM python:3.11-slim
# PyKeOps compiles its kernels; jobs record the commit; a software OpenGL draws the terrains.
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ git make libegl1 libgl1-mesa-dri libgles2 \
    && rm -rf /var/lib/apt/lists/*
COPY requirements.lock /opt/requirements.lock
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu --requirement /opt/requirements.lock
ENV OMP_NUM_THREADS=1
