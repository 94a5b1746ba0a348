"""Work in blocks, given out to threads, processes or the workers of a cluster.

An entry point makes a list of blocks and a task, which is called with each of them; what comes out
is in the order of the blocks. Any ``concurrent.futures.Executor`` will do. Threads call the task as it is.
For all others it is pickled once, by cloudpickle where pickle cannot; a worker that has had it
remembers it by the hash of its bytes, and asks for it if it has not. What a task gives must not depend
on where it runs or on which blocks there are: then the result is the same to the last bit.
"""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import os
import pickle
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, ThreadPoolExecutor
from typing import Any, NamedTuple

from ..errors import ExecutorError, InputError


class Out(NamedTuple):
    """Where the blocks go: an executor, or None for this thread; and whether a bar is shown."""

    executor: Any = None
    progress: bool = False


def checked_executor(executor: Any, progress: bool = False) -> Out | None:
    """The executor with its options, None if there is neither; an error for what is none."""
    if executor is not None and (
        isinstance(executor, type) or not callable(getattr(executor, "submit", None))
    ):
        raise InputError(
            f"executor={executor!r} is no executor; pass one with a method submit, such as "
            "concurrent.futures.ThreadPoolExecutor(2) or, of dask.distributed, client.get_executor()"
        )
    if progress:
        _bar_class()
    return Out(executor, progress) if executor is not None or progress else None


class Sent:
    """A callable that a function makes of others, and makes anew where it arrives.

    A lifted function, or a gradient, can hardly be pickled, but what it was made of can.

    Examples
    --------
    >>> from operator import itemgetter
    >>> pickle.loads(pickle.dumps(Sent(itemgetter, 1)))("abc")
    'b'
    """

    def __init__(self, make: Callable[..., Callable[..., Any]], *args: Any):
        self._made_of = (make, *args)
        self._call = make(*args)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self._call(*args, **keywords)

    @property
    def origin(self) -> Any:
        """The first of what it is made of: the function that was given."""
        return self._made_of[1]

    @property
    def options(self) -> tuple[Any, ...]:
        """What makes it, and with which options."""
        return self._made_of[0], *self._made_of[2:]

    def __reduce__(self) -> Any:
        return Sent, self._made_of


# ---------------------------------------------------------------- how large a block is

#: A block takes at least so many seconds, beside which it costs little to give it out.
_LEAST = {True: 0.002, False: 0.02}

#: So many blocks go to each worker if they take long enough: not all are equally fast.
_ROUNDS = 4


def shares_memory(executor: Any) -> bool:
    """Whether the blocks are computed in this process."""
    return executor is None or isinstance(executor, ThreadPoolExecutor)


def workers_of(executor: Any) -> int:
    """How many workers an executor has; the number of processors if it does not say."""
    if executor is None:
        return 1
    for name in ("_max_workers", "num_workers"):
        n = getattr(executor, name, None)
        if isinstance(n, int) and n > 0:
            return n
    client = getattr(executor, "_client", None)  # of dask.distributed
    if client is not None:
        with contextlib.suppress(Exception):
            return max(1, sum(client.ncores().values()))
    return os.cpu_count() or 1


def block_length(n: int, seconds: float, executor: Any, multiple: int = 1, together: float = 0) -> int:
    """How many of ``n`` units that take so many seconds each make a block.

    So many ``together`` take as long as what each block does anew: fewer in a block are only worth it if
    there were less blocks than workers.

    Examples
    --------
    >>> with ThreadPoolExecutor(2) as pool:
    ...     block_length(1000, 1.0, pool), block_length(1000, 1e-5, pool), block_length(100, 1.0, pool, 8)
    (125, 200, 16)
    """
    workers = workers_of(executor)
    least = int(_LEAST[shares_memory(executor)] / max(seconds, 1e-12))
    length = max(1, -(-n // (_ROUNDS * workers)), min(int(together), -(-n // workers)), least)
    return max(1, min(n, -(-length // multiple) * multiple))


def spans(n: int, length: int) -> list[range]:
    """The numbers from 0 in blocks.

    Examples
    --------
    >>> spans(5, 2)
    [range(0, 2), range(2, 4), range(4, 5)]
    """
    return [range(start, min(start + length, n)) for start in range(0, n, length)]


# ---------------------------------------------------------------- given out


def results(
    task: Callable[[Any], Any], blocks: Sequence[Any], out: Out, name: Callable[[Any], str]
) -> Iterator[Any]:
    """``task(block)`` for each block, in their order.

    Parameters
    ----------
    task : callable
        Of one block; can be pickled, unless the executor is one of threads.
    blocks : sequence
    out : Out
    name : callable
        What a block is called in an error, such as "columns 8 to 15".

    Raises
    ------
    ExecutorError
        The executor is shut down, a worker has died, or the task cannot be sent. What the task itself
        raises arrives as it is, with a note that says at which block and, from another process, with
        its traceback. Blocks that have not begun by then are cancelled.
    """
    where = [f"in block {i + 1} of {len(blocks)} ({name(block)})" for i, block in enumerate(blocks)]
    with _bar(out.progress, len(blocks)) as bar:
        if out.executor is None:
            for block in blocks:
                yield task(block)
                bar.update()
            return
        pending: list[Any] = []
        try:
            if shares_memory(out.executor):
                for block, text in zip(blocks, where, strict=True):
                    context = contextvars.copy_context()  # np.errstate holds in the threads, too
                    pending.append(_submit(out.executor, context.run, _noted, task, block, text))

                def receive(i: int) -> Any:
                    return _result(pending[i], where[i])

            else:
                post = _Post(task, out.executor)
                # The first blocks bring the task along, one for each worker; the others will know it.
                first = workers_of(out.executor)
                pending += [post.send(block, i < first) for i, block in enumerate(blocks)]

                def receive(i: int) -> Any:
                    return post.receive(pending[i], blocks[i], where[i])

            for i in range(len(blocks)):
                yield receive(i)
                pending[i] = None  # what has been used need not be kept
                bar.update()
        finally:
            for future in pending:
                if future is not None:
                    future.cancel()


def _noted(task: Callable[[Any], Any], block: Any, where: str) -> Any:
    try:
        return task(block)
    except Exception as error:
        error.add_note(f"dualad: {where}")
        raise


def _submit(executor: Any, *call: Any) -> Any:
    try:
        return executor.submit(*call)
    except BrokenExecutor as error:
        raise _broken("at an earlier call") from error
    except Exception as error:
        raise ExecutorError(
            f"the executor takes no work ({type(error).__name__}: {error}); it has been shut down, perhaps: "
            "make a new one, and call inside its with block"
        ) from error


def _result(future: Any, where: str) -> Any:
    """What came of it; errors of the executor's own are explained."""
    try:
        return future.result()
    except BrokenExecutor as error:
        raise _broken(where) from error
    except CancelledError as error:
        raise ExecutorError(
            f"the executor cancelled the work {where}, as it does when it is shut down; make a new one, and "
            "call inside its with block"
        ) from error


def _broken(where: str) -> ExecutorError:
    return ExecutorError(
        f"a worker of the executor died {where}, and it can no longer be used; make a new executor and call "
        "again. If that happens again it was too little memory, perhaps: take fewer workers or, for a "
        'Jacobian, pass chunk="64MB"'
    )


# ---------------------------------------------------------------- other processes


class _Post:
    """A task on its way to other processes."""

    def __init__(self, task: Any, executor: Any):
        self._task = task
        self._executor = executor
        self._by_value = False
        try:
            self._pack(pickle.dumps(task))
        except Exception as error:  # PicklingError, TypeError, AttributeError, ...
            self._pack(self._cloudpickled(error))

    def _pack(self, payload: bytes) -> None:
        self._payload = payload
        self._key = hashlib.sha256(payload).hexdigest()

    def _cloudpickled(self, reason: Any) -> bytes:
        """Functions by value: those that are defined inside others, or at the prompt."""
        self._by_value = True
        try:
            import cloudpickle
        except ImportError:
            raise ExecutorError(
                f"the function cannot be sent to another process ({reason}); pip install cloudpickle, or "
                "define the function at the top of a module, or take a ThreadPoolExecutor"
            ) from None
        try:
            payload: bytes = cloudpickle.dumps(self._task)
        except Exception as error:
            raise ExecutorError(
                f"the function cannot be sent to another process ({type(error).__name__}: {error}); leave "
                "open files, locks and connections out of its closure and its arguments, or take a "
                "ThreadPoolExecutor"
            ) from error
        return payload

    def send(self, block: Any, with_task: bool) -> Any:
        return _submit(self._executor, _at_worker, self._key, self._payload if with_task else None, block)

    def receive(self, future: Any, block: Any, where: str) -> Any:
        """The result of a block, which is sent again if the worker lacks the task."""
        while True:
            try:
                kind, answer = _result(future, where)
            except ExecutorError:
                raise
            except Exception as error:  # of the executor's own: of the task's there is an answer
                raise ExecutorError(
                    f"the executor failed {where} ({type(error).__name__}: {error}); call again, and if that "
                    'fails as well with fewer workers or a smaller chunk, as in chunk="64MB"'
                ) from error
            if kind == "done":
                return answer
            if kind == "failed":
                answer.add_note(f"dualad: {where}")
                raise answer
            if kind == "unreadable" and self._by_value:
                raise ExecutorError(
                    f"a worker cannot read the function: {answer}; install the module that it needs where "
                    "the workers run, or have it sent along: cloudpickle.register_pickle_by_value(module)"
                )
            if kind == "unreadable":
                self._pack(self._cloudpickled(answer))
            future = self.send(block, True)


#: The tasks that this process has been sent lately, by the hash of their bytes.
_tasks: OrderedDict[str, Any] = OrderedDict()
_KEPT = 4
_lock = threading.Lock()


def _at_worker(key: str, payload: bytes | None, block: Any) -> tuple[str, Any]:
    """Runs in another process: ``"done"`` and the result, or what is missing."""
    with _lock:
        task = _tasks.get(key)
    if task is None:
        if payload is None:
            return "missing", None
        try:
            task = pickle.loads(payload)
        except Exception as error:
            return "unreadable", f"{type(error).__name__}: {error}"
        with _lock:
            _tasks[key] = task
            while len(_tasks) > _KEPT:
                _tasks.popitem(last=False)
    try:
        return "done", task(block)
    except Exception as error:
        return "failed", _sendable(error)


def _sendable(error: Exception) -> Exception:
    """An exception with its traceback as a note; another one if it cannot be pickled."""
    error.add_note(f"In the worker:\n{traceback.format_exc()}".rstrip())
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        other = ExecutorError(f"{type(error).__name__}: {error}")
        for note in getattr(error, "__notes__", ()):
            other.add_note(note)
        return other
    return error


# ---------------------------------------------------------------- progress


class _NoBar:
    """No bar."""

    def update(self) -> None:
        pass


def _bar_class() -> Any:
    try:
        from tqdm import tqdm
    except ImportError:
        raise InputError(
            "progress=True shows a bar of tqdm; pip install tqdm, or leave out progress"
        ) from None
    return tqdm


def _bar(progress: bool, n: int) -> Any:
    return _bar_class()(total=n, unit="block") if progress else contextlib.nullcontext(_NoBar())
