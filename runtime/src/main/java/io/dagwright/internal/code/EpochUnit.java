package io.dagwright.internal.code;

/**
 * The code of one epoch of a client session as it is now. Within an epoch a name means one class
 * file, and units only grow.
 *
 * @param epoch from 0, one more each time a name came to mean another class file
 * @param unit everything the epoch's tasks need so far
 */
public record EpochUnit(int epoch, CodeUnit unit) {}
