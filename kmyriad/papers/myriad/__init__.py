"""K-Myriad (De Paola et al., 2026): figures, tables and claims."""
