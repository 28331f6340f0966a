using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace TurkishLlm.Model.Formats;

/// <summary>
/// Writes a safetensors file from front to back, so that a tensor needs to be in memory only while it is written,
/// and hashes on the way. The same tensors give the same bytes, in whatever order they were declared.
/// </summary>
public sealed class SafetensorsWriter : IDisposable
{
    private readonly FileStream _stream;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private int _current;
    private long _written;

    private SafetensorsWriter(string path, SafetensorsHeader header)
    {
        Tensors = [.. header.Entries.Select(entry => entry.Tensor)];
        _stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 20);
        Append(header.ToBytes());
        SkipCompleted();
    }

    /// <summary>The tensors, in the order in which they are to be written.</summary>
    public IReadOnlyList<SafetensorsTensorInfo> Tensors { get; }

    /// <summary>Begins a file, replacing one that is there.</summary>
    /// <param name="path">Where to write.</param>
    /// <param name="tensors">All tensors of the file, in any order.</param>
    /// <param name="metadata">Free text to keep with them; none when null.</param>
    /// <exception cref="ArgumentException">Two tensors have one name, a name is reserved, or a size is negative.</exception>
    public static SafetensorsWriter Create(
        string path, IEnumerable<SafetensorsTensorInfo> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return new(path, SafetensorsHeader.CreateLayout(tensors, metadata ?? new Dictionary<string, string>()));
    }

    /// <summary>Writes the next elements of a tensor, all at once or piece by piece.</summary>
    /// <param name="name">The first of <see cref="Tensors"/> that is not complete.</param>
    /// <param name="elements">Row-major; 16-bit floats may come as <c>ushort</c>, anything as <c>byte</c>.</param>
    /// <exception cref="InvalidOperationException">Another tensor's turn, or more elements than declared.</exception>
    public void Write<T>(string name, ReadOnlySpan<T> elements)
        where T : unmanaged
    {
        if (elements.IsEmpty) return;
        var turn = _current < Tensors.Count ? Tensors[_current] : null;
        if (turn?.Name != name)
            throw new InvalidOperationException($"{_stream.Name}: \"{name}\" was written out of turn; {(turn is null ? "every tensor is complete" : $"next is {turn}")}.");

        var bytes = MemoryMarshal.AsBytes(elements);
        if (_written + bytes.Length > turn.ByteCount)
            throw new InvalidOperationException($"{_stream.Name}: {turn} has {turn.ByteCount} bytes, but {_written + bytes.Length} were written.");

        Append(bytes);
        _written += bytes.Length;
        SkipCompleted();
    }

    /// <summary>Brings all bytes to the disk.</summary>
    /// <returns>SHA-256 of the file, hexadecimal, lower case.</returns>
    /// <exception cref="InvalidOperationException">A tensor is not complete.</exception>
    public string Finish()
    {
        if (_current < Tensors.Count)
            throw new InvalidOperationException($"{_stream.Name}: {Tensors[_current]} has {Tensors[_current].ByteCount} bytes, but only {_written} were written.");
        _stream.Flush(flushToDisk: true);
        return Convert.ToHexStringLower(_hash.GetCurrentHash());
    }

    /// <summary>Closes the file. One that was not finished is not valid.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        _hash.Dispose();
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        _hash.AppendData(bytes);
    }

    private void SkipCompleted()
    {
        while (_current < Tensors.Count && _written == Tensors[_current].ByteCount) (_current, _written) = (_current + 1, 0);
    }
}
