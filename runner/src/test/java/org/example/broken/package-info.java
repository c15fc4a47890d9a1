/** Plugins with mistakes, in a package of another author. */
package org.example.broken;
