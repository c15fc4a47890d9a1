/** Remembered steps on disk, and the layouts of the files that hold them. */
package dev.espalier.runner.store;
