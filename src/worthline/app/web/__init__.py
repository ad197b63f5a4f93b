"""The web app: the published run as pages, on this machine alone, for reading only.

Reads     what reports say about the run that is published at the moment of each request.
Gives     `serve.serve`, behind `worthline serve`; `site.make` for what serves it otherwise.
Method    pages are made on the server, once a run, and need no JavaScript (docs/adr/0012).
"""
