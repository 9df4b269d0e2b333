"""Writes Tests/TrainingTests/Fixtures/tensorboard_events.json: records of event files, by TensorBoard's own package."""

import io

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter, masked_crc32c

from .. import files

# Numbers around the ends of a byte of a varint, negative and huge values, tags of more than 127 bytes and beyond ASCII.
SCALARS = [
    (1, []),
    (127, [("loss/training", 0.5)]),
    (128, [("loss/training", 2.302585092994046), ("loss/validation", -1e-30), ("epoch/learning rate", 0.0)]),
    (16384, [("größe/" + "x" * 200, 3.4e38)]),
    (2**40, [("accuracy/validation", 0.9833333)]),
]


class Kept(io.BytesIO):
    """Keeps what was written when it is closed."""

    def close(self):
        self.content = self.getvalue()
        super().close()


def framed(event) -> str:
    target = Kept()
    writer = RecordWriter(target)
    writer.write(event.SerializeToString(deterministic=True))
    writer.flush()
    return target.getvalue().hex()


def case(time, step, kind, scalars=()):
    event = event_pb2.Event(wall_time=time)
    if step:
        event.step = step
    if kind == "version":
        event.file_version = "brain.Event:2"
    elif kind == "start":
        event.session_log.status = event_pb2.SessionLog.START
    else:
        event.summary.SetInParent()
        for tag, value in scalars:
            event.summary.value.append(summary_pb2.Summary.Value(tag=tag, simple_value=value))
    return dict(
        time=time, step=step, kind=kind, scalars=[dict(tag=t, value=v) for t, v in scalars], hex=framed(event))


def write(arguments):
    events = [case(1700000000.25, 0, "version"), case(1700000001.5, 6, "start"), case(0.125, 300, "start")]
    events += [case(1700000002.0 + step, step, "scalars", scalars) for step, scalars in SCALARS]
    checksums = [
        dict(text=text, masked=int(masked_crc32c(text.encode())))
        for text in ["", "a", "123456789", "TensorBoard " * 20]
    ]
    files.write_json(
        files.fixtures("TrainingTests") / "tensorboard_events.json", dict(events=events, checksums=checksums))
