/* similarity: see src/README.md */
