"""Functions whose result carries no derivative (questions, positions, text, ...), and those refused."""

from __future__ import annotations

import numpy as np

from ..table import passed, refused

# shapes and types
passed(np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.common_type, np.min_scalar_type)
passed(np.iscomplexobj, np.isrealobj, np.shares_memory, np.may_share_memory)

# questions
passed(np.all, np.any, np.allclose, np.isclose, np.array_equal, np.array_equiv)
passed(np.iscomplex, np.isreal, np.isneginf, np.isposinf, np.isin)

# positions and counts
passed(np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.argsort, np.argpartition, np.lexsort)
passed(np.nonzero, np.flatnonzero, np.argwhere, np.count_nonzero, np.searchsorted, np.digitize)
passed(np.diag_indices_from, np.tril_indices_from, np.triu_indices_from)
passed(np.unravel_index, np.ravel_multi_index, np.einsum_path)

# dates
passed(np.busday_count, np.busday_offset, np.is_busday, np.datetime_as_string)

# text
passed(np.array2string, np.array_repr, np.array_str)

if "in1d" in vars(np):  # until NumPy 2.3
    passed(vars(np)["in1d"])

refused(np.packbits, "np.packbits(dualad.value(x) > 0), a function of whole numbers,")
refused(np.unpackbits, "np.unpackbits(dualad.value(x).astype(np.uint8)), a function of whole numbers,")

# files, which somebody may read again
for _save in (np.save, np.savetxt, np.savez, np.savez_compressed):
    refused(_save, f"np.{_save.__name__}(file, dualad.value(x)), which writes plain numbers,")
