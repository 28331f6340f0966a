namespace TurkishLlm.Kernels.Native;

/// <summary>
/// Switches libtorch to deterministic algorithms, which TorchSharp does not bind. Calls C++ functions that libtorch exports;
/// their arguments are a pointer and booleans, which C# can pass.
/// </summary>
/// <remarks>Source: PyTorch, ATen/Context.h and docs, "torch.use_deterministic_algorithms".</remarks>
internal static unsafe class DeterministicAlgorithms
{
    private static readonly delegate* unmanaged[Cdecl]<nint> Context =
        (delegate* unmanaged[Cdecl]<nint>)TorchLibrary.LibtorchFunction("_ZN2at13globalContextEv");

    private static readonly delegate* unmanaged[Cdecl]<nint, byte, byte, void> SetDeterministicAlgorithms =
        (delegate* unmanaged[Cdecl]<nint, byte, byte, void>)
            TorchLibrary.LibtorchFunction("_ZN2at7Context26setDeterministicAlgorithmsEbb");

    private static readonly delegate* unmanaged[Cdecl]<nint, byte, void> SetFillUninitializedMemory =
        (delegate* unmanaged[Cdecl]<nint, byte, void>)
            TorchLibrary.LibtorchFunction("_ZN2at7Context39setDeterministicFillUninitializedMemoryEb");

    private static readonly delegate* unmanaged[Cdecl]<nint, byte> GetDeterministicAlgorithms =
        (delegate* unmanaged[Cdecl]<nint, byte>)TorchLibrary.LibtorchFunction("_ZNK2at7Context23deterministicAlgorithmsEv");

    /// <summary>Why deterministic algorithms cannot be enabled; null if they can.</summary>
    public static string? UnavailableReason { get; } = Context is not null && SetDeterministicAlgorithms is not null
        ? null
        : "this libtorch exports no switch for deterministic operators (builds with Visual C++ use other names): " +
          "sums on a CUDA device may differ in the last bits from run to run";

    /// <summary>Why new tensors cannot be filled with NaN; null if they can.</summary>
    public static string? FillUnavailableReason { get; } = UnavailableReason is null && SetFillUninitializedMemory is not null
        ? null
        : "this libtorch exports no switch that fills new tensors (builds with Visual C++ use other names)";

    /// <summary>True if deterministic algorithms are enabled.</summary>
    public static bool IsEnabled =>
        UnavailableReason is null && GetDeterministicAlgorithms is not null && GetDeterministicAlgorithms(Context()) != 0;

    /// <summary>Enables or disables deterministic algorithms in this process; does nothing if they are unavailable.</summary>
    /// <param name="mode">True to use deterministic algorithms, and throw for an operator without one.</param>
    public static void Use(bool mode)
    {
        if (UnavailableReason is not null) return;
        var context = Context();
        SetDeterministicAlgorithms(context, mode ? (byte)1 : (byte)0, 0);
        // Otherwise new memory would be filled with NaN, which detects uninitialized reads but costs a pass over every tensor.
        if (SetFillUninitializedMemory is not null) SetFillUninitializedMemory(context, 0);
    }

    /// <summary>
    /// Makes libtorch fill new tensors with NaN, and with the largest value if they are integers, until <see cref="Use"/> is
    /// called. It does so with deterministic algorithms only; operators without one warn instead of throwing.
    /// </summary>
    public static void FillNewTensors()
    {
        if (FillUnavailableReason is not null) return;
        var context = Context();
        SetDeterministicAlgorithms(context, 1, 1);
        SetFillUninitializedMemory(context, 1);
    }
}
