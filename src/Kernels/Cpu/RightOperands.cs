namespace TurkishLlm.Kernels.Cpu;

/// <summary>Several right operands and their buffers.</summary>
internal sealed unsafe class RightOperands<T> : IDisposable
    where T : unmanaged
{
    private readonly NativeBuffer<T> _memory;
    private readonly long[] _starts;
    private readonly RightOperand<T>[] _operands;

    /// <param name="sizes">Size of each buffer, in numbers.</param>
    public RightOperands(IEnumerable<long> sizes)
    {
        List<long> starts = [0];
        foreach (var size in sizes) starts.Add(starts[^1] + (size + 31) / 32 * 32);
        _starts = [.. starts];
        _operands = new RightOperand<T>[_starts.Length - 1];
        _memory = new(_starts[^1]);
    }

    public RightOperand<T> this[int index]
    {
        get => _operands[index];
        set => _operands[index] = value;
    }

    /// <summary>Returns the buffer of an operand.</summary>
    public T* GetBuffer(int index) => _memory.Pointer + _starts[index];

    public void Dispose() => _memory.Dispose();
}
