/* linkage: see src/README.md */
