"""What ours is compared with: the same work written plainly on stock Chainer and on PyTorch."""
