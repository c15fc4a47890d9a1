/**
 * Critical compression: how far criteria can prune an untrained network before a layer is empty.
 *
 * <p>Source: Tanaka, Kunin, Yamins and Ganguli, "Pruning neural networks without any data by
 * iteratively conserving synaptic flow", NeurIPS 2020, arXiv:2006.05467. {@link
 * dev.espalier.runner.collapse.CollapseSearch} searches for it; the command is {@code collapse}.
 */
package dev.espalier.runner.collapse;
