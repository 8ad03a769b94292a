/* golden: see src/README.md */
