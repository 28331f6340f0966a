using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace TurkishLlm.Model.Formats;

/// <summary>
/// Writes a safetensors file sequentially, so that each tensor is in memory only while it is written, and computes the hash of
/// the file. The same tensors give the same bytes, in any order of declaration.
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

    /// <summary>The tensors, in the order in which they must be written.</summary>
    public IReadOnlyList<SafetensorsTensorInfo> Tensors { get; }

    /// <summary>Creates a file, replacing an existing one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">All tensors of the file, in any order.</param>
    /// <param name="metadata">Text metadata to store; null for none.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name, a name is reserved, or a size is negative.</exception>
    public static SafetensorsWriter Create(
        string path, IEnumerable<SafetensorsTensorInfo> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return new(path, SafetensorsHeader.CreateLayout(tensors, metadata ?? new Dictionary<string, string>()));
    }

    /// <summary>Writes the next elements of a tensor, all at once or in parts.</summary>
    /// <param name="name">The first of <see cref="Tensors"/> that is incomplete.</param>
    /// <param name="elements">Row-major; <c>ushort</c> for 16-bit floats, <c>byte</c> for any type.</param>
    /// <exception cref="InvalidOperationException">Another tensor is next, or there are more elements than declared.</exception>
    public void Write<T>(string name, ReadOnlySpan<T> elements)
        where T : unmanaged
    {
        if (elements.IsEmpty) return;
        var turn = _current < Tensors.Count ? Tensors[_current] : null;
        if (turn?.Name != name)
            throw new InvalidOperationException($"{_stream.Name}: \"{name}\" was written out of order; "
                + $"{(turn is null ? "every tensor is complete" : $"next is {turn}")}.");

        var bytes = MemoryMarshal.AsBytes(elements);
        if (_written + bytes.Length > turn.ByteCount)
            throw new InvalidOperationException(
                $"{_stream.Name}: {turn} has {turn.ByteCount} bytes, but {_written + bytes.Length} were written.");

        Append(bytes);
        _written += bytes.Length;
        SkipCompleted();
    }

    /// <summary>Flushes the file to the disk.</summary>
    /// <returns>SHA-256 of the file, hexadecimal, lower case.</returns>
    /// <exception cref="InvalidOperationException">A tensor is incomplete.</exception>
    public string Finish()
    {
        if (_current < Tensors.Count)
            throw new InvalidOperationException(
                $"{_stream.Name}: {Tensors[_current]} has {Tensors[_current].ByteCount} bytes, but only {_written} "
                    + "were written.");
        _stream.Flush(flushToDisk: true);
        return Convert.ToHexStringLower(_hash.GetCurrentHash());
    }

    /// <summary>Closes the file. An unfinished file is invalid.</summary>
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
