"""The decision log: a record of each decision, kept where it can be found again and cannot be changed unnoticed.

The way of a record: the check door hands a `Case` to `recorder.DecisionLog`, which only puts it down. A thread of the
log reads the facts that are to be kept (`fields`), hides what is not for other eyes (`masking`), and encodes it once
(`record`). From there on there are only bytes: each sink has a bounded `queue` of its own and a thread that empties it,
into files (`writer`, `segments`, `chain`) or to standard output.

`reading` and `verify` are for whoever comes later. Imports observability, decision and what is below them; the server
knows it as its `Recorder`, and runtime puts the two together.
"""
