/* types: see src/README.md */
