"""Families of worlds from the literature, one file each."""
