"""Reads and writes safetensors files with numpy alone.

Format: the header's length (8 bytes, little-endian), a JSON header
{name: {dtype, shape, data_offsets}, "__metadata__": {string: string}}, then the data.
"""

import json
import struct

import numpy

DTYPES = {"F64": "<f8", "F32": "<f4", "I64": "<i8", "I32": "<i4", "U8": "|u1"}
NAMES = {numpy.dtype(code): name for name, code in DTYPES.items()}
METADATA = "__metadata__"


def read(path):
    """Returns (tensors by name, metadata). Raises ValueError, naming the file, if it is damaged."""
    with open(path, "rb") as file:
        content = file.read()
    if len(content) < 8:
        raise ValueError(f"{path}: {len(content)} bytes are too few for a safetensors file")
    (length,) = struct.unpack_from("<Q", content)
    if 8 + length > len(content):
        raise ValueError(f"{path}: the header should have {length} bytes, but the file ends before")
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop(METADATA, {})
    data = content[8 + length :]
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        dtype = numpy.dtype(DTYPES[entry["dtype"]])
        size = int(numpy.prod(entry["shape"], dtype=numpy.int64)) * dtype.itemsize
        if end - begin != size or end > len(data):
            raise ValueError(f"{path}: {name} {entry['shape']} needs {size} bytes, has {begin}..{end} of {len(data)}")
        tensors[name] = numpy.frombuffer(data[begin:end], dtype).reshape(entry["shape"])
    return tensors, metadata


def write(path, tensors, metadata=None):
    """Writes arrays by name, in the order given; metadata maps strings to strings."""
    header = {METADATA: metadata or {}}
    chunks = []
    offset = 0
    for name, tensor in tensors.items():
        # ascontiguousarray alone would turn a scalar into a vector.
        array = numpy.ascontiguousarray(tensor).reshape(numpy.shape(tensor))
        chunk = array.astype(array.dtype.newbyteorder("<")).tobytes()
        header[name] = {
            "dtype": NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + len(chunk)],
        }
        chunks.append(chunk)
        offset += len(chunk)
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(encoded)))
        file.write(encoded)
        for chunk in chunks:
            file.write(chunk)
