"""Experiments of the literature as a person sees them: tables, figures, verdicts, and a page of them all."""
