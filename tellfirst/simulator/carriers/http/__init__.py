"""A lean HTTP/1.1 server: one protocol over httptools, handlers that are plain functions of a request."""
