"""The audit pack: the proofs of a sample of operations, and the records and source lines they rest on."""
