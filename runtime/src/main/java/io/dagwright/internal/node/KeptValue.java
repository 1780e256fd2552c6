package io.dagwright.internal.node;

import io.dagwright.graph.TaskKey;

/**
 * A value a client scattered, as the front door sees it.
 *
 * @param graph whose output it is
 * @param row which one
 * @param release lets go of it, once
 */
public record KeptValue(KeptGraph graph, int row, TaskKey key, Runnable release) {}
