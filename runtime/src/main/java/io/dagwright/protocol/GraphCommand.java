package io.dagwright.protocol;

/** What a client's submitter may be told. Not sent over networks: the submitter is on each node. */
public sealed interface GraphCommand permits SubmitGraph, CancelGraph {}
