"""Writes Tests/DatasetsTests/Fixtures/hog.json: scikit-image's histograms of oriented gradients of grey and of coloured
pictures, plain and of square roots.

Pictures are drawn by the goldens' generator, so that only the answers are written.
"""

from skimage.feature import hog

from .. import files
from .evaluation import picture


def case(width, height, channels, root):
    x = picture("hog", width, height, channels)
    features = hog(
        x if channels == 3 else x[:, :, 0], orientations=9, pixels_per_cell=(8, 8), cells_per_block=(2, 2),
        block_norm="L2-Hys", transform_sqrt=root, channel_axis=-1 if channels == 3 else None)
    return dict(
        width=width, height=height, channels=channels, root=root, features=[round(float(value), 7) for value in features])


def write(arguments):
    cases = [
        case(width, height, channels, root) for width, height, channels in [(37, 42, 3), (40, 33, 1), (16, 24, 3)]
        for root in [False, True]]
    files.write_json(files.fixtures("DatasetsTests") / "hog.json", cases)
