using System.Runtime.InteropServices;

namespace TurkishLlm.Data.Corpus;

/// <summary>Reads the staged values of documents sequentially.</summary>
/// <typeparam name="T">Type of the values.</typeparam>
internal sealed class StagedValues<T>(string path) : IDisposable where T : unmanaged
{
    private readonly FileStream _file = new(
        path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 20, FileOptions.SequentialScan);
    private T[] _buffer = new T[1 << 12];

    /// <summary>Reads the values of the next document; valid until the next call.</summary>
    public ReadOnlyMemory<T> Read(int count)
    {
        if (_buffer.Length < count) _buffer = new T[2 * count];
        _file.ReadExactly(MemoryMarshal.AsBytes(_buffer.AsSpan(0, count)));
        return _buffer.AsMemory(0, count);
    }

    public void Dispose() => _file.Dispose();
}
