/* text: see src/README.md */
