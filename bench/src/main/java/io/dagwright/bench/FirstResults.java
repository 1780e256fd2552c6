package io.dagwright.bench;

final class FirstResults {
  static Line measure(int n, String target) { return new Line(); }
}
