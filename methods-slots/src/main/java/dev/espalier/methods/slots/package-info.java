/** Methods that select among fixed random weights. */
package dev.espalier.methods.slots;
