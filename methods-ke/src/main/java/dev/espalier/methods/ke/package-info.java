/** Knowledge evolution. */
package dev.espalier.methods.ke;
