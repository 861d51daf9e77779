"""The peer: dlt's REST source walks the same pages, and its records are counted; run by `bench_fetch.py`."""

from __future__ import annotations

import json
import resource
import sys
import time

from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator
from dlt.sources.rest_api import rest_api_resources

origin = sys.argv[1]
[users] = rest_api_resources(
    {
        "client": {"base_url": origin, "paginator": JSONLinkPaginator(next_url_path="links[0].uri")},
        "resources": [
            {
                "name": "users",
                "endpoint": {"path": "v3.1/users", "params": {"limit": 10000}, "data_selector": "data"},
            }
        ],
    }
)
started, worked = time.perf_counter(), time.process_time()
count = sum(1 for _ in users)
seconds, cpu = time.perf_counter() - started, time.process_time() - worked
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "cpu": cpu, "megabytes": megabytes, "got": count}))
