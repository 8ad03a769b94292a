/* affinity: see src/README.md */
