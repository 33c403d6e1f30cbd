"""What every stage stands on: old Chainer on a new stack, files, randomness, configuration, packed LSTM, training loop.

The stages (``data_prep`` -> ``pretrain_lm`` -> ``interpretable_adv`` -> ``results``) import from here; nothing here imports
a stage.  Importing ``core`` alone does not import Chainer, so that ``data_prep`` and ``results`` start fast.
"""
