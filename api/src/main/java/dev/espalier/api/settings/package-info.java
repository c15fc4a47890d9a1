/** Settings records: annotations, ranges, spans of time. */
package dev.espalier.api.settings;
