"""The model at scale, beside the same computations in hand-written DuckDB SQL."""
