package io.dagwright.internal.serialization;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.SerializedLambda;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** How a lambda and the values it captured are called in the source, from its class file. */
final class LambdaNames {

  private final SerializedLambda form;
  private final Map<Integer, String> variables = new HashMap<>();
  private int line;

  LambdaNames(SerializedLambda form, @Nullable ClassLoader loader) {
    this.form = form;
    ClassLoader from = loader == null ? ClassLoader.getSystemClassLoader() : loader;
    try (InputStream in = from.getResourceAsStream(form.getImplClass() + ".class")) {
      if (in != null) {
        new ClassReader(in).accept(new Method(), ClassReader.SKIP_FRAMES);
      }
    } catch (IOException | IllegalArgumentException e) {
      // Names are a courtesy; without the class file there are numbers instead.
      line = 0;
    }
  }

  private boolean isLambda() {
    return form.getImplMethodName().startsWith("lambda$");
  }

  private boolean hasReceiver() {
    return form.getImplMethodKind() != MethodHandleInfo.REF_invokeStatic
        && form.getImplMethodKind() != MethodHandleInfo.REF_newInvokeSpecial;
  }

  /** Such as {@code lambda Etl.main:42} or {@code method reference Etl.parse}. */
  String describe() {
    String name = form.getImplClass();
    String owner = name.substring(name.lastIndexOf('/') + 1).replace('$', '.');
    if (!isLambda()) {
      return "method reference " + owner + "." + form.getImplMethodName();
    }
    String[] parts = form.getImplMethodName().split("\\$", -1);
    String method = parts.length > 1 ? parts[1] : form.getImplMethodName();
    return "lambda " + owner + "." + method + (line > 0 ? ":" + line : "");
  }

  /** Such as {@code captured 'svc'}. */
  String captured(int argument) {
    if (hasReceiver() && argument == 0) {
      return isLambda() ? "captured this" : "called on its receiver";
    }
    int slot = hasReceiver() ? 1 : 0;
    Type[] types = Type.getArgumentTypes(form.getImplMethodSignature());
    int parameter = hasReceiver() ? argument - 1 : argument;
    for (int i = 0; i < Math.min(parameter, types.length); i++) {
      slot += types[i].getSize();
    }
    String variable = variables.get(slot);
    return "captured " + (variable == null ? "arg[" + argument + "]" : "'" + variable + "'");
  }

  private final class Method extends ClassVisitor {

    Method() {
      super(Opcodes.ASM9);
    }

    @Override
    public @Nullable MethodVisitor visitMethod(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        String @Nullable [] exceptions) {
      if (!name.equals(form.getImplMethodName())
          || !descriptor.equals(form.getImplMethodSignature())) {
        return null;
      }
      return new MethodVisitor(Opcodes.ASM9) {
        @Override
        public void visitLineNumber(int number, Label start) {
          line = line == 0 ? number : Math.min(line, number);
        }

        @Override
        public void visitLocalVariable(
            String variable,
            String type,
            @Nullable String generic,
            Label start,
            Label end,
            int index) {
          variables.putIfAbsent(index, variable);
        }
      };
    }
  }
}
