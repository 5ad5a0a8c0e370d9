"""The proof of one episode, in a clinician's words: as values, as JSON and as text."""

from lumbar.explain.proof import READING, Candidate, Proof, RowProof, Source, proof_json, prove
from lumbar.explain.text import proof_text

__all__ = ["READING", "Candidate", "Proof", "RowProof", "Source", "proof_json", "proof_text", "prove"]
