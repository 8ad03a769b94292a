/* sequence: see src/README.md */
