"""What the golden scripts share: the generator, the values drawn from it, and networks that torchvision does not have."""
