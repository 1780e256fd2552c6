package io.dagwright.internal.serialization;

/** Thrown inside a decoder when the class loader does not have a class the bytes name. */
final class MissingClassException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String className;

  MissingClassException(String className, Throwable cause) {
    super(className, cause);
    this.className = className;
  }

  String className() {
    return className;
  }

  static Class<?> load(String name, ClassLoader loader) {
    try {
      return Class.forName(name, false, loader);
    } catch (ClassNotFoundException | LinkageError e) {
      throw new MissingClassException(name, e);
    }
  }
}
