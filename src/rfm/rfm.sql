/* rfm: see src/README.md */
