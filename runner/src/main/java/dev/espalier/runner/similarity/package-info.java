/**
 * Structure similarity: how alike the networks are that replicates find.
 *
 * <p>Source: Wang et al., "Pruning from Scratch", AAAI 2020, arXiv:1909.12579, who compare
 * structures found after more and more pre-training. {@link
 * dev.espalier.runner.similarity.Similarity} computes and writes the correlations of a run.
 */
package dev.espalier.runner.similarity;
