# SPDX-License-Identifier: Apache-2.0
# Ossicle with the compiler for chips, the emulator, pictures and imports:
#     docker build -t ossicle .
#     docker run --rm -v "$PWD:/work" ossicle compile gru256 --target stm32h743 -o board
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make && rm -rf /var/lib/apt/lists/*
COPY pyproject.toml README.md LICENSE /source/
COPY src /source/src
RUN pip install --no-cache-dir '/source[emulator,plot,import]' && rm -rf /source
ENV OSSICLE_CACHE=/tmp/ossicle
WORKDIR /work
ENTRYPOINT ["ossicle"]
