"""Trains gaplab's models in PyTorch. What is trained comes as data (the job) from `gaplab
train --engine torch`."""
