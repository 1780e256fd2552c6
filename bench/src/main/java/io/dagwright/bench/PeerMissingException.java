package io.dagwright.bench;

/** A peer to compare with is not set up; the message says which, and what would set it up. */
final class PeerMissingException extends RuntimeException {

  PeerMissingException(String peer, String why, String remedy) {
    super("Peer [" + peer + "] is not set up: " + why + ". " + remedy);
  }
}
