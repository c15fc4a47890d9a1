/** Methods that prune networks at initialisation. */
package dev.espalier.methods.snip;
