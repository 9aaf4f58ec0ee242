"""PGPSE, parallel state entropy on grid worlds (De Paola et al., 2025): figures, tables and claims."""
