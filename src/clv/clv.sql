/* clv: see src/README.md */
