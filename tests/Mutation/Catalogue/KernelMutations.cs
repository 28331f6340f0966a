namespace TurkishLlm.Tests.Mutation;

/// <summary>Bugs in the fused kernels.</summary>
internal static class KernelMutations
{
    public static IReadOnlyList<Mutation> All { get; } = [];
}
