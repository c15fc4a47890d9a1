/**
 * Immutable values: tensors, states, masks, scores, seeds and the digest of each. A value owns no
 * native memory.
 */
package dev.espalier.api.state;
