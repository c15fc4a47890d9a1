/** Values: tensors, states, masks, scores, digests, seeds. */
package dev.espalier.api.state;
