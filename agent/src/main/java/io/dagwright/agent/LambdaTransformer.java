package io.dagwright.agent;

import java.lang.instrument.ClassFileTransformer;
import java.lang.invoke.LambdaMetafactory;
import java.security.ProtectionDomain;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Has the JDK make lambdas of the kind that can describe themselves: calls of {@code metafactory}
 * become calls of {@code altMetafactory} with the flag for it. Nothing else of a class changes.
 */
final class LambdaTransformer implements ClassFileTransformer {

  private static final String METAFACTORY = "java/lang/invoke/LambdaMetafactory";
  private static final Handle SERIALIZABLE =
      new Handle(
          Opcodes.H_INVOKESTATIC,
          METAFACTORY,
          "altMetafactory",
          "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;Ljava/lang/invoke/MethodType;"
              + "[Ljava/lang/Object;)Ljava/lang/invoke/CallSite;",
          false);

  private final PackageFilter filter;

  LambdaTransformer(PackageFilter filter) {
    this.filter = filter;
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      @Nullable String name,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] classFile) {
    if (loader == null || name == null || !filter.accepts(name)) {
      return null;
    }
    try {
      return transformed(classFile);
    } catch (RuntimeException e) {
      return null; // A class file of a Java version to come: its lambdas stay as they are.
    }
  }

  /** The class file with serializable lambdas; null if there is nothing to change. */
  static byte @Nullable [] transformed(byte[] classFile) {
    ClassReader reader = new ClassReader(classFile);
    ClassWriter writer = new ClassWriter(reader, 0);
    Lambdas lambdas = new Lambdas(writer);
    reader.accept(lambdas, 0);
    return lambdas.isChanged ? writer.toByteArray() : null;
  }

  private static final class Lambdas extends ClassVisitor {

    private boolean isChanged;

    Lambdas(ClassWriter writer) {
      super(Opcodes.ASM9, writer);
    }

    @Override
    public MethodVisitor visitMethod(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        String @Nullable [] exceptions) {
      MethodVisitor next = super.visitMethod(access, name, descriptor, signature, exceptions);
      return new MethodVisitor(Opcodes.ASM9, next) {
        @Override
        public void visitInvokeDynamicInsn(
            String method, String type, Handle bootstrap, Object... arguments) {
          if (bootstrap.getOwner().equals(METAFACTORY)
              && bootstrap.getName().equals("metafactory")) {
            isChanged = true;
            super.visitInvokeDynamicInsn(
                method,
                type,
                SERIALIZABLE,
                arguments[0],
                arguments[1],
                arguments[2],
                LambdaMetafactory.FLAG_SERIALIZABLE);
          } else {
            super.visitInvokeDynamicInsn(method, type, bootstrap, arguments);
          }
        }
      };
    }
  }
}
