package io.dagwright;

import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What can be found out about a function a user wrote: a readable name, and whether two agree. */
final class Lambdas {

  private static final String BODY = "lambda$";

  private Lambdas() {}

  /**
   * The method a method reference names, the method a lambda was written in, or the function's
   * class.
   */
  static String name(Object function) {
    SerializedLambda lambda = serialized(function);
    if (lambda == null) {
      String simple = function.getClass().getSimpleName();
      return simple.isEmpty() || simple.contains("$$Lambda") ? "task" : simple;
    }
    String method = lambda.getImplMethodName();
    if (method.startsWith(BODY)) {
      int end = method.lastIndexOf('$', method.lastIndexOf('$') - 1); // lambda$load$1a2b3c4d$1
      String within = end > BODY.length() ? method.substring(BODY.length(), end) : "task";
      return within.equals("new") || within.equals("static") ? "task" : within;
    }
    if (method.equals("<init>")) {
      String owner = lambda.getImplClass();
      return owner.substring(Math.max(owner.lastIndexOf('/'), owner.lastIndexOf('$')) + 1);
    }
    return method;
  }

  /** Whether two functions are equal, or are the same code with equal captured values, wherever. */
  static boolean same(Object one, Object other) {
    if (one.equals(other)) {
      return true;
    }
    SerializedLambda left = serialized(one);
    SerializedLambda right = serialized(other);
    if (left == null
        || right == null
        || !left.getFunctionalInterfaceClass().equals(right.getFunctionalInterfaceClass())
        || !left.getImplClass().equals(right.getImplClass())
        || !left.getImplMethodName().equals(right.getImplMethodName())
        || !left.getImplMethodSignature().equals(right.getImplMethodSignature())
        || left.getCapturedArgCount() != right.getCapturedArgCount()) {
      return false;
    }
    for (int i = 0; i < left.getCapturedArgCount(); i++) {
      if (!Objects.equals(left.getCapturedArg(i), right.getCapturedArg(i))) {
        return false;
      }
    }
    return true;
  }

  /** What a lambda or method reference is made of; null for anything else. */
  static @Nullable SerializedLambda serialized(Object function) {
    if (!(function instanceof Serializable) || !function.getClass().isHidden()) {
      return null;
    }
    try {
      Method replace = function.getClass().getDeclaredMethod("writeReplace");
      replace.setAccessible(true);
      return replace.invoke(function) instanceof SerializedLambda lambda ? lambda : null;
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null; // Not a lambda, or a module that does not open up: the class name has to do.
    }
  }
}
