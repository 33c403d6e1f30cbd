"""Chainer asks whether it is there."""
