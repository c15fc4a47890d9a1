/** Networks: blocks with named parameters, channel groups, initial weights. */
package dev.espalier.api.network;
