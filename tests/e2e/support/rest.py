"""A client of the API that fails with what the service said."""

import requests


class Rest:
    def __init__(self, url):
        self.url = url
        self.session = requests.Session()

    def raw(self, path, **params):
        """The answer, whatever its status."""
        return self.session.get(self.url + path, params=params, timeout=10)

    def get(self, path, **params):
        """The JSON of an answer that has to be 200."""
        answer = self.raw(path, **params)
        assert answer.status_code == 200, f"{answer.url}: {answer.text[:500]}"
        return answer.json()

    def trace(self, trace_id):
        """The trace, or None if there is none (yet)."""
        answer = self.raw(f"/trace/{trace_id}")
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200, f"{answer.url}: {answer.text[:500]}"
        return answer.json()

    def state(self, trace_id):
        trace = self.trace(trace_id)
        return trace and trace["state"]

    def stats(self):
        return self.get("/trace/stats")

    def status(self):
        return self.get("/trace/status")

    def all_traces(self, **params):
        """Every trace of the list, page by page, without spans."""
        found, total = [], 1
        while len(found) < total:
            page = self.get("/trace/list", limit=100, offset=len(found),
                            fields="summary", **params)
            found += page["traces"]
            total = page["total"]
            if not page["traces"]:
                break
        return found
