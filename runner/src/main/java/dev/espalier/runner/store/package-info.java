/** Remembered steps on disk. */
package dev.espalier.runner.store;
