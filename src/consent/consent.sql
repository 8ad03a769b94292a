/* consent: see src/README.md */
