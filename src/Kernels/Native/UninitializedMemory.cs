namespace TurkishLlm.Kernels.Native;

/// <summary>
/// Fills new memory with NaN while it is enabled: that of libtorch's tensors and that of the kernels. A value that is read before
/// it is written then spoils the result every time, not only when the memory happens to hold something else than zeros.
/// </summary>
/// <remarks>For tests: it costs a pass over every new tensor. Source: PyTorch, "torch.utils.deterministic".</remarks>
internal static unsafe class UninitializedMemory
{
    // NaN in float32 and bfloat16, also after rounding from the one to the other; large in integers.
    private const ushort Filler = 0x7FC0;

    private static volatile bool _isFilled;

    /// <summary>Why libtorch cannot fill its tensors; null if it can.</summary>
    public static string? UnavailableReason => DeterministicAlgorithms.FillUnavailableReason;

    /// <summary>Fills new memory with NaN until the result is disposed. Applies to all threads of the process.</summary>
    /// <exception cref="InvalidOperationException">libtorch cannot; see <see cref="UnavailableReason"/>.</exception>
    public static IDisposable FillWithNaN()
    {
        if (UnavailableReason is { } reason) throw new InvalidOperationException(reason);
        var filling = new Filling(DeterministicAlgorithms.IsEnabled);
        DeterministicAlgorithms.FillNewTensors();
        _isFilled = true;
        return filling;
    }

    /// <summary>Fills memory that has just been allocated, if enabled.</summary>
    public static void Initialize(void* memory, long bytes)
    {
        if (!_isFilled) return;
        var at = (ushort*)memory;
        for (var left = bytes / sizeof(ushort); left > 0;)
        {
            var length = (int)Math.Min(left, 1 << 30);
            new Span<ushort>(at, length).Fill(Filler);
            at += length;
            left -= length;
        }
    }

    private sealed class Filling(bool wasDeterministic) : IDisposable
    {
        public void Dispose()
        {
            _isFilled = false;
            DeterministicAlgorithms.Use(wasDeterministic);
        }
    }
}
