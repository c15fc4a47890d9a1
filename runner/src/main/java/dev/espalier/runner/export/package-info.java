/** Tickets taken out of a run for use elsewhere, and put back. */
package dev.espalier.runner.export;
