"""The jobs of a batch on a dask cluster, whose workers have this library, its notebooks and its reference data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from spaser_analysis.publishing.job import Job, Made, do

RETRIES = 3  # of a job whose worker is lost


@contextmanager
def connected(scheduler: str, snapshot: bytes) -> Iterator[Callable[[Job], Future[Made]]]:
    """What sends a job to the cluster at that address (``tcp://host:port``); the snapshot goes once to each worker.

    OSError where there is no such cluster, or the extra ``cluster`` is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        raise OSError("--scheduler needs the extra cluster: pip install spaser-analysis[cluster]") from None
    with Client(scheduler, timeout=20, set_as_default=False) as client:
        shared = client.scatter(snapshot, broadcast=True, hash=True)
        with client.get_executor(pure=False, retries=RETRIES) as pool:
            try:
                yield lambda job: pool.submit(do, job, shared)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
