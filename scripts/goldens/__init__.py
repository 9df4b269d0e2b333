"""Goldens: what PyTorch, torchvision, scikit-learn, Pillow and NumPy compute, written down for the tests.

`python -m goldens --help`, run in scripts/, lists the topics. A topic is a module of `topics`; what several share stands
beside this file: the generator, the values drawn from it, and networks that torchvision does not have.
"""
