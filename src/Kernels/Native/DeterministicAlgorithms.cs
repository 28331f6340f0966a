namespace TurkishLlm.Kernels.Native;

/// <summary>
/// libtorch's switch for operators that give the same bits every time, which TorchSharp does not bind. It is reached through the
/// C++ functions that libtorch exports; their arguments are a pointer and truth values, which C# can pass.
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

    /// <summary>Why operators cannot be told to be deterministic here; null where they can.</summary>
    public static string? UnavailableReason { get; } = Context is not null && SetDeterministicAlgorithms is not null
        ? null
        : "this libtorch exports no switch for deterministic operators (those built with Visual C++ name it otherwise): " +
          "sums on a CUDA device may differ in the last bits from run to run";

    /// <summary>True while operators are deterministic or refuse.</summary>
    public static bool IsEnabled => UnavailableReason is null && GetDeterministicAlgorithms is not null && GetDeterministicAlgorithms(Context()) != 0;

    /// <summary>Switches all operators of this process; without <see cref="UnavailableReason"/> functions nothing happens.</summary>
    /// <param name="mode">True to replace operators that add in an order that changes, or to have them refuse.</param>
    public static void Use(bool mode)
    {
        if (UnavailableReason is not null) return;
        var context = Context();
        SetDeterministicAlgorithms(context, mode ? (byte)1 : (byte)0, 0);
        // New memory would be filled with NaN, which finds reads of what nobody wrote and costs a pass over every tensor.
        if (SetFillUninitializedMemory is not null) SetFillUninitializedMemory(context, 0);
    }
}
