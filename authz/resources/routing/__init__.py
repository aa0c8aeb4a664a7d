"""Readers of Istio's routing kinds: documents -> records of `authz.model.routing`, or problems."""
