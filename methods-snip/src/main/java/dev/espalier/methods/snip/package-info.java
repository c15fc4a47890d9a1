/** Pruning at initialisation. */
package dev.espalier.methods.snip;
